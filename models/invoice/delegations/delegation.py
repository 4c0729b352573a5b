"""The rules of delegations: a user says who may give which of their commands for them, from one day to another.

See docs/specification/lifecycle.md 14.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from models.access.roles import Role
from models.access.users import Username
from models.invoice.permissions import may
from models.invoice.status import CommandName
from models.settings.area import SettingRefused
from models.values.base_models import Strict
from models.values.period import Day

LONGEST_DAYS = 366


def _once(commands: tuple[CommandName, ...]) -> tuple[CommandName, ...]:
    if not commands:
        raise ValueError("must name at least one command")
    return tuple(name for name in CommandName if name in commands)


class NewDelegation(Strict):
    """A delegation to be made."""

    delegator: Username | None = Field(default=None, description="an admin may name another user; otherwise yourself")
    delegate: Username = Field(description="who acts for the delegator")
    commands: Annotated[tuple[CommandName, ...], Field(json_schema_extra={"minItems": 1}), AfterValidator(_once)] = (
        Field(description="what the delegate may do for the delegator, such as `approve`")
    )
    valid_from: Day
    valid_to: Day = Field(description="the last day, in Tashkent")
    reason: str | None = Field(default=None, max_length=500, description="such as a holiday")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to < self.valid_from:
            raise SettingRefused("valid_to", f"{self.valid_to} is before valid_from, {self.valid_from}")
        if self.valid_to - self.valid_from >= timedelta(days=LONGEST_DAYS):
            raise SettingRefused("valid_to", f"a delegation has at most {LONGEST_DAYS} days")
        return self


class DelegationState(Strict):
    """What the settings history records of a delegation."""

    delegator: str
    delegate: str
    commands: tuple[CommandName, ...]
    valid_from: date
    valid_to: date
    reason: str | None = None


def check_delegation(new: NewDelegation, delegator: str, role: Role, today: date) -> None:
    """Raise SettingRefused unless the delegator has what is to be delegated, and the delegation is not over."""
    if new.delegate.casefold() == delegator.casefold():
        raise SettingRefused("delegate", "must be another person than the delegator")
    if new.valid_to < today:
        raise SettingRefused("valid_to", f"{new.valid_to} has passed")
    if lacking := [name.value for name in new.commands if not may(role, name)]:
        raise SettingRefused("commands", f"{delegator} is {role} and may not give {', '.join(lacking)}")


def reason_not_delegated(command: CommandName, delegator: str, role: Role, delegated: Iterable[str]) -> str | None:
    """Return why the command may not be given for the delegator, who has this role now; None if it may."""
    names = sorted(delegated)
    if command.value not in names:
        return f"{delegator} has not delegated {command.value} to you, only {', '.join(names)}"
    if not may(role, command):
        return f"{delegator} is {role} and may not give {command.value}, so nobody may give it for them"
    return None
