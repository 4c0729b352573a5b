"""The signals of an invoice, one for each command. They are durable, return nothing and never raise.

They accept any JSON, because the SDK silently drops a signal whose payload does not fit a model. A signal that is
refused or does not fit is recorded as a note in the invoice's current details.
"""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.commands import (
        Accept,
        Approve,
        CheckFacts,
        Command,
        Decline,
        Deliver,
        Discard,
        Edit,
        Finalize,
        Hold,
        MarkUploaded,
        RecordPayment,
        RecordPortalStatus,
        Regenerate,
        Reject,
        Release,
        Reopen,
        ResolveEffect,
        RetryEffect,
        ReversePayment,
        SubmitSignature,
        SyncPlanfact,
        TakeIn,
        Undo,
        Void,
        WriteOff,
    )
    from models.invoice.errors import InvoiceError
    from models.invoice.revision import cut
    from models.values.typed_values import AS_RECORDED
    from workflows.invoice.command_handlers import CommandHandlers, description

PROBLEMS_LISTED = 5
PROBLEM_LENGTH = 85  # five problems and the number of the others fit into a note


class CommandSignals(CommandHandlers):
    """The signal handlers."""

    @workflow.signal(name="edit", description=description(Edit))
    async def edit_signal(self, command: Any = None) -> None:
        await self._apply_signal(Edit, command)

    @workflow.signal(name="undo", description=description(Undo))
    async def undo_signal(self, command: Any = None) -> None:
        await self._apply_signal(Undo, command)

    @workflow.signal(name="regenerate", description=description(Regenerate))
    async def regenerate_signal(self, command: Any = None) -> None:
        await self._apply_signal(Regenerate, command)

    @workflow.signal(name="check_facts", description=description(CheckFacts))
    async def check_facts_signal(self, command: Any = None) -> None:
        await self._apply_signal(CheckFacts, command)

    @workflow.signal(name="take_in", description=description(TakeIn))
    async def take_in_signal(self, command: Any = None) -> None:
        await self._apply_signal(TakeIn, command)

    @workflow.signal(name="finalize", description=description(Finalize))
    async def finalize_signal(self, command: Any = None) -> None:
        await self._apply_signal(Finalize, command)

    @workflow.signal(name="approve", description=description(Approve))
    async def approve_signal(self, command: Any = None) -> None:
        await self._apply_signal(Approve, command)

    @workflow.signal(name="decline", description=description(Decline))
    async def decline_signal(self, command: Any = None) -> None:
        await self._apply_signal(Decline, command)

    @workflow.signal(name="reopen", description=description(Reopen))
    async def reopen_signal(self, command: Any = None) -> None:
        await self._apply_signal(Reopen, command)

    @workflow.signal(name="deliver", description=description(Deliver))
    async def deliver_signal(self, command: Any = None) -> None:
        await self._apply_signal(Deliver, command)

    @workflow.signal(name="mark_uploaded", description=description(MarkUploaded))
    async def mark_uploaded_signal(self, command: Any = None) -> None:
        await self._apply_signal(MarkUploaded, command)

    @workflow.signal(name="accept", description=description(Accept))
    async def accept_signal(self, command: Any = None) -> None:
        await self._apply_signal(Accept, command)

    @workflow.signal(name="reject", description=description(Reject))
    async def reject_signal(self, command: Any = None) -> None:
        await self._apply_signal(Reject, command)

    @workflow.signal(name="record_payment", description=description(RecordPayment))
    async def record_payment_signal(self, command: Any = None) -> None:
        await self._apply_signal(RecordPayment, command)

    @workflow.signal(name="reverse_payment", description=description(ReversePayment))
    async def reverse_payment_signal(self, command: Any = None) -> None:
        await self._apply_signal(ReversePayment, command)

    @workflow.signal(name="write_off", description=description(WriteOff))
    async def write_off_signal(self, command: Any = None) -> None:
        await self._apply_signal(WriteOff, command)

    @workflow.signal(name="void", description=description(Void))
    async def void_signal(self, command: Any = None) -> None:
        await self._apply_signal(Void, command)

    @workflow.signal(name="discard", description=description(Discard))
    async def discard_signal(self, command: Any = None) -> None:
        await self._apply_signal(Discard, command)

    @workflow.signal(name="hold", description=description(Hold))
    async def hold_signal(self, command: Any = None) -> None:
        await self._apply_signal(Hold, command)

    @workflow.signal(name="release", description=description(Release))
    async def release_signal(self, command: Any = None) -> None:
        await self._apply_signal(Release, command)

    @workflow.signal(name="retry_effect", description=description(RetryEffect))
    async def retry_effect_signal(self, command: Any = None) -> None:
        await self._apply_signal(RetryEffect, command)

    @workflow.signal(name="resolve_effect", description=description(ResolveEffect))
    async def resolve_effect_signal(self, command: Any = None) -> None:
        await self._apply_signal(ResolveEffect, command)

    @workflow.signal(name="sync_planfact", description=description(SyncPlanfact))
    async def sync_planfact_signal(self, command: Any = None) -> None:
        await self._apply_signal(SyncPlanfact, command)

    @workflow.signal(name="submit_signature", description=description(SubmitSignature))
    async def submit_signature_signal(self, command: Any = None) -> None:
        await self._apply_signal(SubmitSignature, command)

    @workflow.signal(name="record_portal_status", description=description(RecordPortalStatus))
    async def record_portal_status_signal(self, command: Any = None) -> None:
        await self._apply_signal(RecordPortalStatus, command)

    async def _apply_signal(self, command_type: type[Command], command: Any) -> None:
        try:
            await self.apply_command(_read(command_type, {} if command is None else command))
        except ValidationError as error:
            self.add_ignored_note(command_type.name, problems(error))
        except InvoiceError as error:
            self.add_ignored_note(command_type.name, str(error))


def _read(command_type: type[Command], given: Any) -> Command:
    """Return the command. Raises ValidationError.

    Earlier releases read `true` as 1 and "1_000" as 1000; the history of a signal that they accepted must replay.
    """
    try:
        return command_type.model_validate(given)
    except ValidationError:
        recorded = command_type.model_validate(given, context=AS_RECORDED)
        if workflow.patched("typed-values"):
            raise
        return recorded


def problems(error: ValidationError) -> str:
    """Return the first problems of the input on one line, each with its field, and the number of the others."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    listed = [cut(_problem(each), PROBLEM_LENGTH) for each in problems[:PROBLEMS_LISTED]]
    more = len(problems) - len(listed)
    return "; ".join([*listed, f"and {more} more"] if more else listed)


def _problem(problem: ErrorDetails) -> str:
    field = ".".join(str(part) for part in problem["loc"]) or "input"
    return f"{field}: {problem['msg']}"
