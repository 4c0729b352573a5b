"""The activities of partners' orders."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.partners.orders import OrderActivities


def activities(engine: AsyncEngine) -> list[Callable[..., Any]]:
    """Return the activities of this domain."""
    orders = OrderActivities(engine)
    return [orders.mark_invoiced, orders.mark_submitted, orders.mark_completed, orders.return_to_ready]
