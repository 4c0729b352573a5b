"""The input of the workflow of accounting."""

from datetime import date

from models.settings.area import Zone
from models.values.period import BILLING_ZONE
from workflows.runtime.start_input import StartInput


class SnapshotStart(StartInput):
    """The issuer's time zone, and the day; by default the day before the one for which the schedule started it.

    `replace` takes the place of a snapshot that is stored.
    """

    zone: Zone = BILLING_ZONE
    day: date | None = None
    replace: bool = False
