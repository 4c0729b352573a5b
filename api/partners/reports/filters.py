"""The query of the reports: the days, the partner, the installer, and what a row sums up."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from api.http.parameters import Paging
from models.partners.orders.fields import PartnerKey
from models.partners.payout.reports import GroupBy
from models.values.base_models import Strict
from models.values.period import Day

MOST_DAYS = 366
InstallerText = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ReportFilter(Strict):
    """The jobs of a report: those completed from the first to the last day, in the zones of their partners."""

    from_: Day = Field(alias="from", description="the first day on which the jobs were completed")
    to: Day = Field(description="the last day, at most 366 days in all")
    partner: PartnerKey | None = None
    installer: InstallerText | None = Field(default=None, description="the code or the name, in any case")
    group_by: GroupBy = Field(default=GroupBy.INSTALLER, description="what a row sums up; `job`: a row for each job")

    @field_validator("to")
    @classmethod
    def _in_order(cls, to: date, info: ValidationInfo) -> date:
        first = info.data.get("from_")
        if first is None:
            return to  # the error of the first day is reported
        if to < first:
            raise ValueError("must not be before from")
        if to - first >= timedelta(days=MOST_DAYS):
            raise ValueError(f"a report has at most {MOST_DAYS} days; ask for a year at a time")
        return to

    def covers(self, day: date) -> bool:
        return self.from_ <= day <= self.to


class ReportPage(ReportFilter, Paging):
    """The same, a page of rows at a time."""
