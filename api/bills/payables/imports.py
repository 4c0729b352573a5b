"""The storing of imported invoices: one payable for each tenant, source and external id, however often it is sent.

Everything of one import is one transaction. The unique index decides which of several imports at once makes the
payable; the others wait for its row and change it.
"""

from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from api.bills.payables.repository import append_event, content_of, locked, save
from api.bills.payables.tokens import ServiceCaller
from models.bills.finance.import_rules import Import, Received, created, due_date, received
from models.bills.finance.payload import ImportInvoice, ImportVendor
from models.bills.finance.tables import PayableLineRow, PayableRow, VendorRow
from models.bills.payable import PayableActor

SOURCE: Final = "import"


class Imports:
    """Stores the invoices that other services send."""

    def __init__(self, engine: AsyncEngine, payment_days: int) -> None:
        self._engine = engine
        self._payment_days = payment_days

    async def receive(self, invoice: ImportInvoice, caller: ServiceCaller, now: datetime) -> Received:
        """Store the invoice and return what became of it. Raise PayableClosed or OlderVersion; then nothing changes."""
        actor = PayableActor(name=f"{caller.subject} for {caller.tenant_id}", role=None, source=SOURCE)
        digest = invoice.digest
        async with self._engine.begin() as connection:
            vendor_id, vendor = await _vendor(connection, caller.tenant_id, invoice.vendor, now)
            sent = Import(
                invoice=invoice,
                digest=digest,
                tenant_id=caller.tenant_id,
                vendor_id=vendor_id,
                vendor=vendor,
                due_date=due_date(invoice, self._payment_days),
            )
            result = await _stored(connection, sent, actor, now)
            if result.replaces_lines:
                await _replace_lines(connection, result.change.payable.id, invoice)
            return result

    async def find(self, tenant_id: str, source: str, external_id: str) -> tuple[str, str] | None:
        """Return the id of the tenant's payable with this key, and the digest of its content; None if there is none."""
        query = select(col(PayableRow.id), col(PayableRow.content_digest)).where(
            col(PayableRow.tenant_id) == tenant_id,
            col(PayableRow.source) == source,
            col(PayableRow.external_id) == external_id,
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        return (row[0], row[1]) if row else None


async def _vendor(connection: AsyncConnection, tenant_id: str, vendor: ImportVendor, now: datetime) -> tuple[str, str]:
    """Return the id and the name of the tenant's vendor with this name; make it on its first import."""
    same_name = (col(VendorRow.tenant_id) == tenant_id, func.lower(col(VendorRow.name)) == func.lower(vendor.name))
    query = select(col(VendorRow.id), col(VendorRow.name)).where(*same_name)
    found = (await connection.execute(query)).first()
    if found is None:
        fresh = {"id": str(uuid4()), "tenant_id": tenant_id, **vendor.model_dump(), "created_at": now}
        await connection.execute(insert(VendorRow).values(fresh).on_conflict_do_nothing())
        found = (await connection.execute(query)).one()  # of this import, or of one that has committed meanwhile
    return found[0], found[1]


async def _stored(connection: AsyncConnection, sent: Import, actor: PayableActor, now: datetime) -> Received:
    new = created(sent, str(uuid4()), actor, now)
    row = insert(PayableRow).values(content_of(new.change.payable)).on_conflict_do_nothing()
    if await connection.scalar(row.returning(col(PayableRow.id))) is not None:
        await append_event(connection, new.change)
        return new
    payable = await locked(
        connection,
        col(PayableRow.tenant_id) == sent.tenant_id,
        col(PayableRow.source) == sent.invoice.source,
        col(PayableRow.external_id) == sent.invoice.external_id,
    )
    assert payable is not None, "a payable is never deleted"
    result = received(payable, sent, actor, now)
    if result.change.payable != payable:
        await save(connection, result.change)
    return result


async def _replace_lines(connection: AsyncConnection, payable_id: str, invoice: ImportInvoice) -> None:
    await connection.execute(delete(PayableLineRow).where(col(PayableLineRow.payable_id) == payable_id))
    rows: list[dict[str, Any]] = []
    for position, line in enumerate(invoice.lines, 1):
        fields = line.model_dump()
        fields |= {
            "product_group": fields.pop("group"),
            "starts_at": fields.pop("start"),
            "ends_at": fields.pop("end"),
        }
        rows.append({"payable_id": payable_id, "position": position, **fields})
    if rows:
        await connection.execute(insert(PayableLineRow), rows)
