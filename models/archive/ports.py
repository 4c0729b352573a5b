"""The activities of the archive sweep: names, inputs and results."""

from pydantic import Field

from models.archive.sweep import Phase, SweepPage
from models.values.base_models import Frozen
from models.values.port import Port


class SweepRequest(Frozen):
    """One page of a sweep: what follows `after`, with at most `room` findings; further ones are counted only."""

    after: str = ""
    room: int
    day: int = Field(description="the day of the sweep, which decides whose content is read")
    read_every: int = Field(ge=1, description="the content of each file is read once in so many days; 1: in each sweep")


SWEEP_PORTS = {
    Phase.INVOICES: Port("archive.compare_invoices", SweepRequest, SweepPage),
    Phase.QUOTES: Port("archive.compare_quotes", SweepRequest, SweepPage),
    Phase.OBJECTS: Port("archive.compare_objects", SweepRequest, SweepPage),
}
