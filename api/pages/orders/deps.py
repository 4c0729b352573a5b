"""Dependencies of the pages of orders: the desk in the time zone of orders, and the stores."""

from typing import Annotated

from fastapi import Depends, Request

from activities.partners.order_store import OrderStore
from activities.partners.partner_reader import rules_of
from api.access.deps import Actor, require
from api.deps import StateDep
from api.pages.rendering import Desk
from api.pages.sessions import PageActorDep
from models.access.roles import DRAFTING, Role
from models.partners.orders.fields import PARTNER_ZONE
from models.partners.orders.order import Order


async def order_desk(request: Request) -> Desk:
    """Return the desk in the zone in which the days of orders begin and end; people copy times from the portal."""
    return Desk.of(request, PARTNER_ZONE)


async def order_reads(state: StateDep) -> OrderStore:
    return OrderStore(state.engines.queries, rules_of)


async def order_writes(state: StateDep) -> OrderStore:
    return OrderStore(state.engines.settings, rules_of)


OrderDeskDep = Annotated[Desk, Depends(order_desk)]
OrderReadsDep = Annotated[OrderStore, Depends(order_reads)]
OrderWritesDep = Annotated[OrderStore, Depends(order_writes)]


async def page_order(order_key: str, orders: OrderReadsDep, _: PageActorDep) -> Order:
    """Return the order that the path names. Raises OrderUnknown, which the desk answers with 404."""
    return await orders.read(order_key if order_key.isprintable() else "?")


async def order_editor(actor: PageActorDep) -> Actor:
    require(actor, Role.EDITOR, "changing orders")
    return actor


async def drafter(actor: PageActorDep) -> Actor:
    require(actor, DRAFTING, "drafting")
    return actor


PageOrderDep = Annotated[Order, Depends(page_order)]
OrderEditorDep = Annotated[Actor, Depends(order_editor)]
PageDrafterDep = Annotated[Actor, Depends(drafter)]
