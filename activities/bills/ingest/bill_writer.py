"""The activities of a bill: write a version of it with its lines, find it, and record that its ingest is done.

A version is written in one transaction, its lines with COPY. So a worker that dies leaves no half of a bill, and a
repetition finds that the file is written already (docs/specification/bills.md 6).
"""

import asyncio
from pathlib import Path

import psycopg
from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.bills.file_reader import COPIED_COLUMNS, copy_rows
from activities.bills.ingest import bill_file_store, bill_rows
from activities.bills.ingest.line_comparison import compared
from activities.bills.ingest.replaced_bills import void_replaced
from activities.bills.ingest.stored_bill_files import BillFiles
from activities.runtime.heartbeats import progress_report
from models.bills.bill import Bill, BillKey, SourceFile
from models.bills.diff import BillDiff, diff_of
from models.bills.file_content import BillHead, bill_of
from models.bills.matching.ports import BillVersion
from models.bills.ports import (
    FIND_BILL,
    RECORD_DONE,
    WRITE_BILL,
    BillOfFile,
    BillWritten,
    FoundBill,
    Recorded,
    WriteOutcome,
)
from models.bills.rewriting import refusal_of
from models.bills.tables import VendorBillRow
from models.values.failure_codes import Failure

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('vendor-bill:' || :provider || ':' || :invoice, 0))")
SUPERSEDED = "The file was read again meanwhile and holds no such bill any more."


class _SameContent(Exception):
    """What was written is equal to the version before; the transaction is rolled back."""


class BillWriter:
    """Writes bills. `engine` has the limits of bulk writes."""

    def __init__(self, engine: AsyncEngine, files: BillFiles) -> None:
        self._engine = engine
        self._files = files

    @activity.defn(name=WRITE_BILL.name)
    async def write_bill(self, bill: BillOfFile) -> BillWritten:
        """Write the bill of the file as a new bill or a new version, or say why it stays as it is."""
        async with self._engine.connect() as connection:
            found = await bill_file_store.head_of(connection, bill)
        if found is None:
            return BillWritten(outcome=WriteOutcome.REFUSED, note=SUPERSEDED)
        written = await self._write_or_keep(bill, *found)
        if written.outcome is not WriteOutcome.REFUSED:
            head, source, _ = found
            async with self._engine.begin() as connection:
                await void_replaced(connection, head, source)
        return written

    async def _write_or_keep(self, bill: BillOfFile, head: BillHead, source: SourceFile, lines_key: str) -> BillWritten:
        # It is looked at again under the lock; here it saves fetching the lines.
        async with self._engine.begin() as connection:
            if outcome := await _outcome_without_write(connection, bill, head):
                return outcome
        try:
            async with self._files.lines(lines_key) as lines_path:
                return await self._written(bill, head, bill_of(head, source, 1), lines_path)
        except ApplicationError as error:
            if not error.non_retryable:
                raise
            # The file is gone from the store: a finding on it, because no repetition brings it back.
            refused = BillWritten(outcome=WriteOutcome.REFUSED, note=error.message)
            async with self._engine.begin() as connection:
                await bill_file_store.record_outcome(connection, bill, refused)
            return refused

    async def _written(self, bill: BillOfFile, head: BillHead, first: Bill, lines_path: Path) -> BillWritten:
        try:
            async with self._engine.begin() as connection:
                return await _write(connection, bill, head, first, lines_path)
        except _SameContent:
            async with self._engine.begin() as connection:
                return await _unchanged(connection, bill)

    @activity.defn(name=FIND_BILL.name)
    async def find_bill(self, key: BillKey) -> FoundBill:
        """Return the newest version of the bill with this key."""
        async with self._engine.connect() as connection:
            bill = await bill_rows.find(connection, key.provider, key.provider_invoice_id)
        if bill is None or bill.key.account != key.account:
            return FoundBill()
        return FoundBill(written=bill_rows.written(bill, WriteOutcome.UNCHANGED))

    @activity.defn(name=RECORD_DONE.name)
    async def record_done(self, version: BillVersion) -> Recorded:
        """Record that all steps of a version are done, unless a newer version is there."""
        row = VendorBillRow
        newest = (col(row.id) == version.bill_id, col(row.version) == version.version)
        async with self._engine.begin() as connection:
            done = await connection.execute(
                update(row).where(*newest).values(done_at=func.coalesce(col(row.done_at), func.now()))
            )
        return Recorded(is_newest=bool(done.rowcount))


