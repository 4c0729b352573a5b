"""Cost rates: what a month of an employee, a role or a grade costs (docs/specification/quotes.md 1.1, 1.2)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from models.quotes.numbers import HUNDRED, MonthHours, Percent, Utilisation
from models.settings.area import SettingRefused
from models.settings.dated import DatedInput, is_valid_on, joined
from models.values.base_models import Frozen
from models.values.money import ZERO, Currency, NonNegativeAmount, round_amount, surplus_decimals

# The code of an employee is the account id of the worklogs.
CostCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:_-]{1,128}$")]
_NOTHING = Decimal("0.00")


class CostOf(StrEnum):
    """What a cost rate belongs to, the most specific first."""

    EMPLOYEE = "employee"
    ROLE = "role"
    GRADE = "grade"


class CostRate(Frozen):
    """A cost rate, as a calculation reads it. Taxes and benefits are amounts here, each rounded once."""

    id: str
    kind: CostOf
    code: str
    currency: Currency
    gross: Decimal
    taxes: Decimal
    benefits: Decimal
    hours_per_month: Decimal
    utilisation_percent: Decimal
    valid_from: date
    valid_to: date | None = None
    active: bool = True

    @property
    def monthly(self) -> Decimal:
        """The cost of a month."""
        return self.gross + self.taxes + self.benefits

    @property
    def billable_hours(self) -> Decimal:
        """The hours of a month that can be billed."""
        return self.hours_per_month * self.utilisation_percent / HUNDRED


class CostRateInput(DatedInput):
    """The setting of a cost rate."""

    key_fields: ClassVar[tuple[str, ...]] = ("kind", "code")

    kind: CostOf
    code: CostCode = Field(description="the account id of an employee, or the code of a role or a grade")
    currency: Currency
    gross: NonNegativeAmount = Field(description="gross pay of a month")
    taxes_percent: Percent = Field(default=_NOTHING, description="the employer's taxes, in per cent of gross pay")
    taxes_amount: NonNegativeAmount = Field(default=ZERO, description="or as an amount for a month")
    benefits_percent: Percent = Field(default=_NOTHING, description="benefits, in per cent of gross pay")
    benefits_amount: NonNegativeAmount = Field(default=ZERO, description="or as an amount for a month")
    hours_per_month: MonthHours = Field(description="working hours of a month")
    utilisation_percent: Utilisation = Field(description="how much of these hours can be billed")

    @model_validator(mode="after")
    def _amounts_are_clear(self) -> Self:
        for name in ("gross", "taxes_amount", "benefits_amount"):
            if reason := surplus_decimals(getattr(self, name), self.currency):
                raise SettingRefused(name, reason)
        for part in ("taxes", "benefits"):
            if getattr(self, f"{part}_percent") and getattr(self, f"{part}_amount"):
                raise SettingRefused(f"{part}_amount", f"give {part}_percent or {part}_amount, and not both")
        return self

    @property
    def work_key(self) -> str:
        """The kind and the code."""
        return joined((self.kind, self.code))

    def rate(self, key: str) -> CostRate:
        """Return the rate as a calculation reads it."""
        return CostRate(
            id=key,
            taxes=self._part(self.taxes_percent, self.taxes_amount),
            benefits=self._part(self.benefits_percent, self.benefits_amount),
            **self.model_dump(include=_KEPT),
        )

    def _part(self, percent: Decimal, amount: Decimal) -> Decimal:
        return amount or round_amount(self.gross * percent / HUNDRED, self.currency)


_KEPT = set(CostRate.model_fields) & set(CostRateInput.model_fields)


def find_cost_rate(
    rates: Iterable[CostRate],
    on: date,
    *,
    employee: str | None = None,
    role: str | None = None,
    grade: str | None = None,
) -> CostRate | None:
    """Return the rate of a person on the day: the employee's own, else that of the role, else that of the grade."""
    codes = {CostOf.EMPLOYEE: employee, CostOf.ROLE: role, CostOf.GRADE: grade}
    fitting = [
        each
        for each in rates
        if each.code == codes[each.kind]
        and is_valid_on(on, valid_from=each.valid_from, valid_to=each.valid_to, active=each.active)
    ]
    return min(fitting, key=lambda each: (list(CostOf).index(each.kind), each.id), default=None)
