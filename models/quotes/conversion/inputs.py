"""What a person types when a quote becomes invoices: how its fixed amounts are spread over time."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from models.quotes.numbers import HUNDRED, PercentOfWhole
from models.settings.area import SettingRefused
from models.values.base_models import Strict
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
    percent: PercentOfWhole
    on: Day


class Milestones(Strict):
    """Parts of the work that add up to the whole."""

    kind: Literal["milestones"] = "milestones"
    milestones: tuple[Milestone, ...] = Field(min_length=1, max_length=60)

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        whole = sum(each.percent for each in self.milestones)
        if whole != HUNDRED:
            raise SettingRefused("milestones", f"their percentages add up to {whole}; they must add up to 100")
        if any(not each.percent for each in self.milestones):
            raise SettingRefused("milestones", "each needs a percentage above 0")
        return self


class Monthly(Strict):
    """Equal parts in successive months, each invoiced on the last day of its month."""

    kind: Literal["monthly"] = "monthly"
    first_on: Day = Field(description="a day of the first month")
    months: Whole = Field(ge=1, le=120)


ScheduleInput = Annotated[Deposit | Milestones | Monthly, Field(discriminator="kind")]
