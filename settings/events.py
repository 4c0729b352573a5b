"""The settings of the event feed and of the outgoing webhooks."""

from datetime import timedelta

from pydantic import Field, field_validator

from settings.group import Group


class EventsSettings(Group):
    poll_seconds: float = Field(
        default=2, ge=0.1, le=600, description="how long after a look without new events the feed looks again"
    )


class WebhookSettings(Group):
    timeout_seconds: float = Field(default=15, gt=0, le=60, description="for one attempt, until the status has arrived")
    retry_seconds: str = Field(
        default="5,300,1800,7200,18000,36000,50400,72000,86400",
        description="the pauses after failed attempts, separated by commas; after the last one a delivery is given up",
    )
    disable_after_days: float = Field(
        default=5, gt=0, description="an endpoint that takes nothing for so long is disabled"
    )
    allow_http: bool = Field(default=False, description="URLs may begin with http://; for a laptop only")
    allow_private: bool = Field(default=False, description="URLs may point into the network that Aktum runs in")

    @field_validator("retry_seconds")
    @classmethod
    def _pauses_can_be_read(cls, text: str) -> str:
        _pauses(text)
        return text

    @property
    def pauses(self) -> tuple[timedelta, ...]:
        """The pauses of the setting."""
        return _pauses(self.retry_seconds)


def _pauses(text: str) -> tuple[timedelta, ...]:
    entries = [entry.strip() for entry in text.split(",")]
    if not all(entry.isdecimal() and 1 <= int(entry) <= 30 * 86_400 for entry in entries):
        raise ValueError("must be whole seconds separated by commas, each from 1 to 2592000 (30 days)")
    return tuple(timedelta(seconds=int(entry)) for entry in entries)
