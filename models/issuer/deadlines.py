"""The deadlines of what waits for a person: after how many hours whom Aktum tells (docs/specification/lifecycle.md 13).

They are a setting of the issuer and are copied into a draft. A draft of a release without deadlines has none.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.settings.area import SettingRefused
from models.values.base_models import Frozen, Strict
from models.values.typed_values import Whole

LONGEST_HOURS = 8760


class WaitKind(StrEnum):
    """What an invoice waits for."""

    REVIEW = "review"
    SIGNATURE = "signature"
    BLOCKED_EFFECT = "blocked_effect"
    UNKNOWN_OUTCOME = "unknown_outcome"
    LATE_WORK = "late_work"


class WaitTimes(Frozen):
    """The hours after which the role that must act is reminded, and the next role is told."""

    remind_after_hours: int
    escalate_after_hours: int | None = None


class DeadlinePolicy(Frozen):
    """The times of each kind of wait; None for a kind without deadlines."""

    review: WaitTimes | None = None
    signature: WaitTimes | None = None
    blocked_effect: WaitTimes | None = None
    unknown_outcome: WaitTimes | None = None
    late_work: WaitTimes | None = None

    def times(self, kind: WaitKind) -> WaitTimes | None:
        """Return the times of this kind of wait."""
        times: WaitTimes | None = getattr(self, kind.value)
        return times


Hours = Annotated[Whole, Field(ge=1, le=LONGEST_HOURS)]


class WaitTimesInput(Strict):
    """The deadlines of one kind of wait. Hours are plain hours: weekends and nights count."""

    remind_after_hours: Hours = Field(description="the role that must act is reminded")
    escalate_after_hours: Hours | None = Field(default=None, description="the next role is told; null: nobody else is")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.escalate_after_hours is not None and self.escalate_after_hours <= self.remind_after_hours:
            raise SettingRefused(
                "escalate_after_hours", f"must be more than remind_after_hours, {self.remind_after_hours}"
            )
        return self


def _after(remind: int, escalate: int) -> WaitTimesInput:
    return WaitTimesInput(remind_after_hours=remind, escalate_after_hours=escalate)


class DeadlinesInput(Strict):
    """The deadlines of what waits for a person. A kind that is null has none."""

    review: WaitTimesInput | None = Field(default=_after(24, 72), description="the review of a finalised invoice")
    signature: WaitTimesInput | None = Field(default=_after(24, 72), description="our signature in Didox")
    blocked_effect: WaitTimesInput | None = Field(default=_after(4, 24), description="an effect that was refused")
    unknown_outcome: WaitTimesInput | None = Field(
        default=_after(4, 24), description="an effect whose outcome a person must find out"
    )
    late_work: WaitTimesInput | None = Field(default=_after(48, 120), description="late work that a check has found")
