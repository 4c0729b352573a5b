"""The period in the address of a page: a month, or days; the month before today unless the address names one."""

from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import QueryParams

from models.values.period import Day, Period

_DAY: TypeAdapter[date] = TypeAdapter(Day)


@dataclass(frozen=True)
class AskedPeriod:
    """The period, and a message when what was typed is none; then it is the month before today."""

    period: Period
    error: str | None = None

    @property
    def label(self) -> str:
        """The period as the address has it."""
        return self.period.label

    @property
    def month(self) -> str:
        """The value of a field for a month: that of the first day."""
        return f"{self.period.start:%Y-%m}"


def asked_period(query: QueryParams, today: date) -> AskedPeriod:
    """Return the period that `period` names, or the two days `from` and `to`, which are chosen before it."""
    usual = Period.before(today)
    first, last, label = (query.get(name, "").strip() for name in ("from", "to", "period"))
    try:
        if first or last:
            return AskedPeriod(Period(start=_day(first), end=_day(last)))
        return AskedPeriod(Period.of_label(label) if label else usual)
    except ValidationError as error:
        return AskedPeriod(usual, str(error.errors()[0]["ctx"]["error"]))
    except ValueError as error:
        return AskedPeriod(usual, str(error))


def _day(text: str) -> date:
    try:
        return _DAY.validate_python(text)
    except ValidationError:
        raise ValueError("give both the first and the last day, such as 2026-02-01 and 2026-02-14") from None
