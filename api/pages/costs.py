"""Pages of costs: only those open them who have the permission `finance`."""

from typing import Annotated

from fastapi import Depends

from api.access.deps import Actor
from api.pages.sessions import PageActorDep
from api.settings.cost_access import require_costs
from api.settings.deps import SettingsStoreDep


async def _cost_page_actor(actor: PageActorDep, store: SettingsStoreDep) -> Actor:
    await require_costs(store, actor)
    return actor


CostPageActorDep = Annotated[Actor, Depends(_cost_page_actor)]
