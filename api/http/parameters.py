"""Parameters that several domains use: keys, months, periods, paging and search text."""

import re
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from models.values.base_models import Strict
from models.values.period import Day, Period
from models.values.text import text_pattern
from models.values.typed_values import WholeParameter

_KEY = "[A-Za-z0-9][A-Za-z0-9._-]*"


def _key(text: str) -> str:
    if not re.fullmatch(_KEY, text):
        raise ValueError("must look like APP-001: letters, digits, dots, hyphens and underscores")
    return text


def month(text: str) -> str:
    """Return the text when it is a month such as 2026-02; raise ValueError otherwise."""
    Period.parse(text)
    return text


Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=50),
    AfterValidator(_key),
    Field(json_schema_extra={"pattern": f"^{_KEY}$"}),
]
Month = Annotated[str, AfterValidator(month), Field(json_schema_extra={"pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$"})]


class Paging(Strict):
    page: WholeParameter = Field(default=1, ge=1, le=1_000_000)
    per_page: WholeParameter = Field(default=20, ge=1, le=100)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page


Search = Annotated[
    str, StringConstraints(min_length=1, max_length=100), Field(json_schema_extra={"pattern": text_pattern(1)})
]


class PeriodBody(Strict):
    """A body with a period. Both dates are inclusive; without them the period is the previous calendar month."""

    period_start: Day | None = None
    period_end: Day | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        start, end = self.period_start, self.period_end
        if (start is None) != (end is None):
            raise ValueError("give period_start and period_end together, or neither for the previous month")
        if start and end:
            Period(start=start, end=end)
        return self

    def period(self, today: date) -> Period:
        """Return the period of the body; the month before `today` when the body names none."""
        start, end = self.period_start, self.period_end
        return Period.before(today) if start is None or end is None else Period(start=start, end=end)
