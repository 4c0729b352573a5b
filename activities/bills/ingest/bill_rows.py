"""The rows of bills and of their versions in PostgreSQL."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from models.bills.bill import Bill, PushState
from models.bills.diff import BillDiff
from models.bills.ports import BillWritten, WriteOutcome
from models.bills.tables import BillVersionRow, VendorBillRow


async def find(connection: AsyncConnection, provider: str, provider_invoice_id: str) -> Bill | None:
    """Return the newest version of the bill; None if there is none."""
    row = VendorBillRow
    same = (col(row.provider) == provider, col(row.provider_invoice_id) == provider_invoice_id)
    state = await connection.scalar(select(col(row.state)).where(*same))
    return None if state is None else Bill.model_validate(state)


async def has_version_of(connection: AsyncConnection, bill_id: str, sha256: str) -> bool:
    """Return whether a version of the bill was made from this file."""
    row = BillVersionRow
    same = select(col(row.version)).where(col(row.bill_id) == bill_id, col(row.file_sha256) == sha256)
    return await connection.scalar(same.limit(1)) is not None


async def save(connection: AsyncConnection, bill: Bill, diff: BillDiff | None) -> None:
    """Write a version as the newest one. What finance has of the earlier versions stays recorded."""
    row = _row(bill)
    kept = {"id", "provider", "provider_invoice_id"}
    changed = {name: value for name, value in row.items() if name not in kept} | {"updated_at": func.now()}
    written = insert(VendorBillRow).values(row)
    await connection.execute(written.on_conflict_do_update(index_elements=["id"], set_=changed))
    version = {
        "bill_id": bill.id,
        "version": bill.version,
        "file_sha256": bill.file.sha256,
        "state": row["state"],
        "diff": diff.model_dump(mode="json") if diff else None,
    }
    await connection.execute(insert(BillVersionRow).values(version))


def written(bill: Bill, outcome: WriteOutcome) -> BillWritten:
    """Return the bill as its workflow and the operators see it."""
    return BillWritten(
        outcome=outcome,
        bill_id=bill.id,
        version=bill.version,
        number=bill.number,
        period=f"{bill.period_start:%Y-%m}",
        currency=bill.currency,
        gross=format(bill.totals.gross, "f"),
        line_count=bill.line_count,
        problems=len(bill.problems),
    )


def _row(bill: Bill) -> dict[str, Any]:
    totals = bill.totals
    return {
        "id": bill.id,
        "provider": bill.key.provider,
        "account": bill.key.account,
        "provider_invoice_id": bill.key.provider_invoice_id,
        "issuer": bill.issuer,
        "number": bill.number,
        "currency": bill.currency,
        "period_start": bill.period_start,
        "period_end": bill.period_end,
        "issued_at": bill.issued_at,
        "status": bill.status.value,
        "version": bill.version,
        "file_sha256": bill.file.sha256,
        "line_count": bill.line_count,
        "net": totals.net,
        "tax": totals.tax,
        "gross": totals.gross,
        "net_minor": totals.net_minor,
        "tax_minor": totals.tax_minor,
        "gross_minor": totals.gross_minor,
        "adds_up": bill.adds_up,
        "push_state": PushState.PENDING.value,
        "push_note": None,
        "done_at": None,
        "state": bill.model_dump(mode="json"),
    }
