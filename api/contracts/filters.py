"""Query parameters of the lists of contracts and worklogs."""

from typing import Self

from pydantic import Field, model_validator

from api.http.parameters import Paging, Search
from models.values.period import Day, Period
from models.values.typed_values import WholeParameter


class ClientFilter(Paging):
    search: Search | None = Field(default=None, description="a part of the key or of the contract's or company's name")


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
