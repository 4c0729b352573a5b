"""Cost assignments: the role and the grade that an employee has on a range of days (docs/specification/quotes.md 1.1).

A worklog names only its employee. By the assignment of its day, the work of an employee without an own cost rate costs
what the rate of the role or of the grade says.
"""

from collections.abc import Iterable
from datetime import date
from typing import ClassVar, Self

from pydantic import Field, model_validator

from models.quotes.rates.cost_rate import CostCode
from models.settings.area import SettingRefused
from models.settings.dated import DatedInput, is_valid_on
from models.values.base_models import Frozen


class CostAssignment(Frozen):
    """An assignment, as a calculation reads it."""

    id: str
    employee: str
    role: str | None = None
    grade: str | None = None
    valid_from: date
    valid_to: date | None = None
    active: bool = True


class CostAssignmentInput(DatedInput):
    """The setting of an assignment."""

    key_fields: ClassVar[tuple[str, ...]] = ("employee",)

    employee: CostCode = Field(description="the account id of the worklogs")
    role: CostCode | None = Field(default=None, description="the code of a role's cost rate")
    grade: CostCode | None = Field(
        default=None, description="the code of a grade's cost rate; it counts where the role has no rate"
    )

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.role is None and self.grade is None:
            raise SettingRefused("role", "give a role or a grade, by which the cost rate is found")
        return self

    @property
    def work_key(self) -> str:
        return self.employee

    def assignment(self, key: str) -> CostAssignment:
        """Return the assignment as a calculation reads it."""
        return CostAssignment.model_validate({"id": key, **self.model_dump(exclude={"description"})})


def find_assignment(assignments: Iterable[CostAssignment], on: date, employee: str) -> CostAssignment | None:
    """Return the assignment of the employee on the day; two active ones never share a day."""
    fitting = (
        each
        for each in assignments
        if each.employee == employee
        and is_valid_on(on, valid_from=each.valid_from, valid_to=each.valid_to, active=each.active)
    )
    return next(fitting, None)
