"""Dependencies of the routes of signatures."""

from typing import Annotated

from fastapi import Depends

from api.deps import StateDep
from api.einvoice.repository import SignatureRepository


async def signatures(state: StateDep) -> SignatureRepository:
    return SignatureRepository(state.engines.queries, state.engines.settings)


SignaturesDep = Annotated[SignatureRepository, Depends(signatures)]
