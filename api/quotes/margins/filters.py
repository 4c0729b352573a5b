"""The query of the margins: the months, what a row sums up, and whose work is counted."""

from typing import Annotated

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from api.http.parameters import Month, Paging, Search
from models.quotes.margins.entries import MarginEntry
from models.quotes.margins.rows import GroupBy
from models.quotes.numbers import PercentOfWhole
from models.values.base_models import Strict
from models.values.money import Currency
from models.values.period import MAX_LENGTH, Period

MOST_MONTHS = 12
InvoiceId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]


class MarginFilter(Strict):
    """The invoices whose period begins in these months, and the work of these months that no invoice bills.

    Without months they are those of the invoice, or the previous month.
    """

    period_from: Month | None = Field(default=None, description="the first month", examples=["2026-01"])
    period_to: Month | None = Field(
        default=None, description=f"the last month, at most {MOST_MONTHS} in all", examples=["2026-03"]
    )
    application_key: Search | None = None
    customer_key: Search | None = None
    invoice_id: InvoiceId | None = None
    account_id: Search | None = Field(default=None, description="of the person who worked")
    project: Search | None = None
    currency: Currency | None = Field(
        default=None, description="convert everything; without it each contract is shown in its own currency"
    )

    @field_validator("period_to")
    @classmethod
    def _in_order(cls, last: str | None, info: ValidationInfo) -> str | None:
        first = info.data.get("period_from")
        if first is not None and last is not None:
            if last < first:
                raise ValueError(f"must not be before period_from, {first}")
            if Period.parse(last).end - Period.parse(first).start > MAX_LENGTH:
                raise ValueError(f"at most {MOST_MONTHS} months are computed at once; ask for a year at a time")
        return last

    def months(self, otherwise: Period) -> Period:
        """Return the months; one end alone is a single month, and without both it is `otherwise`."""
        first, last = self.period_from or self.period_to, self.period_to or self.period_from
        if first is None or last is None:
            return otherwise
        return Period(start=Period.parse(first).start, end=Period.parse(last).end)

    def includes(self, entry: MarginEntry) -> bool:
        """Return whether the entry is asked for."""
        place = entry.place
        return (
            self.application_key in (None, place.application_key)
            and self.customer_key in (None, place.customer_key)
            and self.invoice_id in (None, place.invoice_id)
            and self.account_id in (None, entry.account_id)
            and self.project in (None, entry.project)
        )


class GroupedFilter(MarginFilter):
    group_by: GroupBy = Field(default=GroupBy.CONTRACT, description="what a row sums up")


class RowPage(GroupedFilter, Paging):
    """The same, a page of rows at a time."""


class WorklogPage(MarginFilter, Paging):
    """The same, a page of worklogs at a time."""


class FlagFilter(MarginFilter):
    target_percent: PercentOfWhole | None = Field(default=None, description="without it, the target of the settings")
