"""The form of one command of an order, and where its button stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from api.pages.forms.fields import FormField
from models.access.roles import Role
from models.partners.orders.commands import OrderCommand


class Place(StrEnum):
    """Where the button of a command stands on the page of an order."""

    MAIN = "main"
    MORE = "more"
    DANGER = "danger"
    AT_A_BLOCKER = "at a blocker"


@dataclass(frozen=True)
class OrderForm:
    """`fixed` are the fields of the body that the form does not ask for, such as the status that it leads to."""

    name: str
    command: type[OrderCommand]
    label: str
    busy: str
    text: str
    fields: tuple[FormField, ...] = ()
    role: Role = Role.EDITOR
    place: Place = Place.MORE
    fixed: Mapping[str, Any] = field(default_factory=dict)
    is_primary: bool = False

    @property
    def is_dangerous(self) -> bool:
        return self.place is Place.DANGER
