"""The activities that match, allocate and compare the costs of bills."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.anomalies import AnomalySearch
from activities.bills.matching import BillMatcher, Matching
from models.bills.anomalies import Thresholds
from settings import Settings


def activities(settings: Settings, engine: AsyncEngine) -> list[Callable[..., Any]]:
    """Return the activities of this domain."""
    configured = settings.anomalies
    thresholds = Thresholds(percent=configured.percent, amount=configured.amount)
    return [Matching(BillMatcher(engine)).match_resources, AnomalySearch(engine, thresholds).find_anomalies]
