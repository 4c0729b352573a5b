"""Dependencies of the routes of the finance dashboard and of the payments."""

from typing import Annotated

from fastapi import Depends

from api.accounting.payments import PaymentReads
from api.accounting.repository import Dashboards
from api.deps import StateDep


async def dashboards(state: StateDep) -> Dashboards:
    return Dashboards(state.engines.queries)


DashboardsDep = Annotated[Dashboards, Depends(dashboards)]


async def payment_reads(state: StateDep) -> PaymentReads:
    return PaymentReads(state.engines.queries, state.engines.exports)


PaymentReadsDep = Annotated[PaymentReads, Depends(payment_reads)]
