"""What the API takes: bodies and query parameters. Unknown fields are refused with the list of the known ones."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from api.schemas import Source
from models.basis import ClientType
from models.commands import Hours
from models.content import LineType
from models.draft_changes import Factor
from models.facts import DealType
from models.frozen import Strict
from models.money import Amount, Currency
from models.periods import Day, Period
from models.prefill_edit import EditedPrefill, PrefillLine
from models.rates import Tier

FOR_INFORMATION = frozenset(
    {
        *("customer", "application", "total_hours", "is_overtime", "net_amount", "tax_amount"),
        *("warnings", "suggested_base_amount"),
    }
)


def _key(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text):
        raise ValueError("must look like APP-001: letters, digits, dots, hyphens and underscores")
    return text


Key = Annotated[str, StringConstraints(min_length=1, max_length=50), AfterValidator(_key)]


class Login(Strict):
    model_config = ConfigDict(
        str_strip_whitespace=False, json_schema_extra={"examples": [{"username": "manager", "password": "..."}]}
    )

    username: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=1000)


class Dated(Strict):
    """Both dates are inclusive; without them it is the calendar month before this one."""

    period_start: Day | None = None
    period_end: Day | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        start, end = self.period_start, self.period_end
        if (start is None) != (end is None):
            raise ValueError("give period_start and period_end together, or neither for the previous month")
        if start and end:
            Period(start=start, end=end)
        return self

    def period(self, today: date) -> Period:
        start, end = self.period_start, self.period_end
        return Period.before(today) if start is None or end is None else Period(start=start, end=end)


class Prefill(Dated):
    """Both dates are inclusive; without them it is the calendar month before this one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"application_key": "APP-001", "period_start": "2026-02-01", "period_end": "2026-02-28"}]
        }
    )

    application_key: Key


class GenerateBulk(Dated):
    """Drafts for every active contract, or for those that are named. The dates are as for prefill."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"period_start": "2026-02-01", "period_end": "2026-02-28"}]}
    )

    application_keys: tuple[Key, ...] | None = Field(
        default=None, min_length=1, max_length=10_000, description="none: every active contract"
    )

    @field_validator("application_keys")
    @classmethod
    def _each_once(cls, keys: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if keys is None else tuple(sorted(set(keys)))


class WantedLine(Strict):
    """A row as prefill gave it, perhaps edited. A row without a known `id` is new; one that is left out is removed."""

    id: str | None = None
    line_type: LineType = LineType.OTHER
    description: str = Field(min_length=1, max_length=2000)
    jira_key: str | None = Field(default=None, max_length=50)
    unit_price: Amount
    quantity: Decimal = Field(default=Decimal(1), ge=0, max_digits=12, decimal_places=2)
    rate_multiplier: Factor = Decimal("1.0")
    line_total: Amount | None = Field(default=None, description="checked: quantity x price x multiplier")
    billed: bool | None = Field(default=None, description="none: as it was; a new row is billed")
    rate_tier: Tier = Tier.STANDARD
    time_seconds: int | None = None
    billable_seconds: int | None = None
    source: Source | None = None
    is_auto_generated: bool | None = None
    sort_order: int | None = None
    worked_on: tuple[date, ...] | None = None
    rule: str | None = None

    @property
    def wanted(self) -> PrefillLine:
        """Without the defaults of what was not given, which stays as it was."""
        return PrefillLine(**self.model_dump(include=set(PrefillLine.model_fields), exclude_unset=True))


class Generate(Prefill):
    """The prefill result, as it was or edited by the user; the contract's own facts cannot be changed here.

    Amounts and rows that differ from the computed draft become one edit of it. `total_hours`, `is_overtime`,
    `customer`, `application` and what else prefill says for information is taken and not looked at.
    """

    customer_key: str | None = None
    deal_type: DealType | None = None
    currency: Currency | None = None
    client_type: ClientType | None = None
    base_amount: Amount | None = Field(default=None, ge=0)
    overtime_hours: Hours | None = None
    overtime_amount: Amount | None = Field(default=None, ge=0)
    total_amount: Amount | None = Field(default=None, ge=0)
    line_items: tuple[WantedLine, ...] | None = Field(default=None, max_length=5000)
    total_hours: Hours | None = None
    is_overtime: bool | None = None
    net_amount: Amount | None = None
    tax_amount: Amount | None = None
    customer: dict[str, Any] | None = None
    application: dict[str, Any] | None = None
    warnings: tuple[str, ...] | None = None
    suggested_base_amount: Amount | None = None

    @property
    def wanted(self) -> EditedPrefill | None:
        """None where nothing but the contract and the period was given."""
        given = self.model_dump(include=set(EditedPrefill.model_fields), exclude={"line_items"}, exclude_unset=True)
        if self.line_items is not None:
            given["line_items"] = tuple(row.wanted for row in self.line_items)
        return EditedPrefill(**given) if given else None

    @property
    def asked(self) -> str:
        """What is looked at, as one text that tells this body from another."""
        return self.model_dump_json(exclude=set(FOR_INFORMATION))


def month(text: str) -> str:
    Period.parse(text)
    return text


class Paging(Strict):
    page: int = Field(default=1, ge=1, le=1_000_000)
    per_page: int = Field(default=20, ge=1, le=100)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page


Search = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class ClientFilter(Paging):
    search: Search | None = Field(default=None, description="part of the key, the contract's or the company's name")


class WorklogFilter(Paging):
    """Both days are inclusive."""

    start: Day = Field(alias="from", description="the first day", examples=["2026-02-01"])
    end: Day = Field(alias="to", description="the last day", examples=["2026-02-28"])
    per_page: int = Field(default=100, ge=1, le=500)

    @model_validator(mode="after")
    def _a_period(self) -> Self:
        Period(start=self.start, end=self.end)
        return self

    @property
    def worked_in(self) -> Period:
        return Period(start=self.start, end=self.end)
