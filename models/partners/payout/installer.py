"""Installers: how the orders name them, how they work for the company, and their level.

See docs/specification/kpi.md 5.1. A change of type or level is a new setting with its first day, so that a report of an
earlier month stays what it was.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from models.partners.installer_rate import InstallerCode, InstallerType
from models.partners.priced_work import Code
from models.settings.dated import DatedInput, is_valid_on
from models.values.base_models import Frozen

InstallerName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Installer(Frozen):
    """An installer, as it is read from the settings."""

    id: str
    installer: str
    name: str
    installer_type: InstallerType
    level: str | None = None
    valid_from: date
    valid_to: date | None = None
    active: bool = True


class InstallerInput(DatedInput):
    """The setting of an installer from a day on."""

    key_fields: ClassVar[tuple[str, ...]] = ("installer",)

    installer: InstallerCode = Field(description="the installer's code, as its own rates have it")
    name: InstallerName = Field(description="as the orders name the installer")
    installer_type: InstallerType
    level: Code | None = Field(default=None, description="selects a rate of the type; null: no level")

    @property
    def work_key(self) -> str:
        return self.installer

    def profile(self, key: str) -> Installer:
        """Return the installer as a payout reads it."""
        return Installer.model_validate({"id": key, **self.model_dump(exclude={"description"})})


def called(text: str) -> str:
    """Return the code or the name as it is compared: without blanks around it, in any case."""
    return text.strip().casefold()


def installers_named(installers: Iterable[Installer], text: str, on: date) -> list[Installer]:
    """Return the installers that an order of this day names: by code or by name, in any case."""
    wanted = called(text)
    return [
        each
        for each in installers
        if is_valid_on(on, valid_from=each.valid_from, valid_to=each.valid_to, active=each.active)
        and wanted in (called(each.installer), called(each.name))
    ]
