"""The tax that a person gives for a bill whose file has no line for it, as a line of its own at the end."""

import shutil
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from activities.bills.lines.line_columns import LINES
from models.bills.cost_line import ChargeCategory
from models.bills.file_content import BillHead, FileHints, UnreadableFile
from models.bills.formats.amounts import plain_text
from models.bills.line_key import line_key
from models.bills.problem import Problem
from models.bills.totals import EXACT, minor_units

DESCRIPTION = "Tax, as given with the file"


def with_tax_line(heads: list[BillHead], hints: FileHints, lines_path: Path, rows: int) -> list[BillHead]:
    """Return the heads with the given tax: added if the bill has no tax line, else compared with its lines."""
    tax = hints.tax_total
    if tax is None:
        return heads
    if len(heads) != 1:
        raise UnreadableFile(f"tax: the file has {len(heads)} bills, so one tax cannot be given for it; give none.")
    head = heads[0]
    if head.tax:
        return [_compared(head, tax)]
    if not tax:
        return heads
    _append(lines_path, head, tax, rows + 1)
    return [
        head.model_copy(
            update={
                "tax": EXACT.add(head.tax, tax),
                "line_count": head.line_count + 1,
                "line_minor_sum": head.line_minor_sum + minor_units(tax, head.currency),
            }
        )
    ]


def _compared(head: BillHead, tax: Decimal) -> BillHead:
    if minor_units(head.tax, head.currency) == minor_units(tax, head.currency):
        return head
    message = f"The lines have a tax of {head.tax:f} {head.currency}, but {tax:f} was given. Check which one is right."
    problem = Problem(code="tax_differs", message=message, value=f"{tax:f}", contradicts_total=True)
    return head.model_copy(update={"problems": (*head.problems, problem)})


def _append(lines_path: Path, head: BillHead, tax: Decimal, position: int) -> None:
    """Write the lines again with one more; a Parquet file cannot be continued."""
    key = line_key([head.provider_invoice_id, ChargeCategory.TAX, DESCRIPTION])
    line = {
        "bill_no": 0,
        "position": position,
        "line_key": key,
        "charge_category": ChargeCategory.TAX.value,
        "description": DESCRIPTION,
        "billed_cost": plain_text(tax),
        "provider_name": head.issuer,
    }
    longer = lines_path.with_suffix(".with-tax")
    with pq.ParquetFile(lines_path) as file, pq.ParquetWriter(longer, LINES, compression="zstd") as writer:
        for batch in file.iter_batches():
            writer.write_batch(batch)
        writer.write_batch(pa.RecordBatch.from_pylist([line], schema=LINES))
    shutil.move(longer, lines_path)
