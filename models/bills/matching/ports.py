"""The activities that match, allocate and compare the lines of a bill."""

from models.values.base_models import Frozen
from models.values.port import Port


class BillVersion(Frozen):
    """The version of a bill whose lines are stored."""

    bill_id: str
    version: int


class Matched(Frozen):
    """How many resource keys have which outcome, and how many allocations were made.

    `kept` tells that the allocation stands on a live invoice and was therefore not made again.
    """

    matched: int
    shared: int
    ignored: int
    unmatched: int
    allocations: int
    kept: bool = False


class AnomaliesFound(Frozen):
    """The number of anomalies; None if there is no bill of the month before to compare with."""

    anomalies: int | None


MATCH_RESOURCES = Port("bills.match_resources", BillVersion, Matched)
FIND_ANOMALIES = Port("bills.find_anomalies", BillVersion, AnomaliesFound)
