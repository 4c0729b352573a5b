"""What can be asked of the registry: which invoices, in which order, and which page of them."""

import hashlib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from api.http.parameters import Paging, Search, month
from models.invoice.status import Kind, Status
from models.values.base_models import Strict
from models.values.money import Amount, Currency
from models.values.period import Day, Period

Month = Annotated[str, AfterValidator(month)]

_BEGINNINGS: Mapping[str, str] = MappingProxyType(
    {
        "period_to": "period_from",
        "invoice_date_to": "invoice_date_from",
        "due_date_to": "due_date_from",
        "max_total": "min_total",
    }
)


class Sort(StrEnum):
    CREATED_AT = "created_at"
    INVOICE_DATE = "invoice_date"
    DUE_DATE = "due_date"
    NUMBER = "number"
    CUSTOMER_NAME = "customer_name"
    TOTAL_AMOUNT = "total_amount"


class Order(StrEnum):
    ASC = "asc"
    DESC = "desc"


def _searchable(given: str) -> str:
    if not any(letter.isalnum() for letter in given):
        raise ValueError("must have a letter or a digit to look for")
    return given


class Selection(Strict):
    """Which invoices; every filter narrows. Days and months are inclusive."""

    status: list[Status] = Field(default=[], max_length=20, description="one or several: ?status=draft&status=approved")
    kind: Kind | None = None
    application_key: Search | None = None
    customer_key: Search | None = None
    period: Month | None = Field(default=None, description="invoices of this month", examples=["2026-02"])
    period_from: Month | None = Field(default=None, description="of this month or a later one", examples=["2026-01"])
    period_to: Month | None = Field(default=None, description="of this month or an earlier one", examples=["2026-03"])
    invoice_date_from: Day | None = None
    invoice_date_to: Day | None = None
    due_date_from: Day | None = None
    due_date_to: Day | None = None
    overdue: bool | None = None
    held: bool | None = None
    blocked: bool | None = Field(default=None, description="an effect failed and waits for a person")
    currency: Currency | None = None
    min_total: Amount | None = Field(default=None, description="most useful together with `currency`")
    max_total: Amount | None = None
    q: Annotated[Search, AfterValidator(_searchable)] | None = Field(
        default=None,
        description="words, or beginnings of words, of the number, the company, the contract, their keys or the "
        "agreement number; all of them must be there. Neither case nor accents matter.",
    )

    @field_validator(*_BEGINNINGS)
    @classmethod
    def _in_order(cls, end: Any, info: ValidationInfo) -> Any:
        beginning = _BEGINNINGS[str(info.field_name)]
        begun = info.data.get(beginning)
        if end is not None and begun is not None and end < begun:
            raise ValueError(f"must not be less than {beginning}, {begun}")
        return end

    @property
    def used(self) -> frozenset[str]:
        """The filters that narrow."""
        return frozenset(name for name in Selection.model_fields if getattr(self, name) not in (None, []))

    @property
    def words(self) -> list[str]:
        """Each without anything to look for is left out."""
        return [word for word in (self.q or "").split() if any(letter.isalnum() for letter in word)]

    @property
    def months(self) -> list[tuple[date, date]]:
        """Each a range that the beginning of the period must be in."""
        return [
            (_first(begin, date.min), _last(end, date.max))
            for begin, end in ((self.period, self.period), (self.period_from, self.period_to))
            if begin or end
        ]


class SortedSelection(Selection):
    sort: Sort = Field(default=Sort.CREATED_AT, description="what has no number or due date comes last in either order")
    order: Order = Order.DESC

    @property
    def fingerprint(self) -> str:
        """Tells the lists apart that a cursor could belong to."""
        wanted = self.model_dump_json(include=set(SortedSelection.model_fields))
        return hashlib.sha256(wanted.encode()).hexdigest()[:12]


Cursor = Annotated[
    str | None,
    StringConstraints(max_length=3000),
    Field(
        description="`next_cursor` or `prev_cursor` of the answer before, with the same filters and order. Unlike with "
        "`page`, no row is lost or repeated while invoices are added, and the last page is as quick as the first."
    ),
]


def one_way_of_paging(wanted: Paging, cursor: str | None) -> None:
    if cursor is not None and "page" in wanted.model_fields_set:
        raise ValueError("give page or cursor, not both")


class InvoiceFilter(SortedSelection, Paging):
    cursor: Cursor = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        one_way_of_paging(self, self.cursor)
        return self


class CsvFilter(SortedSelection):
    bom: bool = Field(default=False, description="begin with a byte order mark, by which Excel knows UTF-8")


class XlsxFilter(SortedSelection):
    pass


class OpenItemFilter(Paging):
    """Of the invoices that await money, the ones due first come first."""

    kind: Kind | None = None
    currency: Currency | None = None
    application_key: Search | None = None
    customer_key: Search | None = None
    cursor: Cursor = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        one_way_of_paging(self, self.cursor)
        return self

    @property
    def selection(self) -> SortedSelection:
        """The same, as the registry would be asked."""
        return SortedSelection(
            kind=self.kind,
            currency=self.currency,
            application_key=self.application_key,
            customer_key=self.customer_key,
            sort=Sort.DUE_DATE,
            order=Order.ASC,
        )


def _first(month: str | None, otherwise: date) -> date:
    return Period.parse(month).start if month else otherwise


def _last(month: str | None, otherwise: date) -> date:
    return Period.parse(month).end if month else otherwise
