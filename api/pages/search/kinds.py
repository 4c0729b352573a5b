"""How the page of the search shows a kind of record: its name, its list, and the words of its statuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from api.pages.rendering import LIST, url_query


@dataclass(frozen=True)
class ShownKind:
    """`field` is the field of the list's filters that searches; a row has its page at `address/id`."""

    label: str
    address: str
    field: str
    statuses: Mapping[Any, str]
    looks: Mapping[Any, str]

    def list_of(self, text: str) -> str:
        """Return the address of the list of all records that match."""
        return self.address + url_query({self.field: text})

    def row_query(self, text: str) -> str:
        """Return the query of the page of a record, which then leads on in this list."""
        return url_query({LIST: url_query({self.field: text}).removeprefix("?")})


def page_of(kind: ShownKind, record_id: str) -> str:
    return f"{kind.address}/{quote(record_id, safe='')}"
