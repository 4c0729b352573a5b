"""The rows of files of bills and of their heads in PostgreSQL."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from models.bills.bill import BillKey, SourceFile
from models.bills.file_content import BillHead, FileContent
from models.bills.ports import BillOfFile, BillWritten, FileRead, FileToRead, WriteOutcome
from models.bills.tables import BillFileRow, BillHeadRow

HEADS_AT_ONCE: Final = 500
_HEADS: Final = text(
    """
    INSERT INTO bill_file_heads (file_sha256, bill_no, provider, account, provider_invoice_id, state)
    SELECT :sha256, bill_no, state ->> 'provider', state ->> 'account', state ->> 'provider_invoice_id', state
    FROM jsonb_to_recordset(CAST(:heads AS jsonb)) AS given (bill_no integer, state jsonb)
    """
)


async def read_before(connection: AsyncConnection, sha256: str) -> FileRead | None:
    """Return what was read from the file before; None if it is not known."""
    file = await connection.execute(select(BillFileRow).where(col(BillFileRow.sha256) == sha256))
    row = file.mappings().first()
    if row is None:
        return None
    count = select(func.count()).where(col(BillHeadRow.file_sha256) == sha256)
    return FileRead(
        format=row["format"],
        rows=row["rows"],
        bills=int(await connection.scalar(count) or 0),
        problems=row["problem_count"],
        refusal=row["refusal"],
    )


async def record_content(
    connection: AsyncConnection, request: FileToRead, content: FileContent, lines_key: str
) -> None:
    """Store a file with the heads of its bills; those of an earlier reading are replaced."""
    accounts = sorted({head.account for head in content.bills})
    found = {
        "format": content.format,
        "refusal": None,
        "lines_key": lines_key,
        "account": request.hints.account or (accounts[0] if accounts else ""),
        "rows": content.rows,
        "problems": [problem.model_dump(mode="json") for problem in content.problems],
        "problem_count": content.problem_count,
    }
    await _upsert(connection, request, found)
    for part in _parts(enumerate(content.bills), HEADS_AT_ONCE):
        heads = [{"bill_no": number, "state": head.model_dump(mode="json")} for number, head in part]
        await connection.execute(_HEADS, {"sha256": request.sha256, "heads": json.dumps(heads, ensure_ascii=False)})


async def record_refusal(connection: AsyncConnection, request: FileToRead, refusal: str) -> None:
    """Store a file that holds no bill, with the reason."""
    found: dict[str, Any] = {
        "format": "",
        "refusal": refusal,
        "lines_key": None,
        "account": request.hints.account or "",
        "rows": 0,
        "problems": [],
        "problem_count": 0,
    }
    await _upsert(connection, request, found)


async def heads_after(connection: AsyncConnection, sha256: str, after: int, count: int) -> list[BillOfFile]:
    """Return the next bills of the file in the order of their numbers."""
    head = BillHeadRow
    columns = (head.bill_no, head.provider, head.account, head.provider_invoice_id)
    query = select(*map(col, columns)).where(col(head.file_sha256) == sha256, col(head.bill_no) > after)
    rows = await connection.execute(query.order_by(col(head.bill_no)).limit(count))
    return [
        BillOfFile(
            sha256=sha256,
            bill_no=row.bill_no,
            key=BillKey(provider=row.provider, account=row.account, provider_invoice_id=row.provider_invoice_id),
        )
        for row in rows
    ]


async def head_of(connection: AsyncConnection, bill: BillOfFile) -> tuple[BillHead, SourceFile, str] | None:
    """Return the head, its file and the key of the file's lines; None if the file has no such bill (any more)."""
    head, file = BillHeadRow, BillFileRow
    columns = (head.state, file.name, file.format, file.size, file.rows, file.lines_key)
    query = (
        select(*map(col, columns))
        .join(file, col(file.sha256) == col(head.file_sha256))
        .where(
            col(head.file_sha256) == bill.sha256,
            col(head.bill_no) == bill.bill_no,
            col(head.provider) == bill.key.provider,
            col(head.account) == bill.key.account,
            col(head.provider_invoice_id) == bill.key.provider_invoice_id,
        )
    )
    row = (await connection.execute(query)).first()
    if row is None or row.lines_key is None:
        return None
    source = SourceFile(sha256=bill.sha256, name=row.name, format=row.format, size=row.size, rows=row.rows)
    return BillHead.model_validate(row.state), source, row.lines_key


async def record_outcome(connection: AsyncConnection, bill: BillOfFile, written: BillWritten) -> None:
    """Record what became of a bill of a file. That its file made a version stays, also if the write is repeated."""
    head = BillHeadRow
    conditions = [col(head.file_sha256) == bill.sha256, col(head.bill_no) == bill.bill_no]
    if written.outcome is WriteOutcome.UNCHANGED:
        made = (WriteOutcome.CREATED.value, WriteOutcome.CORRECTED.value)
        conditions.append(func.coalesce(col(head.outcome), "").not_in(made))
    values = {
        "outcome": written.outcome.value,
        "note": written.note,
        "bill_id": written.bill_id,
        "version": written.version,
    }
    await connection.execute(update(head).where(*conditions).values(values))


async def _upsert(connection: AsyncConnection, request: FileToRead, found: dict[str, Any]) -> None:
    row = {
        "sha256": request.sha256,
        "name": request.name,
        "size": request.size,
        "uploaded_by": request.by,
        "hints": request.hints.model_dump(mode="json"),
        **found,
    }
    changed = {name: value for name, value in row.items() if name not in ("sha256", "uploaded_by")}
    written = insert(BillFileRow).values(row)
    await connection.execute(written.on_conflict_do_update(index_elements=["sha256"], set_=changed))
    await connection.execute(delete(BillHeadRow).where(col(BillHeadRow.file_sha256) == request.sha256))


def _parts(items: Iterable[Any], size: int) -> Iterator[Sequence[Any]]:
    each = iter(items)
    while part := list(islice(each, size)):
        yield part
