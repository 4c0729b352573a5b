"""The inputs of the workflows of vendor bills."""

from pydantic import Field

from models.bills.bill import BillKey
from models.bills.ingest import BillReport, FetchReport, FileReport
from models.bills.ports import BillOfFile, FileToRead, PushWanted
from workflows.runtime.start_input import StartInput


class FileStart(StartInput):
    """The file to read. `report` is carried over by a continue-as-new."""

    file: FileToRead
    report: FileReport | None = None


class BillStart(StartInput):
    """The bill. What follows the key is carried over by a continue-as-new."""

    key: BillKey
    files: tuple[BillOfFile, ...] = ()
    push: PushWanted | None = None
    report: BillReport | None = None


class FetchStart(StartInput):
    """The account and the month, written as 2026-04; by default the month before the scheduled time.

    `report` is what earlier looks have found.
    """

    provider: str = "digitalocean"
    account: str
    month: str | None = Field(default=None, pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")
    report: FetchReport | None = None
