"""The days before and after a due date on which reminders go out."""

from typing import Annotated

from pydantic import AfterValidator, Field

from models.values.typed_values import Whole


def _reminders(days: tuple[Whole, ...]) -> tuple[Whole, ...]:
    if not all(-365 <= day <= 365 for day in days):
        raise ValueError("must be days from -365 (before the due date) to 365 (after it)")
    return tuple(sorted(set(days)))


DaysAfterDue = Annotated[Whole, Field(json_schema_extra={"minimum": -365, "maximum": 365})]
ReminderDays = Annotated[tuple[DaysAfterDue, ...], Field(max_length=20), AfterValidator(_reminders)]
USUAL_REMINDERS = (-7, 0, 1, 7, 15)
