"""The sweep of acts: documents that were updated in Didox are compared with what their invoices know of them.

A page is one request, however many invoices wait. See docs/specification/effects.md 5.9.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clients.didox.client import Didox, UpdatedDocument
from activities.clients.errors import Permanent, RateLimited
from models.invoice.acts.act import SWEPT_STATUSES, ActChange
from models.invoice.acts.recording import is_news
from models.invoice.acts.sweep import (
    FIND_CHANGED_ACTS,
    MARK_SWEPT,
    ActPage,
    ActPageRequest,
    AddressedChange,
    Swept,
    first_day,
)
from models.invoice.acts.tables import EInvoiceSweep
from models.invoice.invoice import Invoice
from models.invoice.tables import InvoiceRow
from models.values.failure_codes import Failure

SWITCHED_OFF = "Didox is not configured for the worker; set AKTUM_DIDOX__URL."


@dataclass(frozen=True)
class Sweeps:
    """The record of complete sweeps in PostgreSQL, one for each seller."""

    engine: AsyncEngine

    async def last(self, seller_tin: str) -> datetime | None:
        """Return when the last complete sweep began; None if there was none."""
        query = select(col(EInvoiceSweep.began_at)).where(col(EInvoiceSweep.seller_tin) == seller_tin)
        async with self.engine.connect() as connection:
            began_at: datetime | None = await connection.scalar(query)
        return began_at

    async def mark(self, seller_tin: str, began_at: datetime) -> None:
        """Store that a sweep which began then is complete. A repetition changes nothing, an older sweep neither."""
        row = insert(EInvoiceSweep).values(seller_tin=seller_tin, began_at=began_at)
        newer = row.on_conflict_do_update(
            index_elements=[col(EInvoiceSweep.seller_tin)],
            set_={"began_at": began_at},
            where=col(EInvoiceSweep.began_at) < began_at,
        )
        async with self.engine.begin() as connection:
            await connection.execute(newer)


@dataclass(frozen=True)
class ActSweep:
    """The activities of the sweep. Without a client of Didox nothing is swept."""

    didox: Didox | None
    engine: AsyncEngine
    sweeps: Sweeps

    @activity.defn(name=FIND_CHANGED_ACTS.name)
    async def find_changed(self, request: ActPageRequest) -> ActPage:
        """Return the changes on one page. Raises VENDOR_REFUSED, without a retry, if Didox refuses."""
        now = datetime.now(UTC)
        if self.didox is None:
            return ActPage(since=request.since or first_day(None, now), note=SWITCHED_OFF)
        since = request.since or first_day(await self.sweeps.last(self.didox.seller_tin), now)
        try:
            page = await self.didox.updated_since(request.type, since, SWEPT_STATUSES, request.page)
        except Permanent as error:
            raise ApplicationError(error.message, type=Failure.VENDOR_REFUSED, non_retryable=True) from error
        except RateLimited as error:
            raise ApplicationError(
                error.message, type=RateLimited.__name__, next_retry_delay=error.retry_after
            ) from error
        invoices = await self._invoices(act.id for act in page.documents)
        changes = [_change(act, invoices) for act in page.documents if act.id in invoices]
        return ActPage(
            since=since,
            listed=len(page.documents),
            unknown=len(page.documents) - len(changes),
            changes=tuple(change for change in changes if change),
            is_last=page.is_last,
        )

    @activity.defn(name=MARK_SWEPT.name)
    async def mark_swept(self, swept: Swept) -> Swept:
        """Store that the sweep is complete."""
        if self.didox is not None:
            await self.sweeps.mark(self.didox.seller_tin, swept.began_at)
        return swept

    async def _invoices(self, document_ids: Iterable[str]) -> dict[str, Invoice]:
        """Return the recorded state of the invoices of these documents, by the id of the document."""
        query = select(col(InvoiceRow.einvoice_id), col(InvoiceRow.state)).where(
            col(InvoiceRow.einvoice_id).in_(list(document_ids))
        )
        async with self.engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return {row.einvoice_id: Invoice.model_validate(row.state) for row in rows}


def _change(act: UpdatedDocument, invoices: Mapping[str, Invoice]) -> AddressedChange | None:
    """Return the change for the act's invoice; None if it knows the status already."""
    invoice = invoices[act.id]
    if not is_news(invoice, act.id, act.status):
        return None
    return AddressedChange(
        workflow_id=invoice.workflow_id,
        invoice_id=invoice.id,
        kind=invoice.kind,
        period=invoice.content.period.label,
        request=invoice.request,
        change=ActChange(
            document_id=act.id, report=f"status {act.status}, updated {act.updated or 'at an unknown time'}"
        ),
    )
