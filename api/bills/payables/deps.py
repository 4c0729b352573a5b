"""Dependencies of payables: reads, writes, and the day of the issuer."""

from datetime import date
from typing import Annotated

from fastapi import Depends

from api.bills.payables.repository import Payables
from api.deps import NowDep, StateDep
from api.settings.deps import IssuerZoneDep
from models.values.period import local_day


async def _reads(state: StateDep) -> Payables:
    return Payables(state.engines.queries)


async def _writes(state: StateDep) -> Payables:
    return Payables(state.engines.settings)


async def _today(moment: NowDep, zone: IssuerZoneDep) -> date:
    return local_day(moment, zone)


PayableReads = Annotated[Payables, Depends(_reads)]
PayableWrites = Annotated[Payables, Depends(_writes)]
IssuerDay = Annotated[date, Depends(_today)]
