"""What is read from a vendor's file: the bills in it, what does not fit, and what the file cannot say by itself."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from models.bills.bill import Bill, BillKey, BillStatus, SourceFile
from models.bills.problem import Problem
from models.bills.totals import totals
from models.values.base_models import Frozen
from models.values.currencies import Currency
from models.values.period import Period

DEFAULT_ACCOUNT = "main"
_BILLS = UUID("2c0b8a54-5f0e-4d6e-9b57-8d1d6f3a7e42")


class UnreadableFile(Exception):
    """The file is no bill that can be read. The message names what was found and what would be right."""


class FileHints(Frozen):
    """What a person or the vendor's API tells because the file lacks it. Values of the file take precedence.

    The account is an exception: it is the name under which we know the account, so it replaces the vendor's number.
    """

    account: str | None = None
    provider: str | None = None
    provider_invoice_id: str | None = None
    number: str | None = None
    currency: Currency | None = None
    issued_at: datetime | None = None
    tax_total: Decimal | None = None
    period: Period | None = None


class BillHead(Frozen):
    """A bill of a file with its exact sums. `line_minor_sum` adds the lines as each is rounded to minor units."""

    provider: str
    account: str
    provider_invoice_id: str
    issuer: str
    number: str | None = None
    currency: Currency
    period_start: date
    period_end: date
    issued_at: datetime | None = None
    status: BillStatus
    line_count: int
    net: Decimal
    tax: Decimal
    line_minor_sum: int
    stated_total: Decimal | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def key(self) -> BillKey:
        return BillKey(provider=self.provider, account=self.account, provider_invoice_id=self.provider_invoice_id)


class FileContent(Frozen):
    """A file as it was read. `rows` counts its records without the header; `problem_count` also counts those beyond
    the kept ones.
    """

    format: str
    rows: int
    header: tuple[str, ...]
    problems: tuple[Problem, ...]
    problem_count: int
    bills: tuple[BillHead, ...]


def bill_id(provider: str, provider_invoice_id: str) -> str:
    """Return the id of the bill; it is the same for every file and every version."""
    return str(uuid5(_BILLS, f"{provider}\n{provider_invoice_id}"))


def bill_of(head: BillHead, source_file: SourceFile, version: int) -> Bill:
    """Return the version of the bill that the file holds."""
    return Bill(
        id=bill_id(head.provider, head.provider_invoice_id),
        key=head.key,
        issuer=head.issuer,
        number=head.number,
        currency=head.currency,
        period_start=head.period_start,
        period_end=head.period_end,
        issued_at=head.issued_at,
        status=head.status,
        version=version,
        file=source_file,
        line_count=head.line_count,
        totals=totals(head.net, head.tax, head.currency, head.line_minor_sum),
        stated_total=head.stated_total,
        problems=head.problems,
    )
