"""Response schemas of batches."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from models.partners.batches.batch import Batch
from models.partners.order_type import OrderType


class BatchView(BaseModel):
    """Orders of one partner, type and month that share an invoice."""

    key: str
    partner_key: str
    order_type: OrderType
    period_start: date
    period_end: date
    opened_at: datetime
    closed_at: datetime | None = Field(description="null: it still takes orders")
    closed_by: str | None
    invoice_id: str = Field(description="of the invoice that it gets when it is closed")
    orders: int | None = Field(default=None, description="in lists: how many it holds")

    @classmethod
    def of(cls, batch: Batch, orders: int | None = None) -> Self:
        return cls(
            key=batch.key,
            partner_key=batch.scope.partner_key,
            order_type=batch.scope.order_type,
            period_start=batch.period.start,
            period_end=batch.period.end,
            opened_at=batch.opened_at,
            closed_at=batch.closed_at,
            closed_by=batch.closed_by,
            invoice_id=batch.invoice_id,
            orders=orders,
        )


class BatchDetail(BaseModel):
    batch: BatchView
    order_keys: tuple[str, ...]
