"""The lines of a bill as PostgreSQL's COPY reads them."""

import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from activities.bills.line_columns import COPIED_COLUMNS, LINE_FIELDS

ROWS = 20_000
_OPTIONS = pa.csv.WriteOptions(include_header=False, quoting_style="needed")


def copy_rows(lines_path: Path, bill_no: int, bill_id: str, version: int) -> Iterator[bytes]:
    """Yield the lines of the bill as CSV with the columns `COPIED_COLUMNS`, in the order of their positions.

    An empty value is NULL, a quoted empty one is an empty text. A NUL, which PostgreSQL cannot store, is left out.
    """
    with pq.ParquetFile(lines_path) as file:
        for batch in file.iter_batches(ROWS, columns=["bill_no", *LINE_FIELDS]):
            lines = batch.filter(pc.equal(batch["bill_no"], bill_no))
            if lines.num_rows:
                yield _csv(lines, bill_id, version)


def _csv(lines: pa.RecordBatch, bill_id: str, version: int) -> bytes:
    constants = [pa.repeat(pa.scalar(bill_id), lines.num_rows), pa.repeat(pa.scalar(version), lines.num_rows)]
    arrays = [*constants, *(lines[name] for name in LINE_FIELDS)]
    written = io.BytesIO()
    pa.csv.write_csv(pa.RecordBatch.from_arrays(arrays, names=list(COPIED_COLUMNS)), written, _OPTIONS)
    content = written.getvalue()
    return content.replace(b"\x00", b"") if b"\x00" in content else content
