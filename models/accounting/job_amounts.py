"""The amounts of each order on a partner invoice, from its lines (docs/specification/kpi.md 6)."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from models.invoice.content.basis import OrderSource
from models.invoice.content.lines import Line, LineType
from models.partners.job_amounts import JobAmounts
from models.values.money import ZERO

_PARTS = {LineType.KPI: "kpi", LineType.MATERIALS: "materials"}


def job_amounts(lines: Iterable[Line]) -> dict[str, JobAmounts]:
    """Return the amounts by the key of the order. Lines that were added by hand belong to no order."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for line in lines:
        if line.billed and isinstance(line.source, OrderSource):
            sums[line.source.order_key][_PARTS.get(line.line_type, "job")] += line.line_total
    return {order_key: JobAmounts.model_validate(parts) for order_key, parts in sums.items()}
