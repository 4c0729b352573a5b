"""The warnings that a person must confirm, here when a draft is finalised (docs/specification/lifecycle.md 5.1).

A command names the codes of the warnings that it confirms; without them it is refused with all that are missing. The
audit trail keeps the confirmed codes, so a code that has been released must not change.
"""

from collections.abc import Sequence
from enum import StrEnum

from models.invoice.commands import Finalize
from models.invoice.content.basis import Overlap, ServiceBasis
from models.invoice.errors import InvalidChange, NeedsConfirmation
from models.invoice.invoice import Invoice
from models.values.base_models import Frozen


class WarningCode(StrEnum):
    DAYS_INVOICED = "DaysInvoiced"


class WarningToConfirm(Frozen):
    """A warning with the code by which a person confirms it."""

    code: str
    message: str


def warnings_to_confirm(invoice: Invoice) -> tuple[WarningToConfirm, ...]:
    """Return the warnings that must be confirmed before the draft can be finalised."""
    basis = invoice.content.basis
    overlaps = basis.overlaps if isinstance(basis, ServiceBasis) else ()
    return tuple(WarningToConfirm(code=WarningCode.DAYS_INVOICED, message=overlap_message(each)) for each in overlaps)


def overlap_message(overlap: Overlap) -> str:
    """Return the warning about days that another invoice bills."""
    days = overlap.days
    when = f"{days.start} is" if days.start == days.end else f"{days.start} to {days.end} are"
    return (
        f"{when} billed by another invoice of this contract already: {overlap.invoice} (id {overlap.invoice_id}). A "
        "base amount is charged for the whole period; check that these days are not charged twice."
    )


def check_confirmed(invoice: Invoice, command: Finalize, allowed: tuple[str, ...]) -> None:
    """Raise NeedsConfirmation if the command leaves out a warning, and InvalidChange if it names an unknown one."""
    require_confirmation(warnings_to_confirm(invoice), command.confirmed_warnings, WarningCode, "finalise", allowed)


def require_confirmation(
    warnings: Sequence[WarningToConfirm],
    confirmed: tuple[str, ...],
    known: type[StrEnum],
    purpose: str,
    allowed: tuple[str, ...],
) -> None:
    """Raise NeedsConfirmation if a warning is not confirmed, and InvalidChange if an unknown code is."""
    if unknown := sorted(set(confirmed) - set(known)):
        codes = ", ".join(known)
        raise InvalidChange(f"confirmed_warnings: there is no warning {', '.join(unknown)}; the codes are {codes}.")
    missing = [each for each in warnings if each.code not in confirmed]
    if missing:
        texts = " ".join(f"[{each.code}] {each.message}" for each in missing)
        raise NeedsConfirmation(
            f"{texts} To {purpose} nevertheless, repeat the command with these codes in confirmed_warnings.",
            allowed,
            tuple(each.model_dump(mode="json") for each in missing),
        )


def confirmed_codes(warnings: Sequence[WarningToConfirm], confirmed: tuple[str, ...]) -> dict[str, str]:
    """Return the details of the audit event: the codes that were confirmed, without those of no warning."""
    codes = {each.code for each in warnings} & set(confirmed)
    return {"confirmed_warnings": ", ".join(sorted(codes))} if codes else {}
