"""What a rate card row and an installer rate have in common: the work, its price for one job, and the days it is valid.

Two active rows for the same work never share a day (docs/specification/partners.md 2.2).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from models.partners.order_type import OrderType, OrderTypeInput
from models.settings.area import SettingRefused
from models.values.base_models import Frozen, Strict
from models.values.money import Currency, NonNegativeAmount, surplus_decimals
from models.values.period import Day
from models.values.typed_values import Flag

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{1,40}$")]
PartnerKey = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{2,20}$")]


class PricedWork(Frozen):
    """A dated price for one job of a kind, as it is read from the settings."""

    id: str
    order_type: OrderType
    category: str
    method: str | None = None
    description: str = ""
    amount: Decimal
    currency: Currency = Currency.MYR
    valid_from: date
    valid_to: date | None = None
    active: bool = True


class PricedWorkInput(Strict, ABC):
    """The setting of such a price. Its key is made of what it prices and its first day, which a correction keeps."""

    owner_field: ClassVar[str]

    order_type: OrderTypeInput
    category: Code = Field(description="the service category: FTTH, FTTO, FTTR, FTTC or another code")
    method: Code | None = Field(default=None, description="the installation method; null: any job without a rate of it")
    currency: Currency = Currency.MYR
    valid_from: Day
    valid_to: Day | None = Field(default=None, description="null: until another rate is entered")
    amount: NonNegativeAmount = Field(description="for one job, before tax")
    description: str = Field(default="", max_length=300)
    active: Flag = True

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise SettingRefused("valid_to", f"{self.valid_to} is before valid_from, {self.valid_from}")
        if reason := surplus_decimals(self.amount, self.currency):
            raise SettingRefused("amount", reason)
        return self

    @property
    @abstractmethod
    def owner(self) -> str:
        """Whose rate it is, as the key begins."""

    @property
    def work_key(self) -> str:
        """What is priced for whom: the key without the first day."""
        return ".".join((self.owner, self.order_type, self.category, self.method or "any", self.currency))

    @property
    def key(self) -> str:
        """The key of the setting, such as `TIME.activation.FTTH.PRELAID.MYR.2026-01-01`."""
        return f"{self.work_key}.{self.valid_from}"

    def shares_a_day_with(self, other: "PricedWorkInput") -> bool:
        """Return whether there is a day on which both are valid."""
        ends_before = self.valid_to is not None and self.valid_to < other.valid_from
        begins_after = other.valid_to is not None and other.valid_to < self.valid_from
        return not ends_before and not begins_after


def check_key(key: str, row: PricedWorkInput) -> None:
    """Raise SettingRefused if the row has another key: a correction may not change what the key is made of."""
    if row.key == key:
        return
    parts = (row.owner_field, "order_type", "category", "method", "currency", "valid_from")
    values = row.key.split(".")
    changed = next((part for part, old, new in zip(parts, key.split("."), values, strict=False) if old != new), "key")
    raise SettingRefused(
        changed,
        f"a correction cannot change it: this is {key}, and the value given is that of {row.key}; enter that "
        "one as a new setting",
    )


def check_overlap(key: str, row: PricedWorkInput, others: Mapping[str, PricedWorkInput]) -> None:
    """Raise SettingRefused if another active row for the same work is valid on a day of this active row."""
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
