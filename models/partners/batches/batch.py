"""A batch: the orders of one partner, order type and month, collected until it is closed and invoiced.

See docs/specification/partner.md 6.6. The batch knows the ids of its invoice from the beginning, so that an order that
is added is claimed for that invoice at once.
"""

from datetime import date, datetime

from models.partners.order_type import OrderType
from models.values.base_models import Frozen
from models.values.period import Period
from models.values.workflow_ids import invoice_id, partner_invoice


class BatchScope(Frozen):
    """What the orders of a batch have in common. Months are those of the partner's zone."""

    partner_key: str
    order_type: OrderType
    month: date


class Batch(Frozen):
    """A batch. `number` counts those of one scope: what comes after a batch is closed goes into the next one."""

    key: str
    scope: BatchScope
    number: int
    opened_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None

    @property
    def workflow_id(self) -> str:
        """The id of the workflow of its invoice."""
        return partner_invoice(self.scope.partner_key, self.key)

    @property
    def invoice_id(self) -> str:
        return invoice_id(self.workflow_id)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def period(self) -> Period:
        return month_of(self.scope.month)


def month_of(day: date) -> Period:
    """Return the month that the day lies in."""
    return Period.month(day.year, day.month)


def scope_of(partner_key: str, order_type: OrderType, completed_on: date) -> BatchScope:
    """Return the scope of the batch for an order that was completed on this day."""
    return BatchScope(partner_key=partner_key, order_type=order_type, month=completed_on.replace(day=1))


def new_batch(scope: BatchScope, number: int, now: datetime) -> Batch:
    """Return an open batch, such as `activation.2026-03`, and `activation.2026-03-2` after the first one was closed."""
    suffix = f"-{number}" if number > 1 else ""
    key = f"{scope.partner_key}.{scope.order_type}.{scope.month:%Y-%m}{suffix}"
    return Batch(key=key, scope=scope, number=number, opened_at=now)
