"""Voids the open bills whose cost an invoice has that was written (docs/specification/bills.md 6.4)."""

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from models.bills.bill import Bill, BillStatus, PushState, SourceFile
from models.bills.file_content import BillHead
from models.bills.rewriting import takes_place_of, voided
from models.bills.tables import BillHeadRow, VendorBillRow


async def void_replaced(connection: AsyncConnection, invoice: BillHead, source: SourceFile) -> None:
    """Void each open bill that the invoice of the file takes the place of. A repetition changes nothing."""
    row, head = VendorBillRow, BillHeadRow
    is_in_file = exists().where(
        col(head.file_sha256) == source.sha256,
        col(head.provider) == col(row.provider),
        col(head.provider_invoice_id) == col(row.provider_invoice_id),
    )
    query = select(col(row.state), is_in_file.label("is_in_file")).where(
        col(row.status) == BillStatus.OPEN.value,
        col(row.issuer) == invoice.issuer,
        col(row.period_start) == invoice.period_start,
    )
    for found in (await connection.execute(query.order_by(col(row.id)).with_for_update())).all():
        standing = Bill.model_validate(found.state)
        if takes_place_of(invoice, source, standing, found.is_in_file):
            await _save(connection, voided(standing, invoice))


async def _save(connection: AsyncConnection, bill: Bill) -> None:
    changes = {
        "status": bill.status.value,
        "push_state": PushState.HELD.value,
        "push_note": bill.problems[-1].message,
        "state": bill.model_dump(mode="json"),
        "updated_at": func.now(),
    }
    row = VendorBillRow
    await connection.execute(update(row).where(col(row.id) == bill.id).values(changes))
