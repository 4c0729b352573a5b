"""Query parameters of the registry: filters, order and page."""

import hashlib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from api.http.parameters import Month, Paging, Search
from models.invoice.status import Kind, Status
from models.values.base_models import Strict
from models.values.money import Amount, Currency
from models.values.period import Day, Period

# The upper end of each range, and its lower end.
_LOWER_ENDS: Mapping[str, str] = MappingProxyType(
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
    BALANCE = "balance"


class Order(StrEnum):
    ASC = "asc"
    DESC = "desc"


def searchable(text: str) -> str:
    """Return the text. Raise ValueError when there is nothing in it to search for."""
    if not any(letter.isalnum() for letter in text):
        raise ValueError("must have a letter or a digit to search for")
    return text


class Selection(Strict):
    """Filters of invoices. An invoice must match all of them. Days and months are inclusive."""

    status: list[Status] = Field(
        default=[], max_length=20, description="may be repeated: ?status=draft&status=approved"
    )
    kind: Kind | None = None
    application_key: Search | None = None
    customer_key: Search | None = None
    period: Month | None = Field(default=None, description="the period begins in this month", examples=["2026-02"])
    period_from: Month | None = Field(default=None, description="begins in this month or later", examples=["2026-01"])
    period_to: Month | None = Field(default=None, description="begins in this month or earlier", examples=["2026-03"])
    invoice_date_from: Day | None = None
    invoice_date_to: Day | None = None
    due_date_from: Day | None = None
    due_date_to: Day | None = None
    overdue: bool | None = None
    held: bool | None = None
    blocked: bool | None = Field(default=None, description="an effect failed and waits for a person")
    bounced: bool | None = Field(default=None, description="a letter did not reach the client")
    past_deadline: bool | None = Field(
        default=None, description="waits for a person longer than the deadline; not on hold"
    )
    has_credit: bool | None = Field(default=None, description="the client has paid more than the invoice needs")
    currency: Currency | None = None
    min_total: Amount | None = Field(default=None, description="most useful together with `currency`")
    max_total: Amount | None = None
    q: Annotated[Search, AfterValidator(searchable)] | None = Field(
        default=None,
        description="words, or beginnings of words, of the number, the company, the contract, their keys or the "
        "agreement number. All words must match. Case and accents are ignored.",
    )

    @field_validator(*_LOWER_ENDS)
    @classmethod
    def _in_order(cls, upper: Any, info: ValidationInfo) -> Any:
        name = _LOWER_ENDS[str(info.field_name)]
        lower = info.data.get(name)
        if upper is not None and lower is not None and upper < lower:
            raise ValueError(f"must not be less than {name}, {lower}")
        return upper

    @property
    def used(self) -> frozenset[str]:
        """The names of the filters that are given."""
        return frozenset(name for name in Selection.model_fields if getattr(self, name) not in (None, []))

    @property
    def words(self) -> list[str]:
        """The words to search for. Words without a letter or digit are left out."""
        return [word for word in (self.q or "").split() if any(letter.isalnum() for letter in word)]

    @property
    def months(self) -> list[tuple[date, date]]:
        """The ranges of days, inclusive, in which the period must begin."""
        return [
            (_first(begin, date.min), _last(end, date.max))
            for begin, end in ((self.period, self.period), (self.period_from, self.period_to))
            if begin or end
        ]


class SortedSelection(Selection):
    sort: Sort = Field(
        default=Sort.CREATED_AT, description="invoices without a number or due date come last in both orders"
    )
    order: Order = Order.DESC

    @property
    def fingerprint(self) -> str:
        """A digest of the filters and the order. A cursor contains it and is valid only for the same list."""
        asked = self.model_dump_json(include=set(SortedSelection.model_fields))
        return hashlib.sha256(asked.encode()).hexdigest()[:12]


Cursor = Annotated[
    str | None,
    StringConstraints(max_length=3000),
    Field(
        json_schema_extra={"pattern": "^[A-Za-z0-9_=-]*$"},
        description="`next_cursor` or `prev_cursor` of the previous answer, with the same filters and order. Unlike "
        "with `page`, no row is lost or repeated while invoices are added, and the last page is as fast as the first.",
    ),
]


def check_paging(paging: Paging, cursor: str | None) -> None:
    """Raise ValueError when both a page number and a cursor are given."""
    if cursor is not None and "page" in paging.model_fields_set:
        raise ValueError("give page or cursor, not both")


class InvoiceFilter(SortedSelection, Paging):
    cursor: Cursor = None

    @model_validator(mode="after")
    def _page_or_cursor(self) -> Self:
        check_paging(self, self.cursor)
        return self


class CsvFilter(SortedSelection):
    bom: bool = Field(default=False, description="begin with a byte order mark, by which Excel recognises UTF-8")


class XlsxFilter(SortedSelection):
    pass


def _first(month: str | None, default: date) -> date:
    return Period.parse(month).start if month else default


def _last(month: str | None, default: date) -> date:
    return Period.parse(month).end if month else default
