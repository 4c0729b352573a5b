"""What a command waits for before it is answered."""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.commands import CheckFacts, Command, Finalize, Regenerate, SubmitSignature, SyncPlanfact
    from models.invoice.effects import EffectName, EffectState
    from models.invoice.preconditions import allowed
    from models.invoice.signing.task import SIGNATURE
    from workflows.invoice.failures import effect_refused
    from workflows.invoice.run_state import RunState
    from workflows.runtime.conditions import wait_until

# Shorter than the time after which the API gives up a command (docs/specification/effects.md 4.9).
LONGEST_WAIT_FOR_VENDOR = timedelta(seconds=15)


class Answers(RunState):
    """The state of one run, and the waits of its commands for what they started."""

    async def _wait_for_what_it_started(self, command: Command) -> None:
        """Wait until what the command started has ended, if its answer tells of that. Raises ApplicationError."""
        match command:
            case Finalize() | Regenerate():
                await self._wait_for_document(command)
            case CheckFacts():
                await self._wait_for_comparison()
            case SyncPlanfact():
                await self._wait_for_posting()
            case SubmitSignature():
                await self._wait_for_signature()

    async def _wait_for_document(self, command: Command) -> None:
        """Wait for the number and the PDF of a finalize, or for the new content of a regenerate."""
        await self._wait_unless_stopped(lambda: not self._invoice.is_busy)
        name = EffectName.NUMBER if isinstance(command, Finalize) else EffectName.REDRAFT
        effect = self._invoice.latest_effect(name)
        if effect and effect.state is EffectState.SKIPPED:
            raise effect_refused(effect, allowed(self._invoice))

    async def _wait_for_posting(self) -> None:
        """Wait for PlanFact's answer. In an outage the caller is answered that the posting is still open."""
        with suppress(TimeoutError):
            await wait_until(
                lambda: self._stopped is not None or self._invoice.held is not None or not self._invoice.is_posting,
                timeout=LONGEST_WAIT_FOR_VENDOR,
                timeout_summary="wait for PlanFact",
            )

    async def _wait_for_signature(self) -> None:
        """Wait for Didox's answer to the signature. In an outage the caller is answered that it is still open."""
        with suppress(TimeoutError):
            await wait_until(
                lambda: self._stopped is not None or self._invoice.held is not None or not self._is_signing(),
                timeout=LONGEST_WAIT_FOR_VENDOR,
                timeout_summary="wait for Didox",
            )

    def _is_signing(self) -> bool:
        return any(SIGNATURE in effect.argument for effect in self._invoice.open_effects)

    async def _wait_for_comparison(self) -> None:
        """Wait for the comparison, or for a hold, after which the comparison runs when the hold is released."""
        await self._wait_unless_stopped(lambda: self._invoice.held is not None or not self._invoice.is_comparing)
        check = self._invoice.latest_effect(EffectName.FACTS_CHECK)
        if check and check.state is EffectState.SKIPPED:
            raise effect_refused(check, allowed(self._invoice))
