"""A bill's head from what its rows have in common, from what its file states, and from the hints.

See docs/specification/bills.md 4.1.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from models.bills.bill import BillStatus
from models.bills.file_content import DEFAULT_ACCOUNT, BillHead, FileHints, UnreadableFile
from models.bills.formats.facts import FileFacts
from models.bills.formats.identity import RowIdentity, open_id
from models.bills.formats.moments import month_after
from models.bills.formats.vendors import in_key
from models.bills.problem import Problem
from models.bills.totals import EXACT, minor_units
from models.values.base_models import Frozen

MOST_BILLS = 1_000
_LEAST_PAYABLE = (BillStatus.VOIDED, BillStatus.OPEN, BillStatus.ISSUED)


class ReadBill(Frozen):
    """The identities of a bill's rows, and the sums of its lines."""

    rows: tuple[RowIdentity, ...]
    line_count: int
    net: Decimal
    tax: Decimal
    line_minor_sum: int
    starts_at: datetime | None
    ends_at: datetime | None
    problems: tuple[Problem, ...]


def heads_of(bills: list[ReadBill], hints: FileHints, facts: FileFacts) -> list[BillHead]:
    """Return the heads in the order of the bills. Raises UnreadableFile if two of them contradict each other."""
    if len(bills) > MOST_BILLS:
        raise UnreadableFile(f"The file has {len(bills):,} bills, and {MOST_BILLS:,} are the most. Split it.")
    periods = [_period(bill, hints) for bill in bills]
    known = next((period for period in periods if period), None)
    if known is None:
        raise UnreadableFile("period: the file has none, and no row has a date; give it, such as 2026-04.")
    heads = [_head(bill, period or known, hints, facts) for bill, period in zip(bills, periods, strict=True)]
    named = _hinted(heads, bills, hints, facts)
    _refuse_two_currencies(named, bills)
    return _distinct(named)


def _head(bill: ReadBill, period: tuple[date, date], hints: FileHints, facts: FileFacts) -> BillHead:
    first = bill.rows[0]
    start, end = period
    accounts = sorted({row.account for row in bill.rows if row.account})
    return BillHead(
        provider=first.provider,
        account=hints.account or (accounts[0] if accounts else DEFAULT_ACCOUNT),
        provider_invoice_id=first.invoice_id or open_id(first, hints.account or DEFAULT_ACCOUNT, start),
        issuer=first.issuer,
        number=facts.number or hints.number,
        currency=first.currency,
        period_start=start,
        period_end=end,
        issued_at=max((row.issued_at for row in bill.rows if row.issued_at), default=hints.issued_at),
        status=min((row.status for row in bill.rows), key=_LEAST_PAYABLE.index),
        line_count=bill.line_count,
        net=bill.net,
        tax=bill.tax,
        line_minor_sum=bill.line_minor_sum,
        stated_total=facts.stated_total,
        problems=(
            *bill.problems,
            *facts.problems,
            *_sum_problems(bill, facts),
            *_status_problems(bill),
            *_hint_problems(bill, hints),
        ),
    )


def _period(bill: ReadBill, hints: FileHints) -> tuple[date, date] | None:
    """Return the billing period: of the file, of the hints, or the months that the lines cover; None without any."""
    starts = [row.period_start for row in bill.rows if row.period_start]
    if starts:
        start = min(starts)
        ends = [row.period_end for row in bill.rows if row.period_end]
        return start, max(ends, default=month_after(start))
    if hints.period is not None:
        return hints.period.start, hints.period.end + timedelta(days=1)
    first = bill.starts_at or (bill.ends_at - timedelta(microseconds=1) if bill.ends_at else None)
    if first is None:
        return None
    last = max(first, (bill.ends_at or first) - timedelta(microseconds=1))
    return first.date().replace(day=1), month_after(last.date())


