"""The settings of contracts: rate rules, exclusions, classifications, and how a contract is invoiced.

Every value is normalised (two decimals, sorted days), so that a comparison detects whether a setting changed.
"""

import re
from datetime import time
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator
from pydantic_core import PydanticKnownError

from models.contracts.rate_rule import RateRule
from models.contracts.tax import TaxTreatment
from models.contracts.terms import ExclusionType, ProjectClass
from models.issuer.service_code import ServiceCodeInput
from models.settings.area import SettingRefused, Zone
from models.values.base_models import Strict
from models.values.document_options import Channel
from models.values.email_address import EmailAddress
from models.values.money import Factor, NonNegativeAmount, format_multiplier
from models.values.period import Day
from models.values.reminder_days import USUAL_REMINDERS, ReminderDays
from models.values.typed_values import AMOUNT_TEXT, Flag, Whole, decimal_schema, is_recorded

_CENT = Decimal("0.01")


def _weekdays(days: tuple[Whole, ...]) -> tuple[Whole, ...]:
    if not set(days) <= set(range(1, 8)):
        raise ValueError("must be days from 1 (Monday) to 7 (Sunday)")
    return tuple(sorted(set(days)))


def _once(addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(addresses))


def _clock_text(value: object, info: ValidationInfo) -> object:
    if is_recorded(info) or isinstance(value, time) or (isinstance(value, str) and re.fullmatch(_CLOCK, value)):
        return value
    raise PydanticKnownError("time_type")


def _clock(moment: time) -> time:
    if moment.tzinfo is not None:
        raise ValueError("must be a time of day such as 09:00, without a time zone")
    return moment


LimitHours = Annotated[
    Decimal,
    Field(ge=0, max_digits=10, decimal_places=2),
    AfterValidator(lambda value: value.quantize(_CENT)),
    AMOUNT_TEXT,
    decimal_schema(r"[0-9]{1,8}(\.[0-9]{1,2})?", minimum=0, exclusiveMaximum=10**8),
]
Multiplier = Annotated[Factor, AfterValidator(lambda value: Decimal(format_multiplier(value)))]
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
# The format `time` of JSON Schema would need a time zone.
Clock = Annotated[
    time,
    AfterValidator(_clock),
    BeforeValidator(_clock_text),
    WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK}$", "examples": ["09:00:00"]}),
]
Weekday = Annotated[Whole, Field(json_schema_extra={"minimum": 1, "maximum": 7})]
Recipients = Annotated[tuple[EmailAddress, ...], Field(max_length=20), AfterValidator(_once)]


class DatedRule(Strict):
    """The prices of a contract from one day on. The rule valid on a period's last day prices the whole period."""

    valid_from: Day
    valid_to: Day | None = Field(default=None, description="null: the day before the next rule begins")
    base_hourly_rate: NonNegativeAmount
    monthly_limit_hours: LimitHours = Field(description="hours inside a SUP contract's base; 0 where there are none")
    overtime_multiplier: Multiplier = Decimal("1.0")
    p1_p3_multiplier: Multiplier = Decimal("1.0")
    off_hours_multiplier: Multiplier = Decimal("1.0")
    p1_p3_off_hours_multiplier: Multiplier = Decimal("1.5")
    business_hours_start: Clock = time(9)
    business_hours_end: Clock = time(18)
    business_hours_tz: Zone = "Asia/Tashkent"
    weekend_days: Annotated[tuple[Weekday, ...], AfterValidator(_weekdays)] = (6, 7)
    bill_base_when_empty: Flag = Field(default=False, description="charge the SUP base in a month without worklogs")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise SettingRefused("valid_to", f"{self.valid_to} is before valid_from, {self.valid_from}")
        if self.business_hours_end <= self.business_hours_start:
            raise SettingRefused("business_hours_end", "must be later than business_hours_start")
        return self

    @property
    def rule(self) -> RateRule:
        """Return the prices without their dates."""
        return RateRule.model_validate(self.model_dump(exclude={"valid_from", "valid_to"}))


class RateBook(Strict):
    """All rules of a contract, the earliest first; no two are valid on the same day (models/contracts/rate_book.py)."""

    rules: tuple[DatedRule, ...] = ()


class Exclusion(Strict):
    """A person whose work is not billed."""

    exclusion_type: ExclusionType = Field(description="overhead_only: counted, not billed; excluded: ignored")
    note: str = Field(default="", max_length=500, description="the person and the reason")


class Classification(Strict):
    """The class of a project label; only hours of billable labels reach an invoice."""

    classification: ProjectClass


class ClientConfig(ServiceCodeInput):
    """How a contract is invoiced. The toggles select what its documents show."""

    series: str = Field(min_length=1, max_length=50, description="the number series of its invoices")
    payment_days: Whole = Field(default=45, ge=0, le=365)
    reminder_days: ReminderDays = USUAL_REMINDERS
    channel: Channel | None = Field(default=None, description="null: by client type")
    recipients: Recipients = Field(default=(), description="empty: the contacts in ClickHouse")
    cc: Recipients = Field(default=(), description="receive a copy of each letter to the client")
    bcc: Recipients = Field(default=(), description="the same, but the letter does not name them")
    show_task_list: Flag = True
    show_tracked_time: Flag = True
    show_task_pricing: Flag = False
    show_overtime: Flag = True
    legal_text: str = Field(default="", max_length=20_000)
    tax_treatment: TaxTreatment = Field(
        default=TaxTreatment.STANDARD, description="standard: the issuer's tax; zero: a rate of 0; the others: no tax"
    )
    tax_note: str = Field(
        default="",
        max_length=1000,
        description="the legal text of an exemption or of a reverse charge, which documents print",
    )
    prices_include_tax: Flag = Field(default=False, description="rates and amounts contain the tax")

    @model_validator(mode="after")
    def _fits_the_treatment(self) -> Self:
        treatment = self.tax_treatment
        if treatment is TaxTreatment.EXEMPT and not self.tax_note.strip():
            raise SettingRefused("tax_note", "an exemption needs its legal text, which documents print")
        if treatment in (TaxTreatment.STANDARD, TaxTreatment.ZERO) and self.tax_note.strip():
            raise SettingRefused("tax_note", f"the treatment {treatment} prints no legal text; leave it empty")
        if self.prices_include_tax and treatment is not TaxTreatment.STANDARD:
            raise SettingRefused("prices_include_tax", f"with the treatment {treatment} there is no tax to include")
        return self
