"""The warnings that a person must confirm with a command (docs/specification/lifecycle.md 5.1, 8.2).

The request names the codes of the warnings that it confirms; without them it is refused with all that are missing. The
audit trail keeps the confirmed codes, so a code that has been released must not change.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum

from models.invoice.commands import Finalize
from models.invoice.content.basis import Overlap, ServiceBasis
from models.invoice.content.content import Content
from models.invoice.errors import InvalidChange, NeedsConfirmation
from models.invoice.invoice import Invoice
from models.values.base_models import Frozen
from models.values.period import local_day


class WarningCode(StrEnum):
    DAYS_INVOICED = "DaysInvoiced"
    DUE_DATE_PASSED = "DueDatePassed"
    OUTSIDE_CONTRACT = "OutsideContract"
    PAYMENT_BOOKED = "PaymentBooked"


class WarningToConfirm(Frozen):
    """A warning with the code by which a person confirms it."""

    code: WarningCode
    message: str


def warnings_to_confirm(invoice: Invoice, command: Finalize, now: datetime) -> tuple[WarningToConfirm, ...]:
    """Return the warnings that must be confirmed before the draft can be finalised."""
    basis = invoice.content.basis
    overlaps = basis.overlaps if isinstance(basis, ServiceBasis) else ()
    found = [WarningToConfirm(code=WarningCode.DAYS_INVOICED, message=overlap_message(each)) for each in overlaps]
    passed = due_date_warning(invoice, command, now)
    return (*found, passed) if passed else tuple(found)


def due_date_warning(invoice: Invoice, command: Finalize, now: datetime) -> WarningToConfirm | None:
    """Return the warning that the invoice would be overdue when it is issued.

    The payment terms of a partner invoice start later, on the day of the upload.
    """
    content, due = invoice.content, invoice.due_date_by_terms()
    if not isinstance(content.basis, ServiceBasis) or command.issue_today:
        return None
    if due >= local_day(now, content.issuer.zone):
        return None
    return WarningToConfirm(
        code=WarningCode.DUE_DATE_PASSED,
        message=f"The due date {due} has passed: the invoice is dated {content.invoice_date} and payable in "
        f"{content.payment_days} days. To date it today, send issue_today.",
    )


def draft_warnings(content: Content) -> tuple[WarningToConfirm, ...]:
    """Return the warnings that must be confirmed before a new draft is made."""
    basis = content.basis
    reason = basis.outside_contract if isinstance(basis, ServiceBasis) else None
    return (WarningToConfirm(code=WarningCode.OUTSIDE_CONTRACT, message=reason),) if reason else ()


def overlap_message(overlap: Overlap) -> str:
    """Return the warning about days that another invoice bills."""
    days = overlap.days
    when = f"{days.start} is" if days.start == days.end else f"{days.start} to {days.end} are"
    return (
        f"{when} billed by another invoice of this contract already: {overlap.invoice} (id {overlap.invoice_id}). A "
        "base amount is charged for the whole period; check that these days are not charged twice."
    )


def check_codes(codes: Collection[str]) -> None:
    """Raise InvalidChange if one of the codes does not exist."""
    if unknown := sorted(set(codes) - set(WarningCode)):
        known = ", ".join(WarningCode)
        raise InvalidChange(f"confirmed_warnings: there is no warning {', '.join(unknown)}; the codes are {known}.")


def check_confirmed(
    warnings: Iterable[WarningToConfirm], codes: Collection[str], wish: str, allowed: tuple[str, ...] = ()
) -> None:
    """Raise NeedsConfirmation if the codes leave out a warning, and InvalidChange if one of them does not exist.

    `wish` is what the person wants to do.
    """
    check_codes(codes)
    missing = [each for each in warnings if each.code not in codes]
    if missing:
        texts = " ".join(f"[{each.code}] {each.message}" for each in missing)
        raise NeedsConfirmation(
            f"{texts} To {wish} nevertheless, repeat the request with these codes in confirmed_warnings.",
            allowed,
            tuple(each.model_dump(mode="json") for each in missing),
        )


def confirmed(warnings: Iterable[WarningToConfirm], codes: Collection[str]) -> dict[str, str]:
    """Return the codes that were confirmed and have a warning, as a detail of the audit event."""
    found = sorted({each.code for each in warnings} & set(codes))
    return {"confirmed_warnings": ", ".join(found)} if found else {}
