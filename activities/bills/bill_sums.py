"""The exact sums of each bill over the batches of a file."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from activities.bills.bill_groups import GatheredBill
from activities.bills.lines.line_batches import LineBatch
from models.bills.totals import minor_units
from models.values.currencies import MINOR_UNITS

# A million costs of the widest kind do not exceed it.
_SUM_TYPE = pa.decimal256(70, 26)


def add_up(batch: LineBatch, bills: Sequence[GatheredBill]) -> None:
    """Add the lines of the batch to their bills. Each line is also rounded half away from zero, as a single amount."""
    numbers = batch.lines["bill_no"]
    exact = batch.exact.cast(_SUM_TYPE)
    table = pa.table(
        {
            "bill": numbers,
            "is_tax": pa.array(batch.is_tax),
            "exact": exact,
            "rounded": _rounded(exact, numbers.to_numpy(zero_copy_only=False), bills),
            "start": batch.lines["charge_period_start"],
            "end": batch.lines["charge_period_end"],
        }
    )
    sums = [("exact", "sum"), ("rounded", "sum"), ("exact", "count"), ("start", "min"), ("end", "max")]
    for row in table.group_by(["bill", "is_tax"]).aggregate(sums).to_pylist():
        _add_row(row, bills[row["bill"]])
    for line, cost in batch.wide.items():
        bill = bills[numbers[line].as_py()]
        minor = minor_units(cost, bill.first.currency)
        bill.add(lines=0, amount=cost, minor=minor, is_tax=bool(batch.is_tax[line]))


def _add_row(row: dict[str, Any], bill: GatheredBill) -> None:
    amount: Decimal = row["exact_sum"]
    minor = int(row["rounded_sum"].scaleb(MINOR_UNITS[bill.first.currency]))
    bill.add(lines=row["exact_count"], amount=amount, minor=minor, is_tax=row["is_tax"])
    bill.spans(row["start_min"], row["end_max"])


def _rounded(exact: pa.Array, numbers: Any, bills: Sequence[GatheredBill]) -> pa.Array:
    decimals = np.array([MINOR_UNITS[bill.first.currency] for bill in bills], np.int64)[numbers]
    rounded = exact
    for count in np.unique(decimals).tolist():
        these = pc.round(exact, count, "half_towards_infinity")
        rounded = pc.if_else(pa.array(decimals == count), these, rounded)
    return rounded
