"""The warnings that a person must confirm when a draft is finalised (docs/specification/lifecycle.md 5.1).

`finalize` names the codes of the warnings that it confirms; without them it is refused with all that are missing. The
audit trail keeps the confirmed codes, so a code that has been released must not change.
"""

from enum import StrEnum

from models.invoice.commands import Finalize
from models.invoice.content.basis import Overlap, ServiceBasis
from models.invoice.errors import InvalidChange, NeedsConfirmation
from models.invoice.invoice import Invoice
from models.values.base_models import Frozen


class WarningCode(StrEnum):
    DAYS_INVOICED = "DaysInvoiced"


class DraftWarning(Frozen):
    """A warning with the code by which a person confirms it."""

    code: WarningCode
    message: str


def warnings_to_confirm(invoice: Invoice) -> tuple[DraftWarning, ...]:
    """Return the warnings that must be confirmed before the draft can be finalised."""
    basis = invoice.content.basis
    overlaps = basis.overlaps if isinstance(basis, ServiceBasis) else ()
    return tuple(DraftWarning(code=WarningCode.DAYS_INVOICED, message=overlap_message(each)) for each in overlaps)


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
    if unknown := sorted(set(command.confirmed_warnings) - set(WarningCode)):
        known = ", ".join(WarningCode)
        raise InvalidChange(f"confirmed_warnings: there is no warning {', '.join(unknown)}; the codes are {known}.")
    missing = [each for each in warnings_to_confirm(invoice) if each.code not in command.confirmed_warnings]
    if missing:
        texts = " ".join(f"[{each.code}] {each.message}" for each in missing)
        raise NeedsConfirmation(
            f"{texts} To finalise nevertheless, repeat the command with these codes in confirmed_warnings.",
            allowed,
            tuple(each.model_dump(mode="json") for each in missing),
        )


def confirmed(invoice: Invoice, command: Finalize) -> str:
    """Return the codes that the command confirms and the draft has, as the audit trail names them."""
    codes = {each.code for each in warnings_to_confirm(invoice)}
    return ", ".join(sorted(codes & set(command.confirmed_warnings)))
