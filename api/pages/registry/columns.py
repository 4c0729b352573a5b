"""The columns of the registry page, and the choice of them that a browser keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.pages.languages import N_
from api.registry.filters import Sort

COOKIE = "columns"
NUMBER = "number"  # always shown: it leads to the invoice


@dataclass(frozen=True)
class Column:
    name: str
    label: str
    sort: Sort | None = None
    is_amount: bool = False
    is_usual: bool = True


COLUMNS: Sequence[Column] = (
    Column(NUMBER, N_("Number"), Sort.NUMBER),
    Column("company", N_("Company"), Sort.CUSTOMER_NAME),
    Column("contract", N_("Contract")),
    Column("contract_key", N_("Contract key"), is_usual=False),
    Column("kind", N_("Kind"), is_usual=False),
    Column("period", N_("Period")),
    Column("invoice_date", N_("Invoice date"), Sort.INVOICE_DATE, is_usual=False),
    Column("due", N_("Due"), Sort.DUE_DATE),
    Column("status", N_("Status")),
    Column("total", N_("Total"), Sort.TOTAL_AMOUNT, is_amount=True),
    Column("paid", N_("Paid"), is_amount=True, is_usual=False),
    Column("written_off", N_("Written off"), is_amount=True, is_usual=False),
    Column("balance", N_("Balance"), is_amount=True),
    Column("currency", N_("Cur.")),
    Column("created", N_("Created"), Sort.CREATED_AT, is_usual=False),
    Column("updated", N_("Changed"), is_usual=False),
)


def shown_columns(cookies: Mapping[str, str]) -> list[Column]:
    """Return the columns that this browser has chosen, in their order; the usual ones without a choice."""
    chosen = cookies.get(COOKIE)
    if chosen is None:
        return [each for each in COLUMNS if each.is_usual]
    names = set(chosen.split("."))
    return [each for each in COLUMNS if each.name == NUMBER or each.name in names]


def cookie_value(names: Sequence[str]) -> str:
    """Return the choice as the cookie holds it, without names that are no columns."""
    return ".".join(each.name for each in COLUMNS if each.name in names)
