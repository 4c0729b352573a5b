"""Dependencies of what only those see who have the permission `finance`: costs and margins."""

from typing import Annotated

from fastapi import Depends

from api.access.deps import Actor
from api.errors import Forbidden
from api.settings.cost_repositories import COST_ACCESS, MARGIN_TARGETS
from api.settings.deps import Configurer, Reader, SettingsStoreDep
from api.settings.store import SettingsStore
from models.access.cost_access import FINANCE, CostAccess
from models.quotes.margins.targets import MarginTargets


async def cost_access(store: SettingsStore) -> CostAccess:
    """Return who sees costs now. It is read for each request, so that a change takes effect at once."""
    async with store.reading() as connection:
        return await COST_ACCESS.current(connection)


async def margin_targets(store: SettingsStore) -> MarginTargets:
    """Return the margins that are wanted."""
    async with store.reading() as connection:
        return await MARGIN_TARGETS.current(connection)


async def require_costs(store: SettingsStore, user: Actor) -> None:
    """Raise Forbidden for a user who does not see costs."""
    require_access(await cost_access(store), user)


def require_access(access: CostAccess, user: Actor) -> None:
    """Raise Forbidden for a user to whom the setting shows no costs."""
    if not access.allows(user.role):
        raise Forbidden(
            f"costs and margins need the permission {FINANCE}, which the role {access.least_role} and those above it "
            f"have; {user.username} is {user.role}"
        )


async def _cost_access(store: SettingsStoreDep) -> CostAccess:
    return await cost_access(store)


# Read once for a request, whatever needs it.
CostAccessDep = Annotated[CostAccess, Depends(_cost_access)]


async def _sees_costs(user: Reader, store: SettingsStoreDep) -> bool:
    return (await cost_access(store)).allows(user.role)


async def _cost_reader(user: Reader, store: SettingsStoreDep) -> Actor:
    await require_costs(store, user)
    return user


async def _cost_configurer(user: Configurer, store: SettingsStoreDep) -> Actor:
    await require_costs(store, user)
    return user


SeesCosts = Annotated[bool, Depends(_sees_costs)]
CostReader = Annotated[Actor, Depends(_cost_reader)]
CostConfigurer = Annotated[Actor, Depends(_cost_configurer)]
