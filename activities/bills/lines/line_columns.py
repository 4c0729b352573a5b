"""The columns of normalised lines, in Parquet and in PostgreSQL."""

import pyarrow as pa

from activities.bills.normalising_query import AMOUNTS, TEXTS

MOMENT = pa.timestamp("us", "UTC")

# The fields of models.bills.cost_line.CostLine. Costs are texts with all their decimals.
LINE_FIELDS = (
    *("position", "line_key", "charge_category", "charge_class", "description"),
    *AMOUNTS,
    *("unit", "charge_period_start", "charge_period_end"),
    *TEXTS[3:],
    "tags",
)
_TYPES = {
    "position": pa.int64(),
    "charge_period_start": MOMENT,
    "charge_period_end": MOMENT,
}
LINES = pa.schema(
    [pa.field("bill_no", pa.int32()), *(pa.field(name, _TYPES.get(name, pa.string())) for name in LINE_FIELDS)]
)
COPIED_COLUMNS = ("bill_id", "version", *LINE_FIELDS)
"""The columns of `vendor_bill_lines` in the order in which `copy_rows` writes them."""
