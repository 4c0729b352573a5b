"""Pages of costs: only those open them who have the permission `finance`."""

from typing import Annotated

from fastapi import Depends

from api.access.deps import Actor
from api.pages.sessions import PageActorDep
from api.settings.cost_access import CostAccessDep, require_access


async def _cost_page_actor(actor: PageActorDep, access: CostAccessDep) -> Actor:
    require_access(access, actor)
    return actor


CostPageActorDep = Annotated[Actor, Depends(_cost_page_actor)]
