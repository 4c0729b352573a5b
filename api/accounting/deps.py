"""Dependencies of the routes of the finance dashboard."""

from typing import Annotated

from fastapi import Depends

from api.accounting.repository import Dashboards
from api.deps import StateDep


async def dashboards(state: StateDep) -> Dashboards:
    return Dashboards(state.engines.queries)


DashboardsDep = Annotated[Dashboards, Depends(dashboards)]
