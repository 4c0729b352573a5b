"""The four commands of an invoice on its orders, as activities (docs/specification/orders.md 3.6)."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.partners import order_claims
from models.partners.orders.errors import OrderError
from models.partners.orders.invoice_steps import InvoiceStep
from models.partners.ports import (
    MARK_COMPLETED,
    MARK_INVOICED,
    MARK_SUBMITTED,
    RETURN_TO_READY,
    OrdersChanged,
    OrdersCommand,
)
from models.values.failure_codes import Failure


@dataclass(frozen=True)
class OrderActivities:
    """Each command changes all of its orders or none. Raises ORDERS_REFUSED, which is not retried."""

    engine: AsyncEngine

    @activity.defn(name=MARK_INVOICED.name)
    async def mark_invoiced(self, command: OrdersCommand) -> OrdersChanged:
        """Record that the invoice of the orders is finalised and its document exists."""
        return await self._move(InvoiceStep.MARK_INVOICED, command)

    @activity.defn(name=MARK_SUBMITTED.name)
    async def mark_submitted(self, command: OrdersCommand) -> OrdersChanged:
        """Record that the invoice was uploaded to the partner's portal, or uploaded again after a fix there."""
        return await self._move(InvoiceStep.MARK_SUBMITTED, command)

    @activity.defn(name=MARK_COMPLETED.name)
    async def mark_completed(self, command: OrdersCommand) -> OrdersChanged:
        """Record that the invoice is paid; nothing about the orders changes any more."""
        return await self._move(InvoiceStep.MARK_COMPLETED, command)

    @activity.defn(name=RETURN_TO_READY.name)
    async def return_to_ready(self, command: OrdersCommand) -> OrdersChanged:
        """Take the orders off an invoice that was rejected or withdrawn; they can be invoiced again."""
        return await self._move(InvoiceStep.RETURN_TO_READY, command)

    async def _move(self, step: InvoiceStep, command: OrdersCommand) -> OrdersChanged:
        try:
            async with self.engine.begin() as connection:
                return await order_claims.move(connection, step, command)
        except OrderError as refused:
            raise ApplicationError(refused.message, type=Failure.ORDERS_REFUSED, non_retryable=True) from refused
