"""A layout: how a format is recognised by its columns, and what each column means."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.bills.bill import BillStatus
from models.bills.cost_line import ChargeCategory

Names = tuple[str, ...]
"""The columns that a value is taken from, by their plain names: the first that has one."""

Issued = Callable[[str], BillStatus | None]
Categorised = Callable[["CategoryTexts"], ChargeCategory | None]


class CurrencySource(StrEnum):
    """Where the currency of a row is written."""

    COLUMN = "column"
    COLUMN_NAME = "column name"  # the amounts stand in a column named USD
    SYMBOL = "symbol"  # beside the amount


_BRACKETED = re.compile(r"(.*)\(([A-Za-z][A-Za-z0-9]*)\)\s*")


@dataclass(frozen=True)
class CategoryTexts:
    """What the category of a line follows from: the texts of the layout's columns, and whether the cost is negative."""

    texts: tuple[str, ...]
    is_negative: bool


@dataclass(frozen=True)
class Layout:
    """A format. `texts` and `amounts` have the names of the fields of `CostLine`.

    `category` returns None for a text that it does not know; the description decides then. `sample` names columns by
    which a person recognises the format.
    """

    format: str
    sample: str
    signatures: tuple[frozenset[str], ...]
    texts: Mapping[str, Names]
    amounts: Mapping[str, Names]
    category_columns: tuple[Names, ...]
    category: Categorised
    provider: str | None = None
    issuer: str | None = None
    provider_names: Names = ()
    issuer_names: Names = ()
    account_names: Names = ()
    invoice_id_names: Names = ()
    currency_names: Names = ()
    currency_from: CurrencySource = CurrencySource.COLUMN
    period_start_names: Names = ()
    period_end_names: Names = ()
    status_names: Names = ()
    status: Issued | None = None
    issued_at_names: Names = ()
    start_names: Names = ()
    end_names: Names = ()
    ends_inclusive: bool = False  # the last day of a period is written, and not the day after it
    tag_names: Names = ()
    tag_prefixes: tuple[str, ...] = ()  # columns that are one tag each, as they begin in the header
    masks_addresses: bool = False  # the tags hold e-mail addresses of people
    credit_names: Names = ()  # a list of credits that is added to the cost
    service_category: Callable[[str], str] | None = None
    quantity_unit: str | None = None  # of a quantity without a unit
    mark_by_day: bool = False  # the decimal mark of a row follows from how its days are written


def plain_name(column: str) -> str:
    """Return the name in small letters and digits only: `lineItem/UnblendedCost` is `lineitemunblendedcost`."""
    return re.sub(r"[^a-z0-9]", "", column.lower())


def names_of(column: str) -> tuple[str, ...]:
    """Return the plain names of a column: of `Maßeinheit (UnitOfMeasure)` both parts, of `Cost ($)` only `cost`."""
    found = _BRACKETED.fullmatch(column)
    if found:
        return plain_name(found[2]), plain_name(found[1])
    return (plain_name(re.sub(r"\([^)]*\)\s*$", "", column)),)


def columns_by_name(header: tuple[str, ...]) -> dict[str, int]:
    """Return the place of each plain name; of several columns with one name, the first counts."""
    places: dict[str, int] = {}
    for place, column in enumerate(header):
        for name in names_of(column):
            if name:
                places.setdefault(name, place)
    return places
