"""Dependencies of calculations: those that are saved, and the id of one."""

from typing import Annotated

from fastapi import Depends, Path
from pydantic import StringConstraints

from api.deps import StateDep
from api.quotes.repository import Calculations

CalculationId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$"), Path()]


async def calculations(state: StateDep) -> Calculations:
    return Calculations(state.engines.settings)


CalculationsDep = Annotated[Calculations, Depends(calculations)]
