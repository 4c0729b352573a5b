"""The activities of the ingest of vendor bills: names, inputs and results.

None of them carries lines or heads of bills: those are in PostgreSQL and the object store, so that a file may hold any
number of them.
"""

from enum import StrEnum

from pydantic import Field

from models.bills.bill import BillKey
from models.bills.file_content import FileHints
from models.bills.matching.ports import BillVersion
from models.values.base_models import Frozen
from models.values.port import Port


class FileToRead(Frozen):
    """A file in the object store under `bills/{sha256}`. With `again` it is read even if it was read before."""

    sha256: str
    name: str
    size: int
    by: str
    hints: FileHints = FileHints()
    again: bool = False


class FileRead(Frozen):
    """What was read. With `refusal` the file holds no bill, for the reason in it."""

    format: str = ""
    rows: int = 0
    bills: int = 0
    problems: int = 0
    refusal: str | None = None


class BillOfFile(Frozen):
    """One bill of a file that was read; it is the signal by which a workflow learns of a file of its bill."""

    sha256: str
    bill_no: int
    key: BillKey
    by: str = ""
    again: bool = False

    @property
    def name(self) -> tuple[str, int]:
        return self.sha256, self.bill_no


class BillToIngest(Frozen):
    """The start of the workflow of a bill."""

    key: BillKey


class BillsToStart(Frozen):
    """The next bills of a file, after the one with the number `after`."""

    sha256: str
    by: str
    again: bool = False
    after: int = -1
    task_queue: str


class BillsStarted(Frozen):
    """How many were started; `last` is the number of the last one, None if none follows."""

    started: int
    last: int | None = None


class WriteOutcome(StrEnum):
    """What became of a bill of a file."""

    CREATED = "created"
    CORRECTED = "corrected"  # the file made a new version
    UNCHANGED = "unchanged"
    REFUSED = "refused"  # it contradicts the bill that is there


class BillWritten(Frozen):
    """The bill after the write. `note` says why nothing was written, and is shown with the file."""

    outcome: WriteOutcome
    note: str | None = None
    bill_id: str | None = None
    version: int | None = None
    number: str | None = None
    period: str | None = Field(default=None, description="its month, such as 2026-04")
    currency: str | None = None
    gross: str | None = Field(default=None, description="with all decimals")
    line_count: int = 0
    problems: int = 0


class PushWanted(Frozen):
    """A person's wish to push the bill again; a forced push is sent even if finance has the same content."""

    by: str
    forced: bool = False


class FoundBill(Frozen):
    """The newest version of the bill with a key; None if there is none."""

    written: BillWritten | None = None


class Recorded(Frozen):
    """Whether the version was still the newest, and was recorded as done."""

    is_newest: bool


class InvoiceToFetch(Frozen):
    """The month of an account at a provider with an API; the month is written as 2026-04."""

    provider: str = "digitalocean"
    account: str
    month: str


class InvoicesFetched(Frozen):
    """The files that were stored; empty while the provider has made no invoice for the month."""

    files: tuple[FileToRead, ...] = ()


READ_FILE = Port("bills.read_file", FileToRead, FileRead)
START_BILLS = Port("bills.start_bills", BillsToStart, BillsStarted)
WRITE_BILL = Port("bills.write_bill", BillOfFile, BillWritten)
FIND_BILL = Port("bills.find_bill", BillKey, FoundBill)
RECORD_DONE = Port("bills.record_done", BillVersion, Recorded)
FETCH_INVOICES = Port("bills.fetch_invoices", InvoiceToFetch, InvoicesFetched)

FILE_WORKFLOW = "VendorBillFile"
BILL_WORKFLOW = "VendorBill"
FILE_ARRIVED = "file_arrived"
PUSH_WANTED = "push_wanted"
