"""The input of an archive sweep."""

from pydantic import Field

from models.archive.sweep import SweepReport
from workflows.runtime.start_input import StartInput

READ_EVERY = 30


class SweepStart(StartInput):
    """The input of a sweep. `report` and `day` are carried over by a continue-as-new."""

    read_every: int = Field(
        default=READ_EVERY, ge=1, description="the content of each file is read once in so many days; 1: in this sweep"
    )
    day: int | None = None
    report: SweepReport | None = None
