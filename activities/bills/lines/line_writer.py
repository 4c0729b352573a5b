"""The file of normalised lines, which a thread writes while the next lines are read."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from activities.bills.lines.line_columns import LINES
from activities.bills.normalising_query import AMOUNTS

# What repeats. Of the other columns a dictionary would hold every value, and cost as much time as the values.
_REPEATING = [name for name in LINES.names if name not in {"position", "line_key", *AMOUNTS}]


class LineWriter:
    """Writes batches of lines as Parquet, at most one of them behind its caller."""

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(
            path,
            LINES,
            compression="zstd",
            compression_level=1,
            use_dictionary=_REPEATING,
            write_statistics=["bill_no"],
        )
        self._thread = ThreadPoolExecutor(1, "bill-lines")
        self._written: Future[None] | None = None

    def write(self, lines: pa.RecordBatch) -> None:
        """Write the lines in the background, once the lines before them are written."""
        self._wait()
        self._written = self._thread.submit(self._writer.write_batch, lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._wait()
        finally:
            self._thread.shutdown()
            self._writer.close()

    def _wait(self) -> None:
        if self._written is not None:
            self._written.result()
            self._written = None
