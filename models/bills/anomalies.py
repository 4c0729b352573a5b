"""What is unusual about a bill, compared with the month before (docs/specification/bills.md 10)."""

from collections.abc import Iterable
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum

from pydantic import Field

from models.bills.allocation.shares import EXACT
from models.values.base_models import Frozen
from models.values.currencies import Currency

MOST_LISTED = 100
_PERCENT = Decimal("0.1")
_WIDE = Context(prec=200)  # a cost may have 26 decimals, so that a percentage of it has as many digits


class AnomalyKind(StrEnum):
    """What is unusual."""

    COST_CHANGED = "cost_changed"
    NEW_RESOURCE = "new_resource"
    VANISHED_RESOURCE = "vanished_resource"
    VANISHED_CREDIT = "vanished_credit"


class Thresholds(Frozen):
    """A change is unusual when it reaches both: the percentage of the cost before, and the amount."""

    percent: Decimal
    amount: Decimal


class Compared(Frozen):
    """The cost of the same thing in two months. `before` or `now` is None where the thing did not exist."""

    service: str
    project: str | None = None
    resource_key: str | None = None
    before: Decimal | None
    now: Decimal | None


class Anomaly(Frozen):
    """One finding. `percent` is the change in percent of the cost before; None where there was none."""

    kind: AnomalyKind
    service: str
    project: str | None = None
    resource_key: str | None = None
    before: Decimal | None = None
    now: Decimal | None = None
    change: Decimal
    percent: Decimal | None = None
    message: str


class AnomalyReport(Frozen):
    """The findings, the greatest change first. `compared_with` is None for the first bill of an account."""

    compared_with: date | None = Field(description="the first day of the month before; null: it has no bill")
    currency: Currency
    thresholds: Thresholds
    anomalies: tuple[Anomaly, ...] = Field(default=(), description=f"the {MOST_LISTED} greatest of each kind")
    counts: dict[AnomalyKind, int] = {}

    @property
    def count(self) -> int:
        return sum(self.counts.values())


def is_unusual(before: Decimal, now: Decimal, thresholds: Thresholds) -> bool:
    """Return whether the change reaches both thresholds. Of a cost of zero every change has an infinite percentage."""
    change = abs(EXACT.subtract(now, before))
    least = EXACT.multiply(thresholds.percent, abs(before))
    return bool(change) and change >= thresholds.amount and EXACT.multiply(change, Decimal(100)) >= least


def cost_changes(compared: Iterable[Compared], thresholds: Thresholds, currency: Currency) -> list[Anomaly]:
    """Return an anomaly for each service and project whose cost changed unusually."""
    return [
        _anomaly(AnomalyKind.COST_CHANGED, each, currency)
        for each in compared
        if is_unusual(each.before or Decimal(0), each.now or Decimal(0), thresholds)
    ]


def resource_changes(compared: Iterable[Compared], currency: Currency) -> list[Anomaly]:
    """Return an anomaly for each resource that only one of the months has."""
    return [
        _anomaly(AnomalyKind.NEW_RESOURCE if each.before is None else AnomalyKind.VANISHED_RESOURCE, each, currency)
        for each in compared
        if (each.before is None) != (each.now is None)
    ]


def vanished_credits(compared: Iterable[Compared], currency: Currency) -> list[Anomaly]:
    """Return an anomaly for each credit of the month before that is gone."""
    return [
        _anomaly(AnomalyKind.VANISHED_CREDIT, each, currency)
        for each in compared
        if each.now is None and (each.before or 0) < 0
    ]


def most_important(anomalies: Iterable[Anomaly]) -> tuple[Anomaly, ...]:
    """Return the greatest changes of each kind, in the order of the kinds."""
    by_kind: dict[AnomalyKind, list[Anomaly]] = {kind: [] for kind in AnomalyKind}
    for each in anomalies:
        by_kind[each.kind].append(each)
    return tuple(
        each
        for found in by_kind.values()
        for each in sorted(found, key=lambda anomaly: (-abs(anomaly.change), anomaly.message))[:MOST_LISTED]
    )


def _anomaly(kind: AnomalyKind, compared: Compared, currency: Currency) -> Anomaly:
    before, now = compared.before, compared.now
    change = EXACT.subtract(now or Decimal(0), before or Decimal(0))
    percent = _percent(change, before) if before else None
    return Anomaly(
        kind=kind,
        **compared.model_dump(),
        change=change,
        percent=percent,
        message=_message(kind, compared, percent, currency),
    )


def _percent(change: Decimal, before: Decimal) -> Decimal:
    return _WIDE.quantize(_WIDE.divide(_WIDE.multiply(change, Decimal(100)), abs(before)), _PERCENT)


def _message(kind: AnomalyKind, compared: Compared, percent: Decimal | None, currency: Currency) -> str:
    project = f" of the project {compared.project}" if compared.project else ""
    what = compared.resource_key or f"{compared.service or 'Costs without a service'}{project}"
    match kind:
        case AnomalyKind.COST_CHANGED:
            by = f" ({percent:+f} %)" if percent is not None else ""
            return f"{what}: {_shown(compared.before)} -> {_shown(compared.now)} {currency}{by}."
        case AnomalyKind.NEW_RESOURCE:
            return f"{what} is new and costs {_shown(compared.now)} {currency}."
        case AnomalyKind.VANISHED_RESOURCE:
            return f"{what} is gone; it cost {_shown(compared.before)} {currency}."
        case AnomalyKind.VANISHED_CREDIT:
            return f"The credit {what} of {_shown(compared.before)} {currency} is gone."


def _shown(amount: Decimal | None) -> str:
    return f"{(amount or Decimal(0)):.2f}"
