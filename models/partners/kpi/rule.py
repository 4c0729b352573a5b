"""The rule by which a partner pays a bonus or takes a penalty for the KPI of a job.

See docs/specification/kpi.md 4. There is none unless one is entered, and without one no KPI touches an amount.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import Field, model_validator

from models.partners.kpi.evaluation import KpiResult
from models.partners.order_type import OrderType, OrderTypeInput
from models.partners.priced_work import PartnerKey
from models.settings.area import SettingRefused
from models.settings.dated import DatedInput, is_valid_on, joined
from models.values.base_models import Frozen
from models.values.money import ZERO, Currency, NonNegativeAmount, round_amount

HUNDRED = Decimal(100)


class KpiUnit(StrEnum):
    """What the numbers of a rule are."""

    AMOUNT = "amount"
    PERCENT = "percent"


class KpiRule(Frozen):
    """A partner's rule, as it is read from the settings."""

    id: str
    partner: str
    order_type: OrderType | None = None
    unit: KpiUnit = KpiUnit.AMOUNT
    on_time_bonus: Decimal = ZERO
    late_penalty: Decimal = ZERO
    exceeded_penalty: Decimal = ZERO
    valid_from: date
    valid_to: date | None = None
    active: bool = True

    def impact(self, result: KpiResult, rate: Decimal, currency: Currency) -> Decimal:
        """Return what the result adds to the price of a job, rounded once; a penalty is negative."""
        value = {
            KpiResult.ON_TIME: self.on_time_bonus,
            KpiResult.LATE: -self.late_penalty,
            KpiResult.EXCEEDED: -self.exceeded_penalty,
        }[result]
        return round_amount(rate * value / HUNDRED if self.unit is KpiUnit.PERCENT else value, currency)


class KpiRuleInput(DatedInput):
    """The setting of such a rule."""

    key_fields: ClassVar[tuple[str, ...]] = ("partner", "order_type")

    partner: PartnerKey
    order_type: OrderTypeInput | None = Field(default=None, description="null: every type without a rule of its own")
    unit: KpiUnit = Field(
        default=KpiUnit.AMOUNT, description="an amount for a job in the partner's currency, or a percentage of its rate"
    )
    on_time_bonus: NonNegativeAmount = ZERO
    late_penalty: NonNegativeAmount = Field(default=ZERO, description="above 80 % of the target, and within it")
    exceeded_penalty: NonNegativeAmount = Field(default=ZERO, description="above the target")

    @model_validator(mode="after")
    def _changes_an_amount(self) -> Self:
        numbers = {name: getattr(self, name) for name in ("on_time_bonus", "late_penalty", "exceeded_penalty")}
        if not any(numbers.values()):
            raise SettingRefused("exceeded_penalty", "give a bonus or a penalty above 0; without a rule there is none")
        for name, number in numbers.items():
            if self.unit is KpiUnit.PERCENT and number > HUNDRED:
                raise SettingRefused(name, "must not be above 100 per cent of the rate")
        return self

    @property
    def work_key(self) -> str:
        """The partner and the type."""
        return joined((self.partner, self.order_type))

    def rule(self, key: str) -> KpiRule:
        """Return the rule as drafts read it."""
        return KpiRule.model_validate({"id": key, **self.model_dump(exclude={"description"})})


def find_rule(rules: Iterable[KpiRule], partner: str, order_type: OrderType, on: date) -> KpiRule | None:
    """Return the partner's rule for a job that was completed on the day: of its type, else of every type; or None."""
    fitting = [
        each
        for each in rules
        if is_valid_on(on, valid_from=each.valid_from, valid_to=each.valid_to, active=each.active)
        and each.partner == partner
        and each.order_type in (None, order_type)
    ]
    return min(fitting, key=lambda each: (each.order_type is None, each.id), default=None)
