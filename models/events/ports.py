"""The activity of the event feed: its name, its input and its result."""

from models.values.base_models import Frozen
from models.values.port import Port


class FeedRequest(Frozen):
    """One look for new events."""


class Passed(Frozen):
    """What one look has done: events that got their positions, events that consumers took, deliveries started."""

    published: int = 0
    taken: int = 0
    started: int = 0

    @property
    def anything(self) -> bool:
        return bool(self.published or self.taken or self.started)


PASS_ON = Port("events.pass_on", FeedRequest, Passed)
