"""Dependencies of the registry routes."""

from typing import Annotated

from fastapi import Depends

from api.deps import StateDep
from api.registry.repository import Registry


async def registry(state: StateDep) -> Registry:
    return Registry(state.engines.queries, state.engines.exports)


RegistryDep = Annotated[Registry, Depends(registry)]
