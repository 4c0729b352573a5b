"""The payload of a bill: its lines in minor units, with a rounding line, and why a bill is not pushed.

See docs/specification/bills.md 5.3 and 5.5.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from hashlib import sha256
from typing import Final

from pydantic import ValidationError

from models.bills.bill import Bill, BillStatus
from models.bills.cost_line import ChargeCategory
from models.bills.finance.payload import (
    LONGEST_DESCRIPTION,
    LONGEST_ID,
    LONGEST_KEY,
    LONGEST_NAME,
    ROUNDING_KEY,
    ImportInvoice,
    ImportLine,
    ImportVendor,
)
from models.values.base_models import Frozen
from models.values.currencies import MINOR_UNITS, Currency
from models.values.money import round_amount
from models.values.text import printable

# What the lines of a large bill are summed by: the first that leaves few enough lines.
GROUPINGS: Final[Sequence[tuple[str, ...]]] = (
    ("service", "project", "charge_category"),
    ("service", "charge_category"),
    ("charge_category",),
)
SHOWN_PROBLEMS: Final = 3
LONGEST_NOTE: Final = 1000
_LONGEST_UNIT: Final = 60
_DIGITS: Final = 100  # of exact sums; the usual 28 digits would round them


class PushedLine(Frozen):
    """A line of a bill, or the sum of some, as it is read for the push."""

    line_key: str = ""
    service: str | None = None
    service_category: str | None = None
    description: str = ""
    charge_category: ChargeCategory
    quantity: Decimal | None = None
    unit: str | None = None
    charge_period_start: datetime | None = None
    charge_period_end: datetime | None = None
    amount: Decimal
    project: str | None = None
    resource_id: str | None = None
    line_count: int = 1


class NotPushable(Exception):
    """The bill cannot be sent: its lines are not complete, or a value is out of range."""


def reason_to_hold(bill: Bill) -> str | None:
    """Return why the bill must not be pushed; None if it is payable."""
    match bill.status:
        case BillStatus.OPEN:
            return "The bill is open: month to date, or without an invoice id. Only an issued bill is pushed."
        case BillStatus.VOIDED:
            return "The vendor has voided the bill, so it is not payable."
    if bill.adds_up:
        return None
    wrong = [problem.message for problem in bill.problems if problem.contradicts_total]
    more = f" ({len(wrong) - SHOWN_PROBLEMS} more)" if len(wrong) > SHOWN_PROBLEMS else ""
    return f"The bill does not add up. {' '.join(wrong[:SHOWN_PROBLEMS])}{more}"[:LONGEST_NOTE]


def minor_amount(amount: Decimal, currency: Currency) -> int:
    """Return the amount in minor units, rounded half up."""
    return int(round_amount(amount, currency).scaleb(MINOR_UNITS[currency]))


def bill_payload(bill: Bill, lines: Iterable[PushedLine], summed_by: tuple[str, ...] = ()) -> ImportInvoice:
    """Return the payload of a bill. Raise NotPushable when it cannot be made.

    What the rounded lines lack of the rounded gross is a line of its own.
    """
    taken = list(lines)
    with localcontext(prec=_DIGITS):
        exact = sum((line.amount for line in taken), Decimal(0))
    if exact != bill.totals.gross:
        raise NotPushable(f"The stored lines add up to {exact:f}, but the bill's gross is {bill.totals.gross:f}.")
    try:
        made = [_line(line, bill.currency, bool(summed_by)) for line in taken]
        if residue := bill.totals.gross_minor - sum(line.amount_minor for line in made):
            made.append(_rounding_line(residue))
        return _invoice(bill, made, summed_by)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise NotPushable(f"{field}: {first['msg']}. Finance would not accept the bill.") from error


def _invoice(bill: Bill, lines: Sequence[ImportLine], summed_by: tuple[str, ...]) -> ImportInvoice:
    totals = bill.totals
    return ImportInvoice(
        source=bill.key.provider,
        external_id=bill.key.provider_invoice_id,
        external_number=_text(bill.number, LONGEST_KEY) or None,
        version=bill.version,
        vendor=ImportVendor(name=_text(bill.issuer, LONGEST_NAME) or bill.key.provider),
        period_start=bill.period_start,
        period_end=bill.period_end,
        issued_at=bill.issued_at,
        currency=bill.currency,
        amount_net_minor=totals.net_minor,
        amount_tax_minor=totals.tax_minor,
        amount_gross_minor=totals.gross_minor,
        lines_summed_by=summed_by,
        lines=tuple(lines),
    )


def _line(line: PushedLine, currency: Currency, is_sum: bool) -> ImportLine:
    return ImportLine(
        line_key=_sum_key(line) if is_sum else _key(line.line_key),
        product=_text(line.service, LONGEST_NAME),
        group=_text(line.service_category, LONGEST_NAME),
        description=f"Sum of {line.line_count:,} lines" if is_sum else _text(line.description, LONGEST_DESCRIPTION),
        charge_category=line.charge_category,
        quantity=line.quantity,
        unit=_text(line.unit, _LONGEST_UNIT) or None,
        start=line.charge_period_start,
        end=line.charge_period_end,
        amount=line.amount,
        amount_minor=minor_amount(line.amount, currency),
        project=_text(line.project, LONGEST_NAME) or None,
        resource_id=_text(line.resource_id, LONGEST_ID) or None,
        line_count=line.line_count,
    )


def _rounding_line(residue: int) -> ImportLine:
    return ImportLine(
        line_key=ROUNDING_KEY,
        product="Rounding",
        description="What the rounded lines lack of the rounded total",
        charge_category=ChargeCategory.ADJUSTMENT,
        amount=Decimal(0),
        amount_minor=residue,
    )


def _sum_key(line: PushedLine) -> str:
    parts = (line.service or "", line.project or "", line.charge_category.value)
    return f"sum-{sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"


def _key(key: str) -> str:
    return key if 0 < len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest()


def _text(text: str | None, longest: int) -> str:
    """Return the text without what cannot be printed, cut to its limit."""
    return printable(text or "").strip()[:longest].strip()
