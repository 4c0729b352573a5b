"""The lines of a bill as PostgreSQL's COPY reads them."""

import io
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from activities.bills.lines.line_columns import COPIED_COLUMNS, LINE_FIELDS, MOMENT

ROWS = 10_000
AHEAD = 2
_OPTIONS = pa.csv.WriteOptions(include_header=False, quoting_style="needed")


def copy_rows(lines_path: Path, bill_no: int, bill_id: str, version: int) -> Iterator[bytes]:
    """Yield the lines of the bill as CSV with the columns `COPIED_COLUMNS`, in the order of their positions.

    An empty value is NULL, a quoted empty one is an empty text. A NUL, which PostgreSQL cannot store, is left out.
    Threads write ahead while the database takes what they wrote.
    """
    written: deque[Future[bytes]] = deque()
    with pq.ParquetFile(lines_path) as file, ThreadPoolExecutor(AHEAD, "bill-lines") as threads:
        groups = [group for group in range(file.num_row_groups) if _may_hold(file, group, bill_no)]
        for batch in file.iter_batches(ROWS, row_groups=groups, columns=["bill_no", *LINE_FIELDS]):
            belongs = pc.equal(batch["bill_no"], bill_no)
            lines = batch if pc.all(belongs).as_py() else batch.filter(belongs)
            if lines.num_rows:
                written.append(threads.submit(partial(_csv, lines, bill_id, version)))
            if len(written) > AHEAD:
                yield written.popleft().result()
        while written:
            yield written.popleft().result()


def _may_hold(file: pq.ParquetFile, group: int, bill_no: int) -> bool:
    statistics = file.metadata.row_group(group).column(0).statistics
    return statistics is None or not statistics.has_min_max or statistics.min <= bill_no <= statistics.max


def _as_text(column: pa.Array) -> pa.Array:
    """Return moments as texts, of which each different one is written once: Arrow takes 2 µs for a moment."""
    if column.type != MOMENT:
        return column
    moments = pc.dictionary_encode(column)
    return pc.take(pc.strftime(moments.dictionary, "%Y-%m-%dT%H:%M:%SZ"), moments.indices)


def _csv(lines: pa.RecordBatch, bill_id: str, version: int) -> bytes:
    constants = [pa.repeat(pa.scalar(bill_id), lines.num_rows), pa.repeat(pa.scalar(version), lines.num_rows)]
    arrays = [*constants, *(_as_text(lines[name]) for name in LINE_FIELDS)]
    written = io.BytesIO()
    pa.csv.write_csv(pa.RecordBatch.from_arrays(arrays, names=list(COPIED_COLUMNS)), written, _OPTIONS)
    content = written.getvalue()
    return content.replace(b"\x00", b"") if b"\x00" in content else content
