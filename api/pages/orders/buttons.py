"""The buttons of an order: what this person may do now. What state or role forbid has none."""

from dataclasses import dataclass

from api.access.deps import Actor
from api.pages.orders.command_form import OrderForm, Place
from api.pages.orders.command_forms import forms_of
from models.access.roles import DRAFTING, Role
from models.partners.orders.order import Order


@dataclass(frozen=True)
class OrderButtons:
    """The forms by their places. `primary` is the next step; none when the invoice is the next step."""

    main: tuple[OrderForm, ...]
    more: tuple[OrderForm, ...]
    danger: tuple[OrderForm, ...]
    primary: OrderForm | None
    may_invoice: bool
    may_edit: bool


def buttons(order: Order, actor: Actor, *, is_ready: bool) -> OrderButtons:
    """Return the buttons for the person."""
    possible = [form for form in forms_of(order) if actor.role.includes(form.role)]
    may_invoice = is_ready and actor.role.includes(DRAFTING)
    primary = None if may_invoice else next((form for form in possible if form.is_primary), None)
    return OrderButtons(
        main=tuple(form for form in possible if form.place is Place.MAIN),
        more=tuple(form for form in possible if form.place is Place.MORE),
        danger=tuple(form for form in possible if form.place is Place.DANGER),
        primary=primary,
        may_invoice=may_invoice,
        may_edit=bool(possible) and actor.role.includes(Role.EDITOR),
    )
