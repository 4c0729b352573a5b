"""Dependencies of the order routes: the stores, the roles, and who acts."""

from typing import Annotated

from fastapi import Depends, Path

from activities.partners.order_store import OrderStore
from activities.partners.partner_reader import rules_of
from api.access.deps import Actor, require_role
from api.deps import StateDep
from models.access.roles import READING, Role
from models.partners.orders.fields import OrderKey
from models.partners.orders.log import Actor as OrderActor

Reader = Annotated[Actor, Depends(require_role(READING, "reading"))]
Editor = Annotated[Actor, Depends(require_role(Role.EDITOR, "changing orders"))]
KeyInPath = Annotated[OrderKey, Path(examples=["ORD-2026-0001"])]


async def _reads(state: StateDep) -> OrderStore:
    return OrderStore(state.engines.queries, rules_of)


async def _writes(state: StateDep) -> OrderStore:
    return OrderStore(state.engines.settings, rules_of)


OrderReads = Annotated[OrderStore, Depends(_reads)]
OrderWrites = Annotated[OrderStore, Depends(_writes)]


def acting(actor: Actor, source: str = "api") -> OrderActor:
    """Return the user as the log of an order names them."""
    return OrderActor(name=actor.username, role=actor.role, source=source)
