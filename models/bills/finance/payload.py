"""The invoice that is pushed to finance, and what finance accepts: docs/specification/bills.md 5.3.

The same model is written by the push and read by the import, so that both have the same digest. Costs are exact
decimals, written as texts; amounts in minor units are whole numbers.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Any, Final, NamedTuple

from pydantic import AfterValidator, Field, PlainSerializer, StringConstraints, ValidationInfo, field_validator

from models.bills.cost_line import ChargeCategory
from models.values.base_models import Strict
from models.values.currencies import Currency
from models.values.typed_values import DECIMAL_TEXT, TypedDay, TypedMoment, Whole, decimal_schema

CLOUD: Final = "cloud"
MOST_LINES: Final = 2000
ROUNDING_KEY: Final = "rounding"
LONGEST_NAME: Final = 200
LONGEST_DESCRIPTION: Final = 500
LONGEST_ID: Final = 300
LONGEST_KEY: Final = 100
LARGEST_MINOR: Final = 10**15
LARGEST_VERSION: Final = 1_000_000
_WHOLE_DIGITS: Final = 20
_DECIMALS: Final = 40


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("must be a time with its zone such as 2026-05-01T00:00:00Z")
    return moment.astimezone(UTC)


def _plain(number: Decimal) -> str:
    return format(number, "f")


Exact = Annotated[
    Decimal,
    Field(max_digits=_WHOLE_DIGITS + _DECIMALS, decimal_places=_DECIMALS),
    DECIMAL_TEXT,
    PlainSerializer(_plain, return_type=str, when_used="json"),
    decimal_schema(
        rf"-?[0-9]{{1,{_WHOLE_DIGITS}}}(\.[0-9]{{1,{_DECIMALS}}})?",
        exclusiveMinimum=-(10**_WHOLE_DIGITS),
        exclusiveMaximum=10**_WHOLE_DIGITS,
    ),
]
Minor = Annotated[Whole, Field(ge=-LARGEST_MINOR, le=LARGEST_MINOR)]
Moment = Annotated[TypedMoment, AfterValidator(_aware)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_KEY)]
_Text = Annotated[str, StringConstraints(max_length=LONGEST_NAME)]


class ImportVendor(Strict):
    """The vendor; finance makes it on the first import."""

    name: Name
    category: Annotated[str, StringConstraints(min_length=1, max_length=60)] = CLOUD


class ImportLine(Strict):
    """A cost line, or the sum of `line_count` lines of a bill that has too many."""

    line_key: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_KEY)]
    product: _Text = ""
    group: _Text = ""
    description: Annotated[str, StringConstraints(max_length=LONGEST_DESCRIPTION)] = ""
    charge_category: ChargeCategory
    quantity: Exact | None = None
    unit: Annotated[str, StringConstraints(max_length=60)] | None = None
    start: Moment | None = None
    end: Moment | None = Field(default=None, description="exclusive")
    amount: Exact = Field(description="the exact cost, not rounded")
    amount_minor: Minor
    project: _Text | None = None
    resource_id: Annotated[str, StringConstraints(max_length=LONGEST_ID)] | None = None
    line_count: Annotated[Whole, Field(ge=1, le=10**12)] = 1


class Money(NamedTuple):
    """What an import must not change of a paid or locked invoice."""

    currency: Currency
    net_minor: int
    tax_minor: int


class ImportInvoice(Strict):
    """A vendor's invoice. Gross = net + tax, and the lines add up to gross, all in minor units of the currency.

    `version` counts the versions of the bill: an older version never replaces a newer one. `lines_summed_by` names what
    the lines of a large bill are summed by; it is empty when each line of the bill is a line here.
    """

    source: Source = Field(description="the provider, e.g. digitalocean")
    external_id: ExternalId = Field(description="the provider's id of the invoice")
    external_number: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_KEY)] | None = None
    version: Annotated[Whole, Field(ge=1, le=LARGEST_VERSION)] = 1
    vendor: ImportVendor
    period_start: TypedDay
    period_end: TypedDay = Field(description="exclusive")
    issued_at: Moment | None = None
    currency: Currency
    amount_net_minor: Minor
    amount_tax_minor: Minor
    amount_gross_minor: Minor = Field(description="net + tax")
    lines_summed_by: tuple[_Text, ...] = Field(default=(), max_length=10)
    lines: tuple[ImportLine, ...] = Field(max_length=MOST_LINES + 1, description="they replace all lines of before")

    @field_validator("period_end")
    @classmethod
    def _period_in_order(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("period_start")
        if start is not None and end <= start:
            raise ValueError(f"must be after period_start, {start}; it is the first day that is not of the period")
        return end

    @field_validator("amount_gross_minor")
    @classmethod
    def _gross_is_net_and_tax(cls, gross: int, info: ValidationInfo) -> int:
        net, tax = info.data.get("amount_net_minor"), info.data.get("amount_tax_minor")
        if net is not None and tax is not None and gross != net + tax:
            raise ValueError(f"must be amount_net_minor + amount_tax_minor, {net} + {tax} = {net + tax}; it is {gross}")
        return gross

    @field_validator("lines")
    @classmethod
    def _lines_add_up(cls, lines: tuple[ImportLine, ...], info: ValidationInfo) -> tuple[ImportLine, ...]:
        gross, found = info.data.get("amount_gross_minor"), sum(line.amount_minor for line in lines)
        if gross is not None and found != gross:
            raise ValueError(f"their amount_minor must add up to amount_gross_minor, {gross}; they add up to {found}")
        return lines

    @property
    def content(self) -> dict[str, Any]:
        """The payload as it is sent."""
        return self.model_dump(mode="json")

    @property
    def digest(self) -> str:
        """The SHA-256 of the payload: compact UTF-8 JSON with sorted keys."""
        text = json.dumps(self.content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    @property
    def money(self) -> Money:
        return Money(self.currency, self.amount_net_minor, self.amount_tax_minor)
