"""The inputs of a calculation: one deal, as somebody would offer it (docs/specification/quotes.md 2.1)."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from models.contracts.contract import DealType
from models.contracts.rate_rule import Tier
from models.contracts.settings import LimitHours, Multiplier
from models.quotes.numbers import DealHours, Percent, PercentOfWhole
from models.quotes.rates.cost_rate import CostCode
from models.settings.area import SettingRefused
from models.values.base_models import Strict
from models.values.money import ZERO, Currency, NonNegativeAmount, PositiveAmount, surplus_decimals
from models.values.period import Day
from models.values.typed_values import Flag, Whole

MOST_MEMBERS = 50
MOST_COSTS = 50
MOST_SCENARIOS = 5
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_NONE = Decimal("0.00")


class Prices(Strict):
    """The prices of a contract, with the fields of a rate rule and the base of a month."""

    base_amount: NonNegativeAmount = Field(default=ZERO, description="of a month, in SUP and FP")
    hourly_rate: NonNegativeAmount = ZERO
    monthly_limit_hours: LimitHours = Field(default=_NONE, description="hours inside a SUP contract's base")
    overtime_multiplier: Multiplier = Decimal("1.0")
    p1_p3_multiplier: Multiplier = Decimal("1.0")
    off_hours_multiplier: Multiplier = Decimal("1.0")
    p1_p3_off_hours_multiplier: Multiplier = Decimal("1.5")
    bill_base_when_empty: Flag = False


class ExpectedHours(Strict):
    """The billable hours that are expected in a month, by tier."""

    standard: DealHours = _NONE
    off_hours: DealHours = _NONE
    p1_p3: DealHours = _NONE
    p1_p3_off_hours: DealHours = _NONE

    def seconds(self) -> dict[Tier, int]:
        """Return the seconds of each tier that has some."""
        hours = {
            Tier.STANDARD: self.standard,
            Tier.OFF_HOURS: self.off_hours,
            Tier.CRITICAL: self.p1_p3,
            Tier.CRITICAL_OFF_HOURS: self.p1_p3_off_hours,
        }
        return {tier: int(value * 3600) for tier, value in hours.items() if value}


class Member(Strict):
    """People of the team with one cost rate: the employee's own, else that of the role, else that of the grade."""

    employee: CostCode | None = None
    role: CostCode | None = None
    grade: CostCode | None = None
    people: Whole = Field(default=1, ge=1, le=1000)
    hours: DealHours | None = Field(default=None, description="billable hours of each of them in a month")
    share_percent: PercentOfWhole | None = Field(default=None, description="or the share of a month that each works")

    @model_validator(mode="after")
    def _is_clear(self) -> Self:
        if self.employee is None and self.role is None and self.grade is None:
            raise SettingRefused("role", "give an employee, a role or a grade, by which the cost rate is found")
        if (self.hours is None) == (self.share_percent is None):
            raise SettingRefused("hours", "give hours or share_percent, and not both")
        return self

    @property
    def name(self) -> str:
        """The code by which the member is shown."""
        return self.employee or self.role or self.grade or ""


class OtherCost(Strict):
    """A cost beside the team: once or each month, borne by the company or passed on to the client."""

    name: Name
    amount: NonNegativeAmount
    currency: Currency | None = Field(default=None, description="null: the scenario's")
    monthly: Flag = Field(default=False, description="false: once in the whole term")
    passed_on: Flag = Field(default=False, description="the client pays it, with `markup_percent`")
    markup_percent: Percent = _NONE

    @model_validator(mode="after")
    def _markup_is_passed_on(self) -> Self:
        if self.markup_percent and not self.passed_on:
            raise SettingRefused(
                "markup_percent", "belongs to a cost that is passed on; set passed_on, or leave it out"
            )
        return self


class Discount(Strict):
    """What is taken off the prices before anything is computed."""

    percent: PercentOfWhole | None = Field(default=None, description="of the base amount and of the hourly rate")
    amount: PositiveAmount | None = Field(
        default=None, description="or off the base amount (SUP, FP) or off the hourly rate (HR)"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise SettingRefused("percent", "give percent or amount, and not both")
        return self


class Target(Strict):
    """The net margin that is wanted, and the step to which the price is rounded up."""

    margin_percent: PercentOfWhole = Field(description="net margin in per cent of the revenue")
    step: PositiveAmount | None = Field(default=None, description="null: the smallest unit of the currency")


class Scenario(Strict):
    """One deal. Hours and prices are those of a month; the term repeats them."""

    name: Name
    deal_type: DealType
    currency: Currency
    term_months: Whole = Field(default=1, ge=1, le=120)
    on: Day | None = Field(default=None, description="the day whose cost and exchange rates apply; today if left out")
    prices: Prices
    discount: Discount | None = None
    hours: ExpectedHours = ExpectedHours()
    team: tuple[Member, ...] = Field(default=(), max_length=MOST_MEMBERS)
    costs: tuple[OtherCost, ...] = Field(default=(), max_length=MOST_COSTS)
    payment_days: Whole = Field(default=0, ge=0, le=365)
    financing_percent: Percent = Field(default=_NONE, description="what money costs in a year while it is awaited")
    tax_percent: PercentOfWhole = _NONE
    prices_include_tax: Flag = False
    target: Target | None = None

    @model_validator(mode="after")
    def _amounts_fit_their_currencies(self) -> Self:
        amounts = {"prices.base_amount": self.prices.base_amount, "prices.hourly_rate": self.prices.hourly_rate}
        if self.discount is not None and self.discount.amount is not None:
            amounts["discount.amount"] = self.discount.amount
        if self.target is not None and self.target.step is not None:
            amounts["target.step"] = self.target.step
        for path, amount in amounts.items():
            if reason := surplus_decimals(amount, self.currency):
                raise SettingRefused(path, reason)
        for place, cost in enumerate(self.costs):
            if reason := surplus_decimals(cost.amount, cost.currency or self.currency):
                raise SettingRefused(f"costs.{place}.amount", reason)
        return self


Scenarios = Annotated[tuple[Scenario, ...], Field(min_length=1, max_length=MOST_SCENARIOS)]
