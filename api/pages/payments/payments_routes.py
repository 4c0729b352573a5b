"""The page of the payments of all invoices. What is done about a payment is a command of its invoice."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.accounting.deps import PaymentReadsDep
from api.accounting.payment_files import payment_csv, payment_xlsx
from api.accounting.payment_filters import PaymentCsvFilter, PaymentFilter, PaymentSelection, PaymentXlsxFilter
from api.accounting.payment_schemas import ListedPayment, PaymentTotal
from api.accounting.payments import PaymentReads
from api.deps import TodayDep
from api.errors import Invalid
from api.invoice.deps import InvoicesDep
from api.pages import actions
from api.pages.languages import N_
from api.pages.lists import Asked, Chip, asked, chip
from api.pages.payments.done import money_event
from api.pages.rendering import Desk, DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.pages.words import KINDS
from api.registry.deps import RegistryDep
from api.registry.filters import Order, Sort
from api.registry.open_filters import OpenFilters
from api.settings.deps import IssuerZoneDep
from models.invoice.permissions import LEAST_ROLE
from models.invoice.status import AWAITS_MONEY, CommandName, Kind
from models.values.typed_amounts import amount_readings

router = APIRouter(include_in_schema=False)

ADDRESS = "/payments"
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "q": N_("Search"),
        "paid_from": N_("Paid from"),
        "paid_to": N_("Paid to"),
        "currency": N_("Currency"),
        "kind": N_("Kind"),
        "reversed": N_("Taken back"),
        "min_amount": N_("Amount from"),
        "max_amount": N_("Amount to"),
        "customer_key": N_("Client key"),
    }
)
USUAL_CURRENCIES = frozenset({"UZS", "USD", "EUR", "MYR"})


@router.get(ADDRESS)
async def payments_page(
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    payments: PaymentReadsDep,
    registry: RegistryDep,
    invoices: InvoicesDep,
    done: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show one page of the payments that match, with the sums of all that match."""
    wanted = asked(request.query_params, PaymentFilter, ADDRESS, amounts=("min_amount", "max_amount"))
    errors = dict(wanted.errors)
    rows: list[ListedPayment] = []
    totals: list[PaymentTotal] | None = []
    following = None
    if not errors:
        try:
            rows, following = await payments.page(wanted.filters)
        except Invalid as error:  # the cursor is of another list
            errors["cursor"] = error.message
        else:
            totals = await payments.totals(wanted.filters)
    return desk.page(
        "payments/payments.html.j2",
        status=400 if errors else 200,
        asked=wanted,
        errors=errors,
        rows=rows,
        totals=totals,
        credits=await registry.credits(OpenFilters().selected(Sort.DUE_DATE, Order.ASC)),
        chips=_chips(desk, wanted),
        labels=LABELS,
        kinds={kind.value: KINDS[kind] for kind in Kind},
        currencies=sorted(USUAL_CURRENCIES | {each.currency.value for each in totals or ()}),
        offers=await _offers(payments, wanted),
        exports={kind: f"{ADDRESS}.{kind}{url_query(wanted.with_())}" for kind in ("xlsx", "csv")},
        next=wanted.at(following),
        first=ADDRESS + url_query(wanted.with_()) if "cursor" in wanted.given else None,
        may_record=actor.role.includes(LEAST_ROLE[CommandName.RECORD_PAYMENT]),
        may_take_back=actor.role.includes(LEAST_ROLE[CommandName.REVERSE_PAYMENT]),
        may_write_off=actor.role.includes(LEAST_ROLE[CommandName.WRITE_OFF]),
        owing=AWAITS_MONEY,
        done=await money_event(invoices, done),
        actions=actions,
    )


def _chips(desk: Desk, wanted: Asked[PaymentFilter]) -> list[Chip]:
    """Return a chip for each filter in use; one for an exact amount."""
    exact = wanted.filters.min_amount
    found = []
    for name, label in LABELS.items():
        if exact is None or exact != wanted.filters.max_amount or not name.endswith("_amount"):
            found += chip(desk, wanted, name, label, KINDS if name == "kind" else None)
        elif name == "min_amount":
            rest = {key: value for key, value in wanted.without(name).items() if key != "max_amount"}
            found.append(Chip(desk.text(N_("Amount is")), desk.formats.amount(exact), ADDRESS + url_query(rest)))
    return found


async def _offers(payments: PaymentReads, wanted: Asked[PaymentFilter]) -> list[tuple[Decimal, int, str]]:
    """Return the amounts that the searched text can mean, with the number of such payments and their list."""
    found = []
    for amount in amount_readings(wanted.filters.q or ""):
        fields: dict[str, Any] = {"min_amount": str(amount), "max_amount": str(amount)}
        rest = {name: value for name, value in wanted.with_(**fields).items() if name != "q"}
        totals = await payments.totals(PaymentSelection.model_validate(fields))
        count = sum(each.payments + each.reversed for each in totals or ())
        found.append((amount, count, ADDRESS + url_query(rest)))
    return found


@router.get(f"{ADDRESS}.csv")
async def csv_file(
    filters: Annotated[PaymentCsvFilter, Query()], _: PageActorDep, payments: PaymentReadsDep, today: TodayDep
) -> Response:
    return await payment_csv(payments, filters, today)


@router.get(f"{ADDRESS}.xlsx")
async def xlsx_file(
    filters: Annotated[PaymentXlsxFilter, Query()],
    _: PageActorDep,
    payments: PaymentReadsDep,
    zone: IssuerZoneDep,
    today: TodayDep,
) -> Response:
    return await payment_xlsx(payments, filters, zone, today)
