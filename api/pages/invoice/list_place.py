"""The list that one came from to an invoice. The forms of an invoice carry its state as the field `list`."""

from typing import Annotated, Any

from fastapi import Query
from starlette.datastructures import FormData

from api.pages.languages import N_
from api.pages.list_place import DeskList, ListPlace
from api.pages.rendering import LIST, LONGEST_LIST, is_list, url_query
from api.registry.filters import InvoiceFilter
from api.registry.repository import Registry

ADDRESS = "/invoices"
INVOICES = DeskList(ADDRESS, N_("Invoices"), InvoiceFilter, amounts=("min_total", "max_total"), lists=("status",))

ListedParam = Annotated[str, Query(alias=LIST, max_length=LONGEST_LIST)]


async def list_place(registry: Registry, invoice_id: str, listed: str) -> ListPlace | None:
    """Return the place of the invoice in the list; None if the address carries none, or none that can be read."""
    wanted = INVOICES.came_from(listed)
    found = await registry.neighbours(wanted.filters, invoice_id) if wanted else None
    return INVOICES.place(wanted, invoice_id, (found.previous, found.next)) if wanted and found else None


def listed_of(posted: FormData) -> str:
    """Return the list that the form carries on; an empty text if it carries none."""
    found = posted.get(LIST, "")
    return found if isinstance(found, str) and is_list(found) else ""


def carrying(listed: str) -> dict[str, Any]:
    """Return what templates need to carry the list on: its query, and the same as fields of an address."""
    return {"listed": listed, "carried": {LIST: listed} if listed else {}}


def after_command(invoice_id: str, revision: int, listed: str) -> str:
    """Return the address of the invoice after a command: it tells the recorded event, and keeps the list."""
    return f"{ADDRESS}/{invoice_id}{url_query({'done': revision, LIST: listed})}"
