"""The list of orders. All of its state is in the address, so that Back, reload and another tab show the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from api.errors import Invalid
from api.pages.languages import N_
from api.pages.list_place import DeskList
from api.pages.lists import PER_PAGE, Asked, Chip, chip
from api.pages.orders import order_words
from api.pages.orders.deps import OrderDeskDep, OrderReadsDep
from api.pages.rendering import Desk, url_query
from api.pages.sessions import PageActorDep
from api.partners.orders.filters import OrderQuery
from api.settings.deps import SettingsStoreDep
from api.settings.partner_repositories import PARTNERS
from models.access.roles import DRAFTING, Role
from models.partners.order_type import OrderType
from models.partners.orders.order import Order
from models.partners.orders.selection import VIEWS, OrderSelection, OrderSort, OrderTab
from models.partners.orders.status import OrderStatus

router = APIRouter(include_in_schema=False)

ADDRESS = "/orders"
LABELS: Mapping[str, str] = {
    "q": N_("Search"),
    "status": N_("Status"),
    "partner_key": N_("Partner"),
    "order_type": N_("Type"),
    "service_id": N_("Service id"),
    "invoice_id": N_("Invoice id"),
    "has_invoice": N_("On an invoice"),
    "is_blocked": N_("Open blocker"),
    "completed_from": N_("Completed from"),
    "completed_before": N_("Completed before"),
}
ORDERS = DeskList(
    ADDRESS,
    N_("Orders"),
    OrderQuery,
    lists=("status",),
    per_page=(("per_page", PER_PAGE), ("sort", OrderSort.READY_FIRST)),
)
_WORDS: Mapping[str, Mapping[Any, str]] = {"status": order_words.STATUSES, "order_type": order_words.TYPES}


@router.get(ADDRESS)
async def orders_page(
    request: Request, actor: PageActorDep, desk: OrderDeskDep, orders: OrderReadsDep, settings: SettingsStoreDep
) -> Response:
    """Show one page of the orders that match, what can be invoiced first, with the number in each view."""
    wanted = ORDERS.asked(request.query_params)
    found: Sequence[Order] = []
    errors = dict(wanted.errors)
    if not errors:
        query = wanted.filters
        try:
            found = await orders.page(query.selection, query.position, PER_PAGE + 1, query.sort)
        except Invalid as error:  # the cursor is of another list
            errors["cursor"] = error.message
    shown = found[:PER_PAGE]
    counts = await orders.counts(wanted.filters.partner_key)
    return desk.page(
        "orders/list.html.j2",
        status=400 if errors else 200,
        rows=shown,
        errors=errors,
        asked=wanted,
        chips=_chips(desk, wanted),
        tabs=[_tab(view, number, wanted) for view, number in counts.items()],
        is_new=counts[OrderTab.ALL] == 0,
        row_query=ORDERS.row_query(wanted),
        labels=LABELS,
        partners=list(await settings.all(PARTNERS)),
        types=list(OrderType),
        statuses=list(OrderStatus),
        first=ADDRESS + url_query(wanted.with_()) if request.query_params.get("cursor") else None,
        next=wanted.at(wanted.filters.cursor_after(shown[-1]) if len(found) > PER_PAGE else None),
        may_import=actor.role.includes(Role.EDITOR),
        may_invoice=actor.role.includes(DRAFTING),
        order_words=order_words,
    )


def _chips(desk: Desk, wanted: Asked[OrderQuery]) -> list[Chip]:
    return [each for name, label in LABELS.items() for each in chip(desk, wanted, name, label, _WORDS.get(name))]


def _tab(view: OrderTab, orders: int, wanted: Asked[OrderQuery]) -> dict[str, Any]:
    """Return a tab: the address of the view for the chosen partner, and whether the list is in it."""
    selection = VIEWS[view]
    partner = {"partner_key": wanted.filters.partner_key} if wanted.filters.partner_key else {}
    filters = selection.model_dump(mode="json", exclude_defaults=True) | partner
    address = ADDRESS + url_query({name: _text(value) for name, value in filters.items()})
    return {
        "label": order_words.VIEWS[view],
        "orders": orders,
        "address": address,
        "is_here": _is_here(selection, wanted.filters),
    }


def _is_here(selection: OrderSelection, filters: OrderQuery) -> bool:
    same = all(getattr(selection, name) == getattr(filters, name) for name in ("has_invoice", "is_blocked"))
    return same and set(selection.status) == set(filters.status)


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
