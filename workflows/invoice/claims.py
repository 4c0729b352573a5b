"""Claiming the worklogs that a change brings into an invoice, before the change is applied.

Histories of releases without claims have none of these activities, so each claim stands behind a patch
(docs/specification/temporal.md 9.1).
"""

from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from models.invoice.commands import Command, TakeIn, Undo
    from models.invoice.content.worklogs import added_worklogs, worklogs_of
    from models.invoice.errors import AlreadyInvoiced, InvoiceError, Refused
    from models.invoice.invoice import Invoice
    from models.invoice.ports import CLAIM_WORKLOGS, ClaimRequest
    from models.values.failure_codes import Failure
    from workflows.invoice.failures import cause_of
    from workflows.invoice.transitions import apply_command
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call

CLAIMS = "claim-worklogs"


async def apply_with_claims(state: Callable[[], Invoice], command: Command) -> Invoice:
    """Return the state after the command; claim the worklogs that the command adds before it is applied.

    `state` returns the present state, which may change during the claim, so the command is then checked again. Raises
    InvoiceError.
    """
    after = apply_command(state(), command)
    added = added_worklogs(state().content, after.content) if isinstance(command, TakeIn | Undo) else ()
    if not added or not workflow.patched(CLAIMS):
        return after
    await claim(state(), added)
    try:
        return apply_command(state(), command)
    except InvoiceError:
        await _release(state(), added)
        raise


async def claim(invoice: Invoice, worklogs: tuple[str, ...]) -> None:
    """Claim the worklogs for the invoice. Raises AlreadyInvoiced if some of them stand on another one."""
    await _call(_request(invoice, worklogs=worklogs), f"claim {len(worklogs)} worklogs")


async def _release(invoice: Invoice, worklogs: tuple[str, ...]) -> None:
    """Give up claims for a change that was not applied, except those of worklogs that stand on the invoice."""
    unused = tuple(sorted(set(worklogs) - worklogs_of(invoice.content)))
    if unused:
        await _call(_request(invoice, release=unused), f"release {len(unused)} worklogs")


def _request(invoice: Invoice, **worklogs: tuple[str, ...]) -> ClaimRequest:
    key = invoice.content.service.application_key
    return ClaimRequest(invoice_id=invoice.id, application_key=key, revision=invoice.revision, **worklogs)


async def _call(request: ClaimRequest, summary: str) -> None:
    """Call the activity; an error that is not retried becomes a refusal, because a handler must not raise it."""
    try:
        await call(CLAIM_WORKLOGS, request, activity_options.RECORDS, summary)
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        cause = cause_of(error)
        raise (AlreadyInvoiced if cause.type == Failure.WORK_TAKEN else Refused)(cause.message) from error
