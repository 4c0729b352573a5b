"""The first state of an invoice: a draft of the computed content, edited at once if the prefill result was edited."""

from datetime import datetime

from models.invoice.checks.confirmation import confirmed, draft_warnings
from models.invoice.content.content import Content
from models.invoice.content.draft_request import DraftRequest
from models.invoice.editing.prefill_edit import EditedPrefill, check_unchanged, edit_from_prefill
from models.invoice.invoice import ActionStamp, Invoice
from models.invoice.lifecycle import apply
from models.invoice.revision import next_revision


def new_draft(
    identity: tuple[str, str],
    request: DraftRequest,
    content: Content,
    prefill: EditedPrefill | None,
    now: datetime,
) -> Invoice:
    """Return the new draft. `identity` has the invoice's id and its workflow id.

    The audit trail shows the creation and the edit as two events. Raises InvalidChange if the rules refuse the edit,
    and PrefillChanged if the edit was made on another computed draft.
    """
    invoice_id, workflow_id = identity
    invoice = Invoice(
        id=invoice_id,
        workflow_id=workflow_id,
        request=request,
        content=content,
        created=ActionStamp(by=request.by, at=now),
    )
    details = {"total": str(invoice.total), **confirmed(draft_warnings(content), request.confirmed_warnings)}
    created = next_revision(invoice, now, "create", by=request.by, details=details)
    if prefill is None:
        return created
    check_unchanged(content, prefill)
    edit = edit_from_prefill(content, prefill, created.revision)
    return apply(created, edit.model_copy(update={"by": request.by}), now) if edit else created
