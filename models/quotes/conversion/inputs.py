"""What a person types when a quote becomes invoices: how its fixed amounts are spread over time."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from models.quotes.numbers import HUNDRED, PercentOfWhole
from models.settings.area import SettingRefused
from models.values.base_models import Strict
from models.values.money import PositiveAmount
from models.values.period import Day
from models.values.typed_values import Whole

EntryName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class DealAs(StrEnum):
    """What the lines of a calculation become."""

    PRICES = "prices"
    SCHEDULE = "schedule"


class Deposit(Strict):
    """A part before the work, and the rest after it."""

    kind: Literal["deposit"] = "deposit"
    percent: PercentOfWhole = Field(description="of each line, invoiced on the first day")
    deposit_on: Day
    rest_on: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 < self.percent < HUNDRED:
            raise SettingRefused("percent", "must be above 0 and below 100; the rest is invoiced later")
        if self.rest_on < self.deposit_on:
            raise SettingRefused("rest_on", f"{self.rest_on} is before deposit_on, {self.deposit_on}")
        return self


class Milestone(Strict):
    """One part of the work, and when it is invoiced."""

    name: EntryName
    percent: PercentOfWhole | None = Field(default=None, description="of each line")
    amount: PositiveAmount | None = Field(
        default=None, description="or an amount, net of a tax that is added; then each milestone has one"
    )
    on: Day

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise SettingRefused("percent", "give percent or amount, and not both")
        return self


class Milestones(Strict):
    """Parts of the work that add up to the whole: all by percentages, or all by amounts."""

    kind: Literal["milestones"] = "milestones"
    milestones: tuple[Milestone, ...] = Field(min_length=1, max_length=60)

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        percents = [each.percent for each in self.milestones if each.percent is not None]
        if not percents:
            return self  # the rules of the conversion compare the amounts with the lines of the quote
        if len(percents) < len(self.milestones):
            raise SettingRefused("milestones", "give all of them percentages, or all of them amounts")
        whole = sum(percents)
        if whole != HUNDRED:
            raise SettingRefused("milestones", f"their percentages add up to {whole}; they must add up to 100")
        if not all(percents):
            raise SettingRefused("milestones", "each needs a percentage above 0")
        return self

    @property
    def amounts(self) -> tuple[Decimal, ...] | None:
        """The amounts of the milestones; None if they have percentages."""
        found = tuple(each.amount for each in self.milestones if each.amount is not None)
        return found or None


class Monthly(Strict):
    """Equal parts in successive months, each invoiced on the last day of its month."""

    kind: Literal["monthly"] = "monthly"
    first_on: Day = Field(description="a day of the first month")
    months: Whole = Field(ge=1, le=120)


ScheduleInput = Annotated[Deposit | Milestones | Monthly, Field(discriminator="kind")]
