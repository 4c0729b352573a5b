"""The errors of batches. They are errors of orders for the API; the class name is the public code."""

from datetime import datetime

from models.partners.orders.errors import OrderRefused, OrderUnknown


class BatchUnknown(OrderUnknown):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.args = (f"There is no batch {key}.",)


class NotInBatch(OrderUnknown):
    def __init__(self, key: str, order_key: str) -> None:
        super().__init__(order_key)
        self.args = (f"Order {order_key} is not in the batch {key}.",)


class BatchClosed(OrderRefused):
    def __init__(self, key: str, closed_at: datetime, closed_by: str) -> None:
        super().__init__(
            f"The batch {key} was closed at {closed_at:%Y-%m-%d %H:%M %Z} by {closed_by}, so its orders stay. "
            "An order leaves the invoice when that is discarded, voided or rejected."
        )
