"""Routes for the audit trail and the edit history of an invoice."""

from fastapi import APIRouter

from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.invoice.deps import InvoiceDep, InvoicesDep
from api.invoice.history_schemas import AuditTrail, EditView
from models.invoice.editing.history import EDITING

router = APIRouter(prefix="/invoices/{invoice_id}", tags=["documents"])


@router.get("/events", summary="Who did what, when and why", responses=errors(401, 404, 503))
async def list_events(invoice: InvoiceDep, repository: InvoicesDep) -> Envelope[AuditTrail]:
    """Returns the events in order. `chain_intact` is false when an event was altered or removed."""
    return Envelope(data=AuditTrail.of(await repository.events(invoice.id), invoice.chain))


@router.get("/history", summary="Who edited what", responses=errors(401, 404, 503))
async def list_edits(invoice: InvoiceDep, repository: InvoicesDep) -> Envelope[list[EditView]]:
    """Returns the changes of the draft's content in order: edits, added late work, regenerations, and undos."""
    events = [event for event in await repository.events(invoice.id) if event.action in EDITING]
    undone = {int(event.details["undone"]) for event in events if event.action == "undo"}
    return Envelope(data=[EditView.of(event, undone) for event in events])
