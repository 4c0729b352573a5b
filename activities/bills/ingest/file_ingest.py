"""The activities of a file of bills: read it, and start the workflow of each of its bills."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.client import Client

from activities.bills.file_reader import ReaderLimits, read_bill_file
from activities.bills.ingest import bill_file_store
from activities.bills.ingest.stored_bill_files import BillFiles
from activities.runtime.heartbeats import progress_report
from models.bills.file_content import UnreadableFile
from models.bills.ports import (
    BILL_WORKFLOW,
    FILE_ARRIVED,
    READ_FILE,
    START_BILLS,
    BillOfFile,
    BillsStarted,
    BillsToStart,
    BillToIngest,
    FileRead,
    FileToRead,
)

BILLS_AT_ONCE: Final = 100
# A refusal is shown to a person; the reader's own words are short.
LONGEST_REFUSAL: Final = 1000


class FileIngest:
    """Reads files of bills, one at a time for each worker, because reading a large one takes memory and a processor."""

    def __init__(self, engine: AsyncEngine, files: BillFiles, limits: ReaderLimits | None = None) -> None:
        self._engine = engine
        self._files = files
        self._limits = limits
        self._turn = asyncio.Lock()

    @activity.defn(name=READ_FILE.name)
    async def read_file(self, request: FileToRead) -> FileRead:
        """Read a file and store its heads and its lines. A file that was read before is not read again."""
        if not request.again:
            async with self._engine.connect() as connection:
                before = await bill_file_store.read_before(connection, request.sha256)
            if before is not None and before.refusal is None:
                return before
        async with self._turn:
            with TemporaryDirectory(prefix="aktum-bill-") as directory:
                return await self._read(request, Path(directory))

    @activity.defn(name=START_BILLS.name)
    async def start_bills(self, request: BillsToStart) -> BillsStarted:
        """Tell the workflow of each bill of a page of its file, and start it if it does not run.

        A repetition tells it again, and the workflow knows the file by then.
        """
        async with self._engine.connect() as connection:
            bills = await bill_file_store.heads_after(connection, request.sha256, request.after, BILLS_AT_ONCE)
        client, report = activity.client(), progress_report()
        for count, bill in enumerate(bills, start=1):
            told = bill.model_copy(update={"by": request.by, "again": request.again})
            await _tell(client, told, request.task_queue)
            report("bills started", request.after + 1 + count)
        last = bills[-1].bill_no if len(bills) == BILLS_AT_ONCE else None
        return BillsStarted(started=len(bills), last=last)

    async def _read(self, request: FileToRead, directory: Path) -> FileRead:
        path, lines_path = directory / "file", directory / "lines.parquet"
        report = progress_report()
        report("fetch the file", 0, request.size)
        await self._files.download(request.sha256, path)
        try:
            content = await asyncio.to_thread(
                read_bill_file, path, request.hints, lines_path, _counted(report, "rows read"), self._limits
            )
        except UnreadableFile as error:
            refusal = str(error)[:LONGEST_REFUSAL]
            async with self._engine.begin() as connection:
                await bill_file_store.record_refusal(connection, request, refusal)
            return FileRead(refusal=refusal)
        report("store the lines", 0, content.rows)
        lines_key = await self._files.keep_lines(request.sha256, lines_path)
        async with self._engine.begin() as connection:
            await bill_file_store.record_content(connection, request, content, lines_key)
        return FileRead(
            format=content.format, rows=content.rows, bills=len(content.bills), problems=content.problem_count
        )


def _counted(report: Callable[[str, int], None], step: str) -> Callable[[int], None]:
    return lambda done: report(step, done)


async def _tell(client: Client, bill: BillOfFile, task_queue: str) -> None:
    await client.start_workflow(
        BILL_WORKFLOW,
        BillToIngest(key=bill.key),
        id=bill.key.workflow_id,
        task_queue=task_queue,
        start_signal=FILE_ARRIVED,
        start_signal_args=[bill],
        static_summary=bill.key.title,
    )
