"""A vendor's bill: its identity, its totals, its file, and what does not fit. See docs/specification/bills.md 2."""

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from models.bills.problem import Problem
from models.values.base_models import Frozen
from models.values.currencies import Currency

LONGEST_ID_PART = 80
LONGEST_TITLE = 180
FILE_PREFIX = "bills/"  # of the keys of files in the object store


class BillStatus(StrEnum):
    """How far the vendor is with the bill, in the words of FOCUS. Only an issued bill is payable."""

    OPEN = "open"  # month to date, or without an invoice id
    ISSUED = "issued"
    VOIDED = "voided"


class PushState(StrEnum):
    """How far the push to finance is."""

    PENDING = "pending"
    PUSHED = "pushed"
    HELD = "held"  # the bill is open or voided, or does not add up
    SKIPPED = "skipped"  # finance is not configured
    FAILED = "failed"  # finance refused; a person retries


class BillKey(Frozen):
    """The identity of a bill. The provider and its invoice id are unique together; the account says who pays it."""

    provider: str
    account: str
    provider_invoice_id: str

    @property
    def workflow_id(self) -> str:
        """The id of the workflow that ingests the bill: `vendor-bill.digitalocean.main.<invoice id>`."""
        parts = (self.provider, self.account, self.provider_invoice_id)
        return ".".join(("vendor-bill", *(_id_part(part) for part in parts)))

    @property
    def title(self) -> str:
        """The line by which operators know it."""
        return f"{self.provider}, {self.account}, {self.provider_invoice_id}"[:LONGEST_TITLE]


class SourceFile(Frozen):
    """The file that a version of the bill was read from; it is kept in the object store under its SHA-256."""

    sha256: str
    name: str
    format: str
    size: int
    rows: int


class BillTotals(Frozen):
    """The exact sums of the lines, and the amounts in minor units of the currency.

    `gross` = `net` + `tax`, also in minor units. `rounding_minor` is what the rounded lines lack of the rounded total.
    """

    net: Decimal
    tax: Decimal
    gross: Decimal
    net_minor: int
    tax_minor: int
    gross_minor: int
    rounding_minor: int


class Bill(Frozen):
    """A version of a vendor's bill. `period_end` is exclusive."""

    id: str
    key: BillKey
    issuer: str
    number: str | None = None
    currency: Currency
    period_start: date
    period_end: date
    issued_at: datetime | None = None
    status: BillStatus
    version: int = 1
    file: SourceFile
    line_count: int
    totals: BillTotals
    stated_total: Decimal | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether nothing contradicts the totals, so that the bill may be pushed."""
        return not any(problem.contradicts_total for problem in self.problems)

    @property
    def is_payable(self) -> bool:
        return self.status is BillStatus.ISSUED and self.adds_up


def _id_part(text: str) -> str:
    """Return the text as a part of a workflow id; a text that is changed by this gets a part of its digest."""
    part = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-")[:LONGEST_ID_PART]
    return part if part == text else f"{part}-{sha256(text.encode()).hexdigest()[:8]}"
