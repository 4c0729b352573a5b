"""The list that one came from. Its state travels in the address as `?list=`, so that previous and next keep it."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.datastructures import FormData, QueryParams

from api.pages.lists import asked
from api.pages.rendering import url_query
from api.registry.filters import InvoiceFilter
from api.registry.repository import Registry

ADDRESS = "/invoices"
LONGEST_LIST = 2000
_WHOLE_LIST = {"sort": "created_at"}

ListedParam = Annotated[str, Query(alias="list", max_length=LONGEST_LIST)]


@dataclass(frozen=True)
class ListPlace:
    """The query of the list, its address, and the addresses of the invoices before and after."""

    query: str
    address: str
    previous: str | None
    next: str | None


def list_query(fields: dict[str, object]) -> str:
    """Return the state of the registry as links to its invoices carry it; never empty."""
    given = url_query({name: value for name, value in fields.items() if name != "cursor"}).removeprefix("?")
    return given or urlencode(_WHOLE_LIST)


async def list_place(registry: Registry, invoice_id: str, listed: str) -> ListPlace | None:
    """Return the place of the invoice in the list; None if the address carries none, or none that can be read."""
    if not listed or len(listed) > LONGEST_LIST or not listed.isprintable():
        return None
    wanted = asked(QueryParams(listed), InvoiceFilter, ADDRESS, amounts=("min_total", "max_total"), lists=("status",))
    if wanted.errors:
        return None
    found = await registry.neighbours(wanted.filters, invoice_id)
    if found is None:
        return None
    query = list_query(dict(wanted.given))
    previous, following = (
        f"{ADDRESS}/{each}{url_query({'list': query})}" if each else None for each in (found.previous, found.next)
    )
    return ListPlace(query, ADDRESS + url_query(wanted.without("cursor")), previous, following)


def listed_of(posted: FormData) -> str:
    """Return the list that the form carries on; an empty text if it carries none."""
    found = posted.get("list", "")
    return found if isinstance(found, str) and len(found) <= LONGEST_LIST and found.isprintable() else ""


def carrying(listed: str) -> dict[str, Any]:
    """Return what templates need to carry the list on: its query, and the same as fields of an address."""
    return {"listed": listed, "carried": {"list": listed} if listed else {}}


def after_command(invoice_id: str, revision: int, listed: str) -> str:
    """Return the address of the invoice after a command: it tells the recorded event, and keeps the list."""
    return f"{ADDRESS}/{invoice_id}{url_query({'done': revision, 'list': listed})}"
