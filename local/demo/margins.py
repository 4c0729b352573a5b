"""The last part of the demo: the margin of the month that was invoiced, by contract."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from local.demo.api_client import ApiClient
from local.demo.scenario import ReportStep
from models.values.period import Period


class MonthMargin(NamedTuple):
    """The month in words, a row for each contract, the sums by currency, and what is missing to know a cost."""

    month: str
    rows: list[dict[str, Any]]
    totals: list[dict[str, Any]]
    missing: list[str]


@dataclass(frozen=True)
class Margins:
    """Reads the margins as a manager, who sees costs."""

    manager: ApiClient
    today: date
    report_step: ReportStep

    async def of_last_month(self) -> MonthMargin:
        """Return the margin of the month before this one."""
        month = Period.before(self.today)
        self.report_step(f"The margin of {month.title}: revenue of the issued invoices, cost of their work, overhead")
        found = await self.manager.margins(period_from=month.label, group_by="contract", per_page=100)
        return MonthMargin(
            month.title,
            [row for row in found["data"] if row["invoices"]],
            [row for row in found["totals"] if row["invoices"]],
            [each["message"] for each in found["missing"]],
        )