async def _write(
    connection: AsyncConnection, bill: BillOfFile, head: BillHead, first: Bill, lines_path: Path
) -> BillWritten:
    """Write the bill of the head, which is given as a first version. Raises _SameContent."""
    await connection.execute(_LOCK, {"provider": head.provider, "invoice": head.provider_invoice_id})
    if outcome := await _outcome_without_write(connection, bill, head):
        return outcome
    before = await bill_rows.find(connection, head.provider, head.provider_invoice_id)
    version = before.version + 1 if before else 1
    after = first.model_copy(update={"version": version, "id": before.id if before else first.id})
    await _copy_lines(connection, after, bill.bill_no, lines_path)
    diff = await _diff(connection, before, after) if before else None
    if diff is not None and diff.is_empty and bill.again:
        raise _SameContent
    await bill_rows.save(connection, after, diff)
    written = bill_rows.written(after, WriteOutcome.CORRECTED if before else WriteOutcome.CREATED)
    await bill_file_store.record_outcome(connection, bill, written)
    return written


async def _outcome_without_write(connection: AsyncConnection, bill: BillOfFile, head: BillHead) -> BillWritten | None:
    """Return and record the outcome if the bill stays as it is; None if the file makes a version."""
    standing = await bill_rows.find(connection, head.provider, head.provider_invoice_id)
    if standing is None:
        return None
    is_known = standing.key.account == head.account and not bill.again
    if is_known and await bill_rows.has_version_of(connection, standing.id, bill.sha256):
        return await _unchanged(connection, bill)
    if reason := refusal_of(standing, head, bill.sha256):
        refused = BillWritten(outcome=WriteOutcome.REFUSED, note=reason, bill_id=standing.id)
        await bill_file_store.record_outcome(connection, bill, refused)
        return refused
    return None


async def _unchanged(connection: AsyncConnection, bill: BillOfFile) -> BillWritten:
    standing = await bill_rows.find(connection, bill.key.provider, bill.key.provider_invoice_id)
    assert standing is not None, "the caller has found it"
    written = bill_rows.written(standing, WriteOutcome.UNCHANGED)
    await bill_file_store.record_outcome(connection, bill, written)
    return written


async def _copy_lines(connection: AsyncConnection, bill: Bill, bill_no: int, lines_path: Path) -> None:
    """Write the lines of this version. A count that differs from the head's fails, and nothing is written."""
    report, copied = progress_report(), 0
    rows = copy_rows(lines_path, bill_no, bill.id, bill.version)
    columns = ", ".join(COPIED_COLUMNS)
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection), "the engine uses psycopg"
    async with driver.cursor() as cursor:
        async with cursor.copy(f"COPY vendor_bill_lines ({columns}) FROM STDIN (FORMAT csv)") as copy:
            while piece := await asyncio.to_thread(next, rows, b""):
                await copy.write(piece)
                copied += piece.count(b"\n")
                report("lines written", min(copied, bill.line_count), bill.line_count)
        count = cursor.rowcount
    if count != bill.line_count:
        raise ApplicationError(
            f"{count} lines were written, and the file says {bill.line_count}.", type=Failure.LINES_DIFFER
        )


async def _diff(connection: AsyncConnection, before: Bill, after: Bill) -> BillDiff:
    counts, lines = await compared(connection, after.id, before.version, after.version)
    return diff_of(before, after, counts, lines)
