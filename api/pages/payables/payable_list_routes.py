"""The list of payables with their ageing: what is owed, how late it is, and the sums of all that match."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Request, Response

from api.bills.payables.deps import IssuerDay, PayableReads
from api.bills.payables.filters import PayableQuery
from api.bills.payables.schemas import CurrencyAgeing, PayableAgeing, PayableView
from api.errors import Invalid
from api.pages.languages import N_
from api.pages.list_place import DeskList
from api.pages.lists import Asked, Chip, chip
from api.pages.payables import payable_words
from api.pages.rendering import Desk, DeskDep, url_query
from api.pages.sessions import PageActorDep
from models.accounting.ageing import BUCKETS, Age, days_late, due_dates
from models.bills.payable import Payable, PayableStatus

router = APIRouter(include_in_schema=False)

ADDRESS = "/payables"
UNPAID: Sequence[str] = tuple(status.value for status in PayableStatus if status is not PayableStatus.PAID)
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "search": N_("Search"),
        "status": N_("Status"),
        "source": N_("Provider"),
        "currency": N_("Currency"),
        "overdue": N_("Late"),
        "is_locked": N_("Locked"),
        "due_from": N_("Due from"),
        "due_to": N_("Due to"),
        "tenant_id": N_("Tenant"),
        "vendor_id": N_("Vendor"),
        "external_id": N_("Invoice id"),
    }
)
PAYABLES = DeskList(ADDRESS, N_("Payables"), PayableQuery, lists=("status",))
VIEWS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        N_("All"): {},
        N_("Unpaid"): {"status": list(UNPAID)},
        N_("To approve"): {"status": [PayableStatus.RECEIVED.value]},
        N_("To pay"): {"status": [PayableStatus.APPROVED.value, PayableStatus.SCHEDULED.value]},
        N_("Late"): {"overdue": "true"},
        N_("Paid"): {"status": [PayableStatus.PAID.value]},
    }
)


@router.get(ADDRESS)
async def payables_page(
    request: Request, _: PageActorDep, desk: DeskDep, payables: PayableReads, today: IssuerDay
) -> Response:
    """Show the ageing of what is unpaid, and one page of the payables that match, those due first before the others."""
    wanted = PAYABLES.asked(request.query_params)
    errors = dict(wanted.errors)
    query = wanted.filters
    found: Sequence[Payable] = ()
    if not errors:
        try:
            found = await payables.page(query.selection, today, query.position, query.per_page + 1)
        except Invalid as error:  # the cursor is of another list
            errors["cursor"] = error.message
    shown = found[: query.per_page]
    following = query.cursor_after(shown[-1]) if len(found) > len(shown) else None
    ageing = PayableAgeing.of(await payables.ageing(None, today), today)
    return desk.page(
        "payables/payables.html.j2",
        status=400 if errors else 200,
        rows=[PayableView.of(payable) for payable in shown],
        sums=await payables.sums(query.selection, today) if not errors else [],
        ageing=[_ageing(each, today) for each in ageing.currencies],
        as_of=today,
        asked=wanted,
        errors=errors,
        chips=chips(desk, wanted),
        tabs=[_tab(label, filters, wanted) for label, filters in VIEWS.items()],
        row_query=PAYABLES.row_query(wanted),
        labels=LABELS,
        payable_words=payable_words,
        late=lambda row: days_late(row.due_date, today) if row.status is not PayableStatus.PAID else 0,
        first=ADDRESS + url_query(wanted.without("cursor")) if "cursor" in wanted.given else None,
        next=wanted.at(following),
    )


def _ageing(found: CurrencyAgeing, today: date) -> dict[str, Any]:
    """Return the unpaid amounts of a currency by days late, each with the address of its payables."""
    buckets = {each.age: each for each in found.buckets}
    rows = [
        {
            "days_late": age,
            "amount": buckets[age].amount,
            "payables": buckets[age].payables,
            "address": _address_of(age, found.currency.value, today),
        }
        for age in BUCKETS
    ]
    return {"currency": found.currency, "amount": found.amount, "payables": found.payables, "rows": rows}


def _address_of(age: Age, currency: str, today: date) -> str:
    first, last = due_dates(age, today)
    days = {"due_from": first.isoformat() if first else "", "due_to": last.isoformat() if last else ""}
    return ADDRESS + url_query({"status": list(UNPAID), "currency": currency, **days})


def _tab(label: str, filters: Mapping[str, Any], wanted: Asked[PayableQuery]) -> dict[str, Any]:
    """Return a tab of the page: the address of the view alone, and whether the list is in it."""
    given = {name: wanted.given[name] for name in ("status", "overdue") if name in wanted.given}
    return {"label": label, "address": ADDRESS + url_query(filters), "is_here": given == dict(filters)}


def chips(desk: Desk, wanted: Asked[PayableQuery]) -> list[Chip]:
    """Return a chip for each filter in use."""
    words: dict[str, Mapping[Any, str]] = {"status": payable_words.STATUSES}
    return [each for name, label in LABELS.items() for each in chip(desk, wanted, name, label, words.get(name))]
