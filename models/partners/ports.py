"""The activities by which an invoice moves its orders. `partners` knows of an invoice only its id.

See docs/specification/orders.md 3.6.
"""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from models.partners.orders.fields import OrderKey
from models.values.base_models import Frozen
from models.values.port import Port

MOST_ORDERS = 10_000


class OrdersCommand(Frozen):
    """One command of an invoice on its orders. `effect_key` identifies it: a repetition changes nothing.

    `rejected` says that the partner rejected the invoice; without it, a return means that the invoice was withdrawn.
    """

    invoice_id: str
    effect_key: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    order_keys: tuple[OrderKey, ...] = Field(min_length=1, max_length=MOST_ORDERS)
    number: str | None = None
    at: datetime
    reason: str | None = None
    rejected: bool = False


class OrdersChanged(Frozen):
    """The receipt: how many orders the command changed, and how many had the status already."""

    effect_key: str
    changed: int
    unchanged: int
    at: datetime


MARK_INVOICED = Port("orders.mark_invoiced", OrdersCommand, OrdersChanged)
MARK_SUBMITTED = Port("orders.mark_submitted", OrdersCommand, OrdersChanged)
MARK_COMPLETED = Port("orders.mark_completed", OrdersCommand, OrdersChanged)
RETURN_TO_READY = Port("orders.return_to_ready", OrdersCommand, OrdersChanged)
