"""Dependencies of the routes of vendor bills: the reads, the roles, and the ids in paths."""

from typing import Annotated

from fastapi import Depends, Path

from activities.clients.stored_files import FileStore
from api.access.deps import Actor, require_role
from api.bills.figures import BillFigures
from api.bills.matching_repository import CostRepository
from api.bills.repository import BillRepository
from api.deps import StateDep
from api.errors import Unavailable
from models.access.roles import BOOKING_BILLS, READING, RELEASING_BILLS

Reader = Annotated[Actor, Depends(require_role(READING, "reading"))]
Editor = Annotated[Actor, Depends(require_role(BOOKING_BILLS, "changing vendor bills"))]
FORCED = RELEASING_BILLS

BillId = Annotated[
    str,
    Path(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", examples=["6d0d6a2e-52a1-5d0b-9a4b-0f9c4d1c7b11"]),
]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="the SHA-256 of the file", examples=["0" * 64])]


async def _bills(state: StateDep) -> BillRepository:
    return BillRepository(state.engines.queries, state.engines.exports)


Bills = Annotated[BillRepository, Depends(_bills)]


async def _store(state: StateDep) -> FileStore:
    """Return the store of files. Raise Unavailable when none is configured."""
    if state.bill_files is None:
        raise Unavailable("No file store is configured; set AKTUM_S3__URL.")
    return state.bill_files


Store = Annotated[FileStore, Depends(_store)]


async def _figures(state: StateDep) -> BillFigures:
    return BillFigures(state.engines.queries, state.engines.exports)


async def _costs(state: StateDep) -> CostRepository:
    return CostRepository(state.engines.queries)


async def _long_reads(state: StateDep) -> CostRepository:
    return CostRepository(state.engines.exports)


Figures = Annotated[BillFigures, Depends(_figures)]
Costs = Annotated[CostRepository, Depends(_costs)]
LongReads = Annotated[CostRepository, Depends(_long_reads)]
