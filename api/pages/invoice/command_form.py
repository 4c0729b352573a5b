"""The form of one command, and the place of its button."""

from dataclasses import dataclass
from enum import StrEnum

from api.pages.forms.fields import FormField
from models.invoice import commands
from models.invoice.status import CommandName
from models.values.base_models import Strict


class Place(StrEnum):
    """Where the button of a command stands on the page of an invoice."""

    MAIN = "main"
    MORE = "more"
    DANGER = "danger"
    AT_AN_EFFECT = "at an effect"
    AT_A_PAYMENT = "at a payment"
    OWN_PAGE = "own page"


@dataclass(frozen=True)
class CommandForm:
    command: type[commands.Command]
    body: type[Strict]
    label: str
    busy: str
    text: str
    fields: tuple[FormField, ...] = ()
    place: Place = Place.MORE

    @property
    def name(self) -> CommandName:
        return self.command.name

    @property
    def is_dangerous(self) -> bool:
        return self.place is Place.DANGER
