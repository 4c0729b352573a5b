"""The state of one run of an invoice's workflow, and what happens when PostgreSQL has recorded another history.

A workflow that was reset, or that Temporal has from an older backup, tells another history than the recorded one. Then
the invoice stops: it sends nothing and accepts no command (docs/specification/temporal.md 3.7).
"""

import asyncio
from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.invoice.acts.act import ActChange
    from models.invoice.acts.looks import OWN_LOOK_EVERY, Look, own_look
    from models.invoice.acts.recording import record_change
    from models.invoice.bounces.recording import record_bounce
    from models.invoice.bounces.report import BounceReport
    from models.invoice.effects import Effect, Receipt
    from models.invoice.errors import InvalidChange, InvoiceError, InvoiceStopped
    from models.invoice.event_handlers import apply_event
    from models.invoice.events import ActSeen
    from models.invoice.invoice import Invoice
    from models.invoice.revision import NOTE_LENGTH, add_note, cut
    from models.values.failure_codes import Failure
    from workflows.invoice.command_signals import CommandSignals
    from workflows.invoice.command_updates import CommandUpdates
    from workflows.invoice.failures import command_refused
    from workflows.invoice.messages import InvoiceStart
    from workflows.invoice.transitions import apply_automatic_events
    from workflows.invoice.web_ui import WebUi
    from workflows.runtime.conditions import wait_until


class RunState(CommandUpdates, CommandSignals):
    """The state of one run, with the only method that sets it."""

    def __init__(self, start: InvoiceStart | None) -> None:
        self._state: Invoice | None = start.invoice if start else None
        self._projected = self._state.revision if self._state else 0
        self._stopped: str | None = None  # why PostgreSQL refuses what this workflow tells
        self._web_ui = WebUi()
        self._act_reported = False  # a report about the act came since the last look

    @property
    def _invoice(self) -> Invoice:
        assert self._state is not None, "there is no draft yet"
        return self._state

    def _set_state(self, invoice: Invoice) -> None:
        """Set the next state after its automatic events, and update the search attributes.

        Only the coroutine that saves the state sets it elsewhere: it drops the events that have been saved.
        """
        if not self._stopped:
            invoice = apply_automatic_events(invoice)
        self._state = invoice
        self._web_ui.update(invoice, self._stopped)

    def add_ignored_note(self, name: str, why: str) -> None:
        note = cut(f"Ignored `{name}`: {why}", NOTE_LENGTH)
        workflow.logger.warning(note)
        if self._state is not None:
            self._set_state(add_note(self._invoice, workflow.now(), note))

    def apply_bounce(self, report: BounceReport) -> None:
        """Record the bounce. Raises InvoiceError if no letter of this invoice has bounced, or if it has stopped."""
        if self._state is None:
            raise InvalidChange("effect: the invoice has no draft yet, so it has sent no letter.")
        self._require_running()
        self._set_state(record_bounce(self._invoice, report, workflow.now()))

    # The act in Didox

    def apply_act_change(self, change: ActChange) -> None:
        """Let the invoice look at its act. Raises InvoiceError if it is not its act, or if it has stopped."""
        if self._state is None:
            raise InvalidChange("document_id: the invoice has no draft yet, so it has no act.")
        self._require_running()
        after = record_change(self._invoice, change, workflow.now())
        self._act_reported = True
        if after is not self._invoice:
            self._set_state(after)

    async def _wait_for_act(self, effect: Effect, seen: Receipt) -> tuple[Invoice, Look]:
        """Record what the last look has seen, and return when the act is to be looked at again.

        Raises CancelledError if the effect is given up meanwhile.
        """
        if self._is_executable(effect.key):
            self._set_state(apply_event(self._invoice, ActSeen(key=effect.key, receipt=seen), workflow.now()))
        look = Look.REPORTED
        try:
            await wait_until(
                lambda: self._act_reported or not self._is_executable(effect.key),
                timeout=OWN_LOOK_EVERY,
                timeout_summary=f"until a change of act {self._invoice.display_number} is reported",
            )
        except TimeoutError:
            look = own_look(effect.owed_at, workflow.now())
        if not self._is_executable(effect.key):
            raise asyncio.CancelledError
        self._act_reported = False
        return self._invoice, look

    def _is_executable(self, key: str) -> bool:
        effect = self._invoice.effect(key)
        return effect is not None and effect.is_open and self._invoice.held is None and not self._stopped

    # Stopping

    def _stop_if_refused(self, cause: ApplicationError) -> bool:
        """Stop if an activity found another history in PostgreSQL; return whether the invoice has stopped.

        `aktum invoice restore` replaces this run by one that starts from the recorded state.
        """
        if cause.type != Failure.AUDIT_BROKEN or not workflow.patched("stop-when-the-record-refuses"):
            return False
        workflow.logger.error("stopped: %s", cause.message)
        self._stopped = cause.message
        self._web_ui.update(self._invoice, self._stopped)
        return True

    def _require_running(self) -> None:
        if self._stopped:
            raise InvoiceStopped(self._invoice.id, self._stopped)

    async def _wait_unless_stopped(self, condition: Callable[[], bool]) -> None:
        """Wait for the condition. Raises InvoiceStopped if the invoice stops before."""
        await wait_until(lambda: condition() or self._stopped is not None)
        if not condition():
            self._require_running()

    def _as_failure(self, error: InvoiceError) -> ApplicationError:
        return command_refused(error, self._state.revision if self._state else None)
