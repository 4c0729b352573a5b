"""The place of an order in a list: by its stretch and its day, also when its status has left the list."""

import pytest

from models.partners.orders.selection import OrderPosition, OrderSelection, OrderSort
from models.partners.orders.status import OrderStatus
from tests.fixtures.orders import order

S = OrderStatus
FIRST, SECOND, LAST = 0, 1, 2  # ready, uploaded, and all others


@pytest.mark.parametrize(
    ("status", "listed", "sort", "stretch"),
    [
        (S.READY_FOR_INVOICE, (), OrderSort.READY_FIRST, FIRST),
        (S.DOCKETS_UPLOADED, (), OrderSort.READY_FIRST, SECOND),
        (S.INVOICED, (), OrderSort.READY_FIRST, LAST),
        (S.DOCKETS_UPLOADED, (S.READY_FOR_INVOICE, S.DOCKETS_UPLOADED), OrderSort.READY_FIRST, SECOND),
        (S.INVOICED, (S.READY_FOR_INVOICE, S.DOCKETS_UPLOADED), OrderSort.READY_FIRST, FIRST),
        (S.INVOICED, (S.DOCKETS_UPLOADED,), OrderSort.READY_FIRST, SECOND),
        (S.INVOICED, (S.DOCKETS_UPLOADED,), OrderSort.NEWEST, FIRST),
    ],
)
def test_the_stretch_of_an_order(
    status: OrderStatus, listed: tuple[OrderStatus, ...], sort: OrderSort, stretch: int
) -> None:
    found = order().model_copy(update={"status": status})
    place = OrderSelection(status=listed).place_of(found, sort)
    assert place == OrderPosition(stretch=stretch, created_at=found.created_at, order_key=found.order_key)
