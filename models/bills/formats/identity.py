"""Which bill a row belongs to. See docs/specification/bills.md 4.1."""

from datetime import date, datetime, timedelta

from models.bills.bill import BillStatus
from models.bills.file_content import FileHints
from models.bills.formats.amounts import SYMBOLS
from models.bills.formats.facts import FileFacts
from models.bills.formats.layout import Layout
from models.bills.formats.moments import end_moment, moment, month_after, month_of
from models.bills.formats.vendors import in_key, vendor_key
from models.values.base_models import Frozen
from models.values.currencies import Currency

LONGEST_TEXT = 200
IDENTIFYING = (
    *("issuer", "provider", "account", "invoice_id", "currency"),
    *("period_start", "period_end", "status", "issued_at"),
)
"""The texts of a row from which its bill follows, in the order in which the reader gives them."""


class RefusedRow(ValueError):
    """The row belongs to no bill, because the text of one of its columns is wrong."""

    def __init__(self, field: str, value: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.value = value


class RowIdentity(Frozen):
    """What a row says about its bill. `period_end` is exclusive; without an invoice id the bill is open."""

    provider: str
    issuer: str
    numbered_by: str  # whose invoice ids they are
    invoice_id: str | None
    currency: Currency
    account: str | None
    period_start: date | None
    period_end: date | None
    status: BillStatus
    issued_at: datetime | None

    @property
    def group(self) -> tuple[str, ...]:
        """What all rows of one bill have in common. What is not invoiced is kept apart by account and month."""
        if self.invoice_id is not None:
            return (self.numbered_by, self.invoice_id, self.currency)
        return (self.issuer, "", self.currency, self.account or "", str(self.period_start or ""))


def identity_of(layout: Layout, texts: tuple[str, ...], hints: FileHints, facts: FileFacts) -> RowIdentity:
    """Return the identity of a row from its texts in the order of `IDENTIFYING`. Raises RefusedRow."""
    row = dict(zip(IDENTIFYING, (text.strip() for text in texts), strict=True))
    for field, text in row.items():
        if len(text) > LONGEST_TEXT:
            raise RefusedRow(field, text, f"it is longer than {LONGEST_TEXT} characters")
    issuer = row["issuer"] or row["provider"] or layout.issuer or hints.provider or ""
    if not issuer:
        raise RefusedRow("issuer", "", "the row has no issuer")
    invoice_id = row["invoice_id"] or facts.invoice_id
    start, end = _period(layout, row, facts)
    return RowIdentity(
        provider=layout.provider or vendor_key(issuer),
        issuer=issuer,
        numbered_by=layout.provider or issuer,
        invoice_id=invoice_id or None,
        currency=_currency(row["currency"] or facts.currency or hints.currency or ""),
        account=row["account"] or facts.account or None,
        period_start=start,
        period_end=end,
        status=_status(layout, row["status"], bool(invoice_id) and not facts.is_preview),
        issued_at=_moment("issued_at", row["issued_at"]) or facts.issued_at,
    )


def open_id(row: RowIdentity, account: str, month: date) -> str:
    """Return the id of a bill that is not invoiced yet: `open.digitalocean.main.2026-04.USD`.

    `account` is our name of the account, for a file that names none.
    """
    return f"open.{in_key(row.issuer)}.{in_key(row.account or account)}.{month:%Y-%m}.{row.currency}"


def _currency(text: str) -> Currency:
    if not text:
        raise RefusedRow("currency", "", "the file has none; give it")
    try:
        return Currency(SYMBOLS.get(text, text.upper()))
    except ValueError:
        raise RefusedRow("currency", text, "it is no currency of ISO 4217, such as USD") from None


def _status(layout: Layout, text: str, is_invoiced: bool) -> BillStatus:
    found = layout.status(text) if layout.status and text else None
    if layout.status and text and found is None:
        raise RefusedRow("status", text, "it must be Open, Issued or Voided")
    if found is BillStatus.VOIDED:
        return found
    return found or BillStatus.ISSUED if is_invoiced else BillStatus.OPEN


def _period(layout: Layout, row: dict[str, str], facts: FileFacts) -> tuple[date | None, date | None]:
    if facts.period_start is not None:
        return facts.period_start, facts.period_end
    if not layout.period_start_names or not row["period_start"]:
        return None, None
    if month := month_of(row["period_start"]):
        return month, month_after(month)
    start = _moment("period_start", row["period_start"])
    if start is None or not row["period_end"]:
        return (start.date() if start else None), None
    try:
        end = end_moment(row["period_end"], inclusive_day=layout.ends_inclusive)
    except ValueError as error:
        raise RefusedRow("period_end", row["period_end"], str(error)) from None
    if end <= start:
        raise RefusedRow("period_end", row["period_end"], "the period ends before it starts")
    ends_at_midnight = (end.hour, end.minute, end.second) == (0, 0, 0)
    return start.date(), end.date() if ends_at_midnight else end.date() + timedelta(days=1)


def _moment(field: str, text: str) -> datetime | None:
    try:
        return moment(text) if text else None
    except ValueError as error:
        raise RefusedRow(field, text, str(error)) from None
