"""The dependency that computes margins."""

from typing import Annotated

from fastapi import Depends

from api.deps import StateDep
from api.quotes.margins.repository import MarginAnalysis
from api.reads import ReadsDep


async def margin_analysis(state: StateDep, reads: ReadsDep) -> MarginAnalysis:
    return MarginAnalysis(state.engines.exports, reads)


AnalysisDep = Annotated[MarginAnalysis, Depends(margin_analysis)]
