"""Installer rates: what an installer is paid for one job.

They serve payouts only. No invoice amount is computed from them, and nothing that computes one imports this module
(docs/specification/partners.md 2.7).
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from models.partners.priced_work import WORK_FIELDS, Code, PricedWork, PricedWorkInput
from models.settings.area import SettingRefused
from models.values.money import ZERO, NonNegativeAmount, readable, surplus_decimals

InstallerCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_-]{1,40}$")]


class InstallerType(StrEnum):
    """How an installer works for the company."""

    EMPLOYEE = "employee"
    SUBCON = "subcon"


class InstallerRate(PricedWork):
    """The price of one job for an installer, or for all installers of a type and level."""

    installer: str | None = None
    installer_type: InstallerType | None = None
    level: str | None = None
    on_time_bonus: Decimal = ZERO
    late_penalty: Decimal = ZERO


class InstallerRateInput(PricedWorkInput):
    """The setting of one installer rate."""

    key_fields: ClassVar[tuple[str, ...]] = ("installer", *WORK_FIELDS)

    installer: InstallerCode | None = Field(default=None, description="the code of one installer")
    installer_type: InstallerType | None = Field(default=None, description="or the type of all whom it concerns")
    level: Code | None = Field(default=None, description="of that type; null: all levels")

    on_time_bonus: NonNegativeAmount = Field(default=ZERO, description="added when the job is on time by its KPI")
    late_penalty: NonNegativeAmount = Field(default=ZERO, description="taken off when it is late or exceeds its target")

    @model_validator(mode="after")
    def _pays_an_amount(self) -> Self:
        for name in ("on_time_bonus", "late_penalty"):
            if reason := surplus_decimals(getattr(self, name), self.currency):
                raise SettingRefused(name, reason)
        if self.late_penalty > self.amount:
            raise SettingRefused("late_penalty", f"must not be above the rate, {readable(self.amount)}")
        return self

    @model_validator(mode="after")
    def _of_one_installer_or_type(self) -> Self:
        if (self.installer is None) == (self.installer_type is None):
            raise SettingRefused("installer", "give an installer or an installer_type, and not both")
        if self.installer is not None and self.level is not None:
            raise SettingRefused("level", "belongs to an installer_type; leave it empty for one installer")
        return self

    @property
    def owner(self) -> str:
        """The key begins with `installer-` and the code, or with the type and the level."""
        if self.installer is not None:
            return f"installer-{self.installer}"
        return f"{self.installer_type}-{self.level or 'any'}"

    def rate(self, key: str) -> InstallerRate:
        """Return the rate as a payout reads it."""
        return InstallerRate.model_validate({"id": key, **self.model_dump()})
