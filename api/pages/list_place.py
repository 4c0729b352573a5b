"""The list that one came from: its place in the address of a page, so that previous, next and Back keep it.

The state of the list, its filters, order and page, travels as `?list=` in the links of its rows, and on through the
forms of a row's page (`Desk.carried`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel
from starlette.datastructures import QueryParams

from api.pages.lists import PER_PAGE, Asked, asked
from api.pages.rendering import LIST, is_list, row_id, url_query

WHOLE = "view=all"  # the state of a list without filters, which must not be empty
F = TypeVar("F", bound=BaseModel)


@dataclass(frozen=True)
class ListPlace:
    """The state of the list, its name and address, and the addresses of the pages of the rows before and after."""

    query: str
    label: str
    address: str
    previous: str | None
    next: str | None

    @property
    def carried(self) -> dict[str, str]:
        """Return the state as the field of an address."""
        return {LIST: self.query}


@dataclass(frozen=True)
class DeskList(Generic[F]):
    """A list of the desk, whose rows have pages at `address/key`. The other fields are as in `asked`."""

    address: str
    label: str
    filters: type[F]
    amounts: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    per_page: tuple[tuple[str, Any], ...] = (("per_page", PER_PAGE),)

    def asked(self, query: QueryParams) -> Asked[F]:
        """Return what the address of the list asks for."""
        return asked(query, self.filters, self.address, self.amounts, self.lists, dict(self.per_page))

    def row_query(self, wanted: Asked[F]) -> str:
        """Return the query that the links of the rows have."""
        return url_query({LIST: _state(wanted)})

    def came_from(self, carried: str) -> Asked[F] | None:
        """Return the list that the address of a row's page carries; None without one, and if it cannot be read."""
        if not is_list(carried):
            return None
        wanted = self.asked(QueryParams(carried))
        return None if wanted.errors else wanted

    def place(self, wanted: Asked[F], key: str, found: Sequence[str | None]) -> ListPlace:
        """Return the place of the row with the key, between the rows with the keys that were found."""
        query = self.row_query(wanted)
        before, after = (f"{self.address}/{quote(each, safe='')}{query}" if each else None for each in found)
        back = f"{self.address}{url_query(wanted.given)}#{row_id(key)}"
        return ListPlace(_state(wanted), self.label, back, before, after)


def _state(wanted: Asked[Any]) -> str:
    return url_query(wanted.given).removeprefix("?") or WHOLE
