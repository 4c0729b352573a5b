"""Routes for the audit trail and the edit history of an invoice."""

from fastapi import APIRouter

from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.invoice.deps import InvoiceDep, InvoicesDep
from api.invoice.history_schemas import AuditTrail, EditView, EventView
from models.audit.hash_chain import GENESIS, first_break
from models.invoice.editing.history import EDITING

router = APIRouter(prefix="/invoices/{invoice_id}", tags=["documents"])


@router.get("/events", summary="Who did what, when and why", responses=errors(401, 404, 503))
async def list_events(invoice: InvoiceDep, repository: InvoicesDep) -> Envelope[AuditTrail]:
    """Returns the events in order. `chain_intact` is false when an event was altered or removed."""
    events = await repository.events(invoice.id)
    broken = first_break(events)
    newest = events[-1].hash if events else GENESIS
    return Envelope(
        data=AuditTrail(
            events=[EventView.model_validate(event.model_dump()) for event in events],
            chain_intact=broken is None and newest == invoice.chain,
            first_break=broken,
        )
    )


@router.get("/history", summary="Who edited what", responses=errors(401, 404, 503))
async def list_edits(invoice: InvoiceDep, repository: InvoicesDep) -> Envelope[list[EditView]]:
    """Returns the changes of the draft's content in order: edits, added late work, regenerations, and undos."""
    events = [event for event in await repository.events(invoice.id) if event.action in EDITING]
    undone = {int(event.details["undone"]) for event in events if event.action == "undo"}
    return Envelope(data=[EditView.of(event, undone) for event in events])
