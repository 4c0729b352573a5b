"""Query parameters of the open items: filters, ages, order and page."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from api.http.parameters import Paging, Search
from api.registry.filters import Cursor, Order, Sort, SortedSelection, check_paging, searchable
from models.accounting.ageing import BUCKETS, Age
from models.invoice.status import Kind
from models.values.base_models import Strict
from models.values.money import Currency


class OpenSort(StrEnum):
    DUE_DATE = "due_date"
    DAYS_LATE = "days_late"
    BALANCE = "balance"
    CUSTOMER_NAME = "customer_name"


class CustomerSort(StrEnum):
    BALANCE = "balance"
    DAYS_LATE = "days_late"
    CUSTOMER_NAME = "customer_name"


# The order of the registry that each stands for, and the direction in which it is read first.
_SORTS: Mapping[OpenSort, tuple[Sort, Order]] = MappingProxyType(
    {
        OpenSort.DUE_DATE: (Sort.DUE_DATE, Order.ASC),
        OpenSort.DAYS_LATE: (Sort.DUE_DATE, Order.DESC),
        OpenSort.BALANCE: (Sort.BALANCE, Order.DESC),
        OpenSort.CUSTOMER_NAME: (Sort.CUSTOMER_NAME, Order.ASC),
    }
)
_TURNED = {Order.ASC: Order.DESC, Order.DESC: Order.ASC}


class OpenSelection(SortedSelection):
    """The filters and the order as a selection of the registry, with the ages that it has no filter for."""

    age: list[Age] = []

    @property
    def fingerprint(self) -> str:
        if not self.age:
            return super().fingerprint
        asked = self.model_dump_json(include={*SortedSelection.model_fields, "age"})
        return hashlib.sha256(asked.encode()).hexdigest()[:12]


class OpenFilters(Strict):
    """Filters of open items. An item must match all of them."""

    kind: Kind | None = None
    currency: Currency | None = None
    application_key: Search | None = None
    customer_key: Search | None = None
    age: list[Age] = Field(
        default=[], max_length=len(BUCKETS), description="days late; may be repeated: ?age=61-90&age=90%2B"
    )
    q: Annotated[Search, AfterValidator(searchable)] | None = Field(default=None, description="as in the registry")

    def selected(self, sort: Sort, order: Order) -> OpenSelection:
        return OpenSelection(
            kind=self.kind,
            currency=self.currency,
            application_key=self.application_key,
            customer_key=self.customer_key,
            q=self.q,
            age=[each for each in BUCKETS if each in self.age],
            sort=sort,
            order=order,
        )


class SortedOpenFilters(OpenFilters):
    sort: OpenSort = Field(
        default=OpenSort.DUE_DATE, description="items without a due date come last in the orders that use it"
    )
    order: Order | None = Field(
        default=None, description="by default the first due, the latest, the largest and the first name come first"
    )

    @property
    def used_order(self) -> Order:
        """The order that the list has."""
        return self.order or _SORTS[self.sort][1]

    @property
    def selection(self) -> OpenSelection:
        """The same filters and the order, as a selection of the registry. Whoever is later was due earlier."""
        order = _TURNED[self.used_order] if self.sort is OpenSort.DAYS_LATE else self.used_order
        return self.selected(_SORTS[self.sort][0], order)


class OpenItemFilter(SortedOpenFilters, Paging):
    cursor: Cursor = None

    @model_validator(mode="after")
    def _page_or_cursor(self) -> Self:
        check_paging(self, self.cursor)
        return self


class OpenCustomerFilter(OpenFilters, Paging):
    sort: CustomerSort = Field(default=CustomerSort.BALANCE, description="within each currency")
    order: Order | None = Field(
        default=None, description="by default the largest, the latest and the first name come first"
    )

    @property
    def selection(self) -> OpenSelection:
        return self.selected(Sort.DUE_DATE, Order.ASC)

    @property
    def used_order(self) -> Order:
        """The order that the list has."""
        return self.order or (Order.ASC if self.sort is CustomerSort.CUSTOMER_NAME else Order.DESC)


class OpenCsvFilter(SortedOpenFilters):
    bom: bool = Field(default=False, description="begin with a byte order mark, by which Excel recognises UTF-8")


class OpenXlsxFilter(SortedOpenFilters):
    pass
