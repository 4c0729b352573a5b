"""The dependency that computes margins."""

from typing import Annotated

from fastapi import Depends, Request

from api.quotes.margins.repository import MarginAnalysis


async def margin_analysis(request: Request) -> MarginAnalysis:
    found = request.app.state.margins
    assert isinstance(found, MarginAnalysis)
    return found


AnalysisDep = Annotated[MarginAnalysis, Depends(margin_analysis)]
