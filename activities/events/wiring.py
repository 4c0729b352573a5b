"""The activities of the event feed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.events.feed import EventConsumer, EventFeed
from settings import Settings


def activities(
    settings: Settings, engine: AsyncEngine, consumers: tuple[EventConsumer, ...]
) -> list[Callable[..., Any]]:
    """Return the activities of this domain."""
    feed = EventFeed(engine, consumers, pause=timedelta(seconds=settings.events.poll_seconds))
    return [feed.pass_on]