def _hinted(heads: list[BillHead], bills: list[ReadBill], hints: FileHints, facts: FileFacts) -> list[BillHead]:
    """Give the invoice id of the hints to the bill that has none, if it is clear which one is meant."""
    if hints.provider_invoice_id is None or any(bill.rows[0].invoice_id for bill in bills):
        return [_without_id(head, bill) for head, bill in zip(heads, bills, strict=True)]
    meant = [head for head in heads if hints.period is None or head.period_start == hints.period.start]
    if len(meant) != 1:
        found = ", ".join(f"{head.period_start:%Y-%m} {head.currency}" for head in heads[:10])
        raise UnreadableFile(
            f"invoice id: the file has {len(heads)} bills without one ({found}), so {hints.provider_invoice_id} could "
            "be any of them; give the period of the invoice as well, or a file with one bill."
        )
    status = BillStatus.OPEN if facts.is_preview else BillStatus.ISSUED
    named = meant[0].model_copy(update={"provider_invoice_id": hints.provider_invoice_id, "status": status})
    return [named if head is meant[0] else _without_id(head, bill) for head, bill in zip(heads, bills, strict=True)]


def _without_id(head: BillHead, bill: ReadBill) -> BillHead:
    if bill.rows[0].invoice_id is not None:
        return head
    message = (
        "The rows have no invoice id, so the bill counts as not invoiced yet and is not payable. If the invoice is "
        "there, give its id with the file."
    )
    return head.model_copy(update={"problems": (*head.problems, Problem(code="invoice_id_missing", message=message))})


def _refuse_two_currencies(heads: list[BillHead], bills: list[ReadBill]) -> None:
    found: dict[tuple[str, str], str] = {}
    for head, bill in zip(heads, bills, strict=True):
        if bill.rows[0].invoice_id is None:
            continue
        currency = found.setdefault((bill.rows[0].numbered_by, head.provider_invoice_id), head.currency)
        if currency != head.currency:
            raise UnreadableFile(
                f"The invoice {head.provider_invoice_id} of {head.issuer} has lines in {currency} and in "
                f"{head.currency}. A bill has one currency; correct the file, or export the invoices one by one."
            )


def _distinct(heads: list[BillHead]) -> list[BillHead]:
    """Give a bill the name of its issuer as provider where another issuer of the provider uses the same id."""
    issuers: dict[tuple[str, str], set[str]] = {}
    for head in heads:
        issuers.setdefault((head.provider, head.provider_invoice_id), set()).add(head.issuer)
    return [
        head
        if len(issuers[head.provider, head.provider_invoice_id]) == 1
        else head.model_copy(update={"provider": in_key(head.issuer)})
        for head in heads
    ]


def _sum_problems(bill: ReadBill, facts: FileFacts) -> list[Problem]:
    """Compare the sums, once they are rounded, with the total and the tax that the file states."""
    currency = bill.rows[0].currency
    compared = (
        ("stated_total_differs", "total", facts.stated_total, EXACT.add(bill.net, bill.tax)),
        ("stated_tax_differs", "tax", facts.stated_tax, bill.tax),
    )
    return [
        Problem(
            code=code,
            message=f"The lines have a {what} of {found:f} {currency}, but {stated:f} is stated. Fetch the file again, "
            "or ask the vendor.",
            value=f"{stated:f}",
            contradicts_total=True,
        )
        for code, what, stated, found in compared
        if stated is not None and minor_units(stated, currency) != minor_units(found, currency)
    ]


def _status_problems(bill: ReadBill) -> list[Problem]:
    statuses = sorted({row.status.value for row in bill.rows})
    if len(statuses) == 1:
        return []
    message = f"The lines of the invoice have several statuses ({', '.join(statuses)}). Export the invoice again."
    return [Problem(code="several_statuses", message=message, column="InvoiceIssueStatus", contradicts_total=True)]


def _hint_problems(bill: ReadBill, hints: FileHints) -> list[Problem]:
    first = bill.rows[0]
    problems = []
    if hints.currency is not None and hints.currency != first.currency:
        message = f"The file has {first.currency}, but {hints.currency} was given. Check which one is right."
        problems.append(Problem(code="currency_differs", message=message, column="currency", contradicts_total=True))
    return problems
