"""The answers for an invoice whose workflow is gone or tells another history than the recorded one."""

from api.errors import ApiError, Conflict, Stopped, Unknown
from api.http.envelopes import ConflictDetails
from api.invoice.repository import InvoiceRef
from models.invoice.errors import InvoiceStopped, restore_command
from models.invoice.event_handlers import has_finished
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed
from workflows.client.errors import CommandRefused


def without_workflow(invoice: Invoice) -> ApiError:
    """Return the error for an invoice without a running workflow: it is closed, or its workflow is gone."""
    if has_finished(invoice):
        return Conflict(
            f"This invoice is {invoice.status} and can no longer be changed, except for its payments.",
            ConflictDetails(reason="WorkflowClosed", allowed=list(allowed(invoice))),
        )
    return Stopped.gone(invoice.id)


def ended_meanwhile(invoice_id: str) -> Unknown:
    """Return the error for a command whose workflow ended before it answered, and that is not recorded."""
    return Unknown(
        "The invoice's workflow ended while it executed the command, so no repetition is answered yet. "
        f"`{restore_command(invoice_id)}` continues it from the recorded state; then repeat the request with the same "
        "Idempotency-Key.",
        ConflictDetails(reason="WorkflowGone", invoice_id=invoice_id),
    )


def behind_the_record(refused: CommandRefused, invoice: InvoiceRef) -> Stopped | None:
    """Return the error for a workflow that refused a command at an earlier revision than the recorded one.

    In its ordinary life a workflow is never behind, because the record is saved from it; after a reset it is.
    """
    if refused.current_revision is None or refused.current_revision >= invoice.revision:
        return None
    why = f"It is at revision {refused.current_revision}, and revision {invoice.revision} is recorded."
    return Stopped(str(InvoiceStopped(invoice.id, why)), ConflictDetails(reason=InvoiceStopped.__name__))
