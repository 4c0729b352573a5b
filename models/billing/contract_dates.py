"""The start and finish date of a contract: what a period outside them means (docs/specification/pricing.md 1.4)."""

from collections.abc import Iterable
from datetime import date, timedelta

from models.contracts.contract import Contract, DealType
from models.contracts.worklog import Worklog
from models.values.money import hours
from models.values.period import Period

ONE_DAY = timedelta(days=1)


def reason_outside(contract: Contract, period: Period) -> str | None:
    """Return why the contract is not billed for the period, if no day of the period lies inside its dates."""
    if contract.days_in(period):
        return None
    start, finish = contract.start_date, contract.finish_date
    if finish is not None and finish < start:
        return f"The contract's finish date, {finish}, is before its start date, {start}."
    if start > period.end:
        return f"The contract starts on {start}, after the period {period.title}."
    return f"The contract ended on {finish}, before the period {period.title}."


def date_warnings(contract: Contract, worklogs: Iterable[Worklog], period: Period, today: date) -> tuple[str, ...]:
    """Return what a person should know about the period: its days outside the contract, and whether it is over."""
    found = [reason_outside(contract, period) or _partly_outside(contract, period), _work_outside(contract, worklogs)]
    if period.end >= today:
        found.append(f"The period is not over: its last day is {period.end}. Work that is logged later is missing.")
    return tuple(warning for warning in found if warning)


def _partly_outside(contract: Contract, period: Period) -> str | None:
    outside = _days_outside(contract, period)
    if not outside:
        return None
    ranges = " and ".join(f"{part.start} to {part.end}" for part in outside)
    days = sum(part.days for part in outside)
    text = f"{days} of the {period.days} days of the period lie outside the contract's dates: {ranges}."
    if contract.deal_type is DealType.HR:
        return text
    return f"{text} The base amount is charged in full; change it if less was agreed."


def _days_outside(contract: Contract, period: Period) -> list[Period]:
    """Return the days of the period before the start and after the finish of the contract."""
    inside = contract.days_in(period)
    outside = []
    if inside and period.start < inside.start:
        outside.append(Period(start=period.start, end=inside.start - ONE_DAY))
    if inside and inside.end < period.end:
        outside.append(Period(start=inside.end + ONE_DAY, end=period.end))
    return outside


def _work_outside(contract: Contract, worklogs: Iterable[Worklog]) -> str | None:
    outside = [each for each in worklogs if not contract.runs_on(each.started_on)]
    if not outside:
        return None
    logged = hours(sum(each.seconds for each in outside))
    days = sorted(each.started_on for each in outside)
    return f"{logged:.2f} hours from {days[0]} to {days[-1]} lie outside the contract's dates; they are billed."
