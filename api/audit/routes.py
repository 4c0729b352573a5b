"""Routes of the audit trail across invoices. They need only PostgreSQL."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.access.deps import require_role
from api.audit.deps import EventReadsDep, VerificationsDep
from api.audit.filters import EventFilter, VerificationQuery
from api.audit.schemas import InvoiceEvents, Verification
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.settings.deps import IssuerZoneDep
from models.access.roles import READING

router = APIRouter(prefix="/audit", tags=["audit"], dependencies=[Depends(require_role(READING, "reading"))])


@router.get("/events", summary="Who did what in which invoice, the newest first", responses=errors(400, 401, 503))
async def list_all_events(
    filters: Annotated[EventFilter, Query()], events: EventReadsDep, zone: IssuerZoneDep
) -> InvoiceEvents:
    """Use `cursor` to read all pages without gaps."""
    found, following = await events.page(filters, zone)
    return InvoiceEvents(data=found, next_cursor=following)


@router.get("/verification", summary="Check the hash chains of all invoices", responses=errors(400, 401, 503))
async def verify_chains(
    checks: VerificationsDep, asked: Annotated[VerificationQuery, Query()]
) -> Envelope[Verification]:
    """Checks 500 chains more and returns what was found so far. Repeat it with `next_cursor` until that is null."""
    return Envelope(data=await checks.next(asked.cursor))
