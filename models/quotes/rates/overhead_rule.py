"""Overhead rules: what work costs beside the people who do it (docs/specification/quotes.md 1.3)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from models.quotes.numbers import DealHours, Percent
from models.settings.area import SettingRefused
from models.settings.dated import DatedInput, is_valid_on
from models.values.base_models import Frozen
from models.values.money import Currency, PositiveAmount, surplus_decimals

OverheadCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class OverheadKind(StrEnum):
    """How a rule computes its amount."""

    PERCENT = "percent"
    PER_HEAD = "per_head"
    SPREAD = "spread"


class OverheadRule(Frozen):
    """A rule, as a calculation reads it."""

    id: str
    code: str
    kind: OverheadKind
    percent: Decimal | None = None
    amount: Decimal | None = None
    currency: Currency | None = None
    billable_hours: Decimal | None = None
    valid_from: date
    valid_to: date | None = None
    active: bool = True


_FIELDS = {
    OverheadKind.PERCENT: {"percent"},
    OverheadKind.PER_HEAD: {"amount", "currency"},
    OverheadKind.SPREAD: {"amount", "currency", "billable_hours"},
}


class OverheadRuleInput(DatedInput):
    """The setting of an overhead rule. All rules of a day apply beside each other."""

    key_fields: ClassVar[tuple[str, ...]] = ("code",)

    code: OverheadCode = Field(examples=["OFFICE"])
    kind: OverheadKind = Field(
        description="percent: of the direct cost without what is passed on; per_head: `amount` a month for each "
        "full-time person; spread: `amount` a month over `billable_hours` of the company"
    )
    percent: Percent | None = None
    amount: PositiveAmount | None = None
    currency: Currency | None = None
    billable_hours: DealHours | None = Field(default=None, description="the hours that the company bills in a month")

    @model_validator(mode="after")
    def _has_the_fields_of_its_kind(self) -> Self:
        for name in ("percent", "amount", "currency", "billable_hours"):
            value = getattr(self, name)
            if name in _FIELDS[self.kind] and not value:
                raise SettingRefused(name, f"is required for the kind {self.kind} and must be above 0")
            if name not in _FIELDS[self.kind] and value is not None:
                raise SettingRefused(name, f"does not belong to the kind {self.kind}; leave it empty")
        if self.amount and self.currency and (reason := surplus_decimals(self.amount, self.currency)):
            raise SettingRefused("amount", reason)
        return self

    @property
    def work_key(self) -> str:
        return self.code

    def rule(self, key: str) -> OverheadRule:
        """Return the rule as a calculation reads it."""
        return OverheadRule.model_validate({"id": key, **self.model_dump(exclude={"description"})})


def rules_on(rules: Iterable[OverheadRule], on: date) -> tuple[OverheadRule, ...]:
    """Return the rules of the day, by code."""
    found = [
        each
        for each in rules
        if is_valid_on(on, valid_from=each.valid_from, valid_to=each.valid_to, active=each.active)
    ]
    return tuple(sorted(found, key=lambda each: each.code))
