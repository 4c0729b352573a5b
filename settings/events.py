"""The settings of the event feed."""

from pydantic import Field

from settings.group import Group


class EventsSettings(Group):
    poll_seconds: float = Field(
        default=2, ge=0.1, le=600, description="how long after a look without new events the feed looks again"
    )
