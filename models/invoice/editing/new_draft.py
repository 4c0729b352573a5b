"""The first state of an invoice: created from the facts and, where a prefill result was edited, edited at once."""

from datetime import datetime

from models.invoice.content.content import Content
from models.invoice.editing.prefill_edit import EditedPrefill, edit_from_prefill
from models.invoice.invoice import ActionStamp, DraftRequest, Invoice
from models.invoice.lifecycle import apply
from models.invoice.revision import next_revision


def new_draft(
    identity: tuple[str, str],
    request: DraftRequest,
    content: Content,
    wanted: EditedPrefill | None,
    now: datetime,
) -> Invoice:
    """`identity` is the invoice's id and its workflow's. Raises InvalidChange where the rules refuse the edit.

    The audit trail shows the creation and, as a step of its own, the edit.
    """
    invoice_id, workflow_id = identity
    invoice = Invoice(
        id=invoice_id,
        workflow_id=workflow_id,
        request=request,
        content=content,
        created=ActionStamp(by=request.by, at=now),
    )
    created = next_revision(invoice, now, "create", by=request.by, details={"total": str(invoice.total)})
    edit = edit_from_prefill(content, wanted, created.revision) if wanted else None
    return apply(created, edit.model_copy(update={"by": request.by}), now) if edit else created
