"""Voids the open bills whose cost a file has under an invoice (docs/specification/bills.md 6.4)."""

from collections.abc import Iterable

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from models.bills.bill import Bill, BillStatus, PushState
from models.bills.file_content import BillHead, FileContent
from models.bills.problem import Problem
from models.bills.rewriting import replaced_by
from models.bills.tables import VendorBillRow

CODE = "invoiced"


async def void_replaced(connection: AsyncConnection, content: FileContent, sha256: str) -> None:
    """Void each open bill that an invoice of the file takes the place of, and say which invoice it is."""
    for standing in await _open_bills(connection, content.bills):
        if invoice := replaced_by(standing, content, sha256):
            await _void(connection, standing, invoice)


async def _open_bills(connection: AsyncConnection, heads: Iterable[BillHead]) -> list[Bill]:
    """Return the open bills of the issuers and months of the heads."""
    issued = [head for head in heads if head.status is BillStatus.ISSUED]
    row = VendorBillRow
    query = select(col(row.state)).where(
        col(row.status) == BillStatus.OPEN.value,
        col(row.issuer).in_(sorted({head.issuer for head in issued})),
        col(row.period_start).in_(sorted({head.period_start for head in issued})),
    )
    return [Bill.model_validate(state) for state in await connection.scalars(query.with_for_update())]


async def _void(connection: AsyncConnection, standing: Bill, invoice: BillHead) -> None:
    note = f"Its cost is on the invoice {invoice.number or invoice.provider_invoice_id}."
    voided = standing.model_copy(
        update={
            "status": BillStatus.VOIDED,
            "problems": (*standing.problems, Problem(code=CODE, message=note)),
        }
    )
    changes = {
        "status": voided.status.value,
        "push_state": PushState.HELD.value,
        "push_note": note,
        "state": voided.model_dump(mode="json"),
        "updated_at": func.now(),
    }
    row = VendorBillRow
    await connection.execute(update(row).where(col(row.id) == standing.id).values(changes))
