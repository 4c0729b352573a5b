"""The activity that takes the daily snapshot of the finance dashboard: name, input and result."""

from datetime import date

from models.values.base_models import Frozen
from models.values.port import Port


class SnapshotRequest(Frozen):
    """The day of a snapshot in the issuer's time zone. `replace` takes the place of the one that is stored."""

    day: date
    zone: str
    replace: bool = False


class SnapshotTaken(Frozen):
    """The day of the snapshot; `new` unless the day had one that was kept."""

    day: date
    new: bool


TAKE_SNAPSHOT = Port("accounting.take_snapshot", SnapshotRequest, SnapshotTaken)
