"""The conditions of the gate as a checklist: each that applies to the order, met or with what is missing."""

from dataclasses import dataclass

from api.pages.orders.order_words import CONDITIONS, condition_of
from models.billing.order_readiness import NO_TERMS, OrderReadiness
from models.partners.order_type import OrderType
from models.partners.orders.order import Order
from models.partners.readiness import ObstacleCode


@dataclass(frozen=True)
class Condition:
    """One line of the checklist; `missing` are the messages, none when it is met."""

    label: str
    missing: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        return not self.missing


# These are listed only where they say something: of other orders they would be met for no reason.
_ONLY_WHEN_MISSING = frozenset({ObstacleCode.ON_LIVE_INVOICE, ObstacleCode.OTHER_PARTNER, "kpi", NO_TERMS})


def checklist(order: Order, readiness: OrderReadiness) -> list[Condition]:
    """Return the conditions that apply to the order, those that are not met with every reason."""
    missing: dict[str, list[str]] = {}
    for each in readiness.obstacles:
        missing.setdefault(condition_of(each.code), []).append(each.message)
    if NO_TERMS in missing:
        return [Condition(CONDITIONS[NO_TERMS], tuple(missing[NO_TERMS]))]
    return [
        Condition(label, tuple(missing.get(code, ())))
        for code, label in CONDITIONS.items()
        if code in missing or _applies(order, code)
    ]


def _applies(order: Order, code: str) -> bool:
    if code in (ObstacleCode.TTKT_MISSING, ObstacleCode.AWO_MISSING):
        return order.order_type is OrderType.ASSURANCE
    if code == ObstacleCode.STANDBY_PORT_NOT_APPROVED:
        return order.is_on_standby_port
    if code == ObstacleCode.RMA_NOT_APPROVED:
        return bool(order.rma)
    return code not in _ONLY_WHEN_MISSING and not (code == "rate" and order.completed_at is None)
