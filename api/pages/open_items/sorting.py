"""The headings of a list that sort it: the address of each order, and the direction for `aria-sort`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.pages.lists import Asked
from api.pages.rendering import url_query
from api.registry.filters import Order

_DIRECTIONS = {Order.ASC: "ascending", Order.DESC: "descending"}
_TURNED = {Order.ASC: Order.DESC, Order.DESC: Order.ASC}


@dataclass(frozen=True)
class Heading:
    address: str
    direction: str


def headings(
    asked: Asked[Any], sorts: Iterable[StrEnum], current: StrEnum, order: Order, first: Mapping[Any, Order]
) -> dict[str, Heading]:
    """Return the heading of each order. `first` is the direction in which an order is read when it is chosen."""
    found = {}
    for sort in sorts:
        is_here = sort is current
        wanted = _TURNED[order] if is_here else first[sort]
        address = asked.address + url_query(asked.with_(sort=sort.value, order=wanted.value))
        found[sort.value] = Heading(address, _DIRECTIONS[order] if is_here else "none")
    return found
