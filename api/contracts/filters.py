"""Query parameters of the lists of contracts and worklogs."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from api.http.parameters import Month, Paging, Search
from models.billing.period_state import PeriodState
from models.contracts.contract import DealType
from models.values.base_models import Strict
from models.values.money import Currency
from models.values.period import Day, Period
from models.values.typed_values import WholeParameter


class ClientSelection(Strict):
    """Filters of contracts. A contract must match all of them."""

    search: Search | None = Field(default=None, description="a part of the key or of the contract's or company's name")
    deal_type: DealType | None = None
    currency: Currency | None = None
    period: Month | None = Field(
        default=None, description="adds how far each contract is invoiced for this month", examples=["2026-02"]
    )
    state: PeriodState | None = Field(
        default=None, description="how far the contract is invoiced for `period`, or without it for the previous month"
    )

    def invoiced_period(self, today: date) -> Period | None:
        """Return the month whose invoices are looked for; None if none are."""
        if self.period is not None:
            return Period.parse(self.period)
        return Period.before(today) if self.state is not None else None


class ClientFilter(ClientSelection, Paging):
    """The filters, and which page."""


class WorklogFilter(Paging):
    """A period of worklogs and a page. Both days are inclusive."""

    start: Day = Field(alias="from", description="the first day", examples=["2026-02-01"])
    end: Day = Field(alias="to", description="the last day", examples=["2026-02-28"])
    per_page: WholeParameter = Field(default=100, ge=1, le=500)

    @model_validator(mode="after")
    def _a_period(self) -> Self:
        Period(start=self.start, end=self.end)
        return self

    @property
    def period(self) -> Period:
        return Period(start=self.start, end=self.end)
