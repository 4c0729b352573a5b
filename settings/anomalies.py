"""The settings of what is unusual about vendor bills."""

from decimal import Decimal

from pydantic import Field

from settings.group import Group


class AnomalySettings(Group):
    """The change of a cost since the month before is unusual when it reaches both."""

    percent: Decimal = Field(default=Decimal(20), ge=0, le=10_000, description="of the cost of the month before")
    amount: Decimal = Field(default=Decimal(10), ge=0, description="in the currency of the bill")
