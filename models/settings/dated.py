"""Settings that are valid on a range of days: rates, KPI targets and KPI rules.

Two active ones for the same thing never share a day (docs/specification/partners.md 2.2).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import ClassVar, Self, TypeVar

from pydantic import Field, model_validator

from models.settings.area import SettingRefused
from models.values.base_models import Strict
from models.values.period import Day
from models.values.typed_values import Flag


class DatedInput(Strict, ABC):
    """A dated setting. Its key is made of what it is for and its first day, which a correction keeps."""

    key_fields: ClassVar[tuple[str, ...]]
    """The names of the key's parts before the first day, in the order of the key."""

    valid_from: Day
    valid_to: Day | None = Field(default=None, description="null: until another one is entered")
    description: str = Field(default="", max_length=300)
    active: Flag = True

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise SettingRefused("valid_to", f"{self.valid_to} is before valid_from, {self.valid_from}")
        return self

    @property
    @abstractmethod
    def work_key(self) -> str:
        """What it is for: the key without the first day."""

    @property
    def key(self) -> str:
        """The key of the setting, such as `TIME.activation.FTTH.PRELAID.MYR.2026-01-01`."""
        return f"{self.work_key}.{self.valid_from}"

    def is_valid_on(self, day: date) -> bool:
        """Return whether it applies on the day."""
        return self.active and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def shares_a_day_with(self, other: "DatedInput") -> bool:
        """Return whether there is a day on which both are valid."""
        ends_before = self.valid_to is not None and self.valid_to < other.valid_from
        begins_after = other.valid_to is not None and other.valid_to < self.valid_from
        return not ends_before and not begins_after


D = TypeVar("D", bound=DatedInput)


def check_key(key: str, row: DatedInput) -> None:
    """Raise SettingRefused if the row has another key: a correction may not change what the key is made of."""
    if row.key == key:
        return
    parts = (*row.key_fields, "valid_from")
    values = row.key.split(".")
    changed = next((part for part, old, new in zip(parts, key.split("."), values, strict=False) if old != new), "key")
    raise SettingRefused(
        changed,
        f"a correction cannot change it: this is {key}, and the value given is that of {row.key}; enter that "
        "one as a new setting",
    )


def check_overlap(key: str, row: DatedInput, others: Mapping[str, DatedInput]) -> None:
    """Raise SettingRefused if another active row for the same thing is valid on a day of this active row."""
    if not row.active:
        return
    for other_key, other in others.items():
        same = other.active and other_key != key and other.work_key == row.work_key
        if same and row.shares_a_day_with(other):
            until = f"to {other.valid_to}" if other.valid_to else "on"
            raise SettingRefused(
                "valid_from",
                f"overlaps {other_key}, which is valid from {other.valid_from} {until}; set the last day of one of "
                "them to the day before the other begins",
            )


def ended_before(row: D, following: DatedInput) -> D:
    """Return the row with the day before the following one as its last day, as a new price supersedes an old one.

    Raise SettingRefused if the following one is for something else or does not begin later.
    """
    if following.work_key != row.work_key:
        raise SettingRefused(
            following.key_fields[0],
            f"{following.key} is for something else than {row.key}; what follows a setting is for the same",
        )
    if following.valid_from <= row.valid_from:
        raise SettingRefused("valid_from", f"must be after {row.valid_from}, on which {row.key} begins")
    last = following.valid_from - timedelta(days=1)
    is_over = row.valid_to is not None and row.valid_to <= last
    return row if is_over else row.model_copy(update={"valid_to": last})


def is_valid_on(day: date, *, valid_from: date, valid_to: date | None, active: bool) -> bool:
    """Return whether an active setting with these days is valid on the day."""
    return active and valid_from <= day and (valid_to is None or day <= valid_to)


def joined(parts: Iterable[str | None]) -> str:
    """Return the parts of a key, with `any` for what is left open."""
    return ".".join(part or "any" for part in parts)
