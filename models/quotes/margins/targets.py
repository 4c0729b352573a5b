"""The setting of the margins that are wanted (docs/specification/quotes.md 3.5)."""

from decimal import Decimal
from typing import Self

from pydantic import Field, model_validator

from models.quotes.numbers import PercentOfWhole
from models.settings.area import SettingRefused
from models.values.base_models import Strict


class MarginTargets(Strict):
    """The net margins, in per cent of the revenue, below which calculations are marked and contracts are flagged."""

    floor_percent: PercentOfWhole = Field(
        default=Decimal("25.00"), description="the calculator and the report mark a margin below it"
    )
    target_percent: PercentOfWhole = Field(
        default=Decimal("30.00"), description="a contract below it is flagged, with what would reach it"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.target_percent < self.floor_percent:
            raise SettingRefused(
                "target_percent",
                f"must not be below floor_percent, {self.floor_percent}, which every deal should reach",
            )
        return self
