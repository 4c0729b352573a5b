"""The buttons of an invoice: what this person may do now, and with a reason what only this person may not."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.access.deps import Actor
from api.pages.invoice.command_form import CommandForm, Place
from api.pages.invoice.partner_forms import form_of
from models.invoice.invoice import Invoice
from models.invoice.permissions import may
from models.invoice.preconditions import allowed, refused_by_policy
from models.invoice.status import AWAITS_MONEY, CommandName

# The first of these that is possible is the primary button. Of an invoice that awaits money it is the payment.
_PRIMARY = (
    CommandName.FINALIZE,
    CommandName.APPROVE,
    CommandName.DELIVER,
    CommandName.MARK_UPLOADED,
)


@dataclass(frozen=True)
class Button:
    form: CommandForm
    refused: str | None = None
    is_primary: bool = False


@dataclass(frozen=True)
class Buttons:
    """The buttons by their places."""

    main: tuple[Button, ...]
    more: tuple[Button, ...]
    danger: tuple[Button, ...]
    names: frozenset[CommandName]

    def may(self, name: str) -> bool:
        return name in self.names


def buttons(invoice: Invoice, actor: Actor) -> Buttons:
    """Return the buttons for the person. Commands that state or role forbid have none."""
    possible = [name for name in allowed(invoice) if may(actor.role, name)]
    refused = refused_by_policy(invoice, actor.username, actor.role)
    owes = invoice.status in AWAITS_MONEY
    wanted = (CommandName.RECORD_PAYMENT,) if owes else _PRIMARY
    primary = next((name for name in wanted if name in possible and name not in refused), None)
    found = [Button(form_of(name, invoice), refused.get(name), name is primary) for name in possible]
    main = [each for each in _at(Place.MAIN, found) if owes or each.form.name is not CommandName.RECORD_PAYMENT]
    return Buttons(
        main=tuple(sorted(main, key=lambda button: not button.is_primary)),
        more=(*_at(Place.MORE, found), *(button for button in _at(Place.MAIN, found) if button not in main)),
        danger=tuple(_at(Place.DANGER, found)),
        names=frozenset(possible) - set(refused),
    )


def _at(place: Place, found: Iterable[Button]) -> list[Button]:
    return [button for button in found if button.form.place is place]
