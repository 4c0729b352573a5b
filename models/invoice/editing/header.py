"""Edits of a draft's header: dates, parties, agreement, texts, toggles, channel and recipients."""

from datetime import date, timedelta
from typing import Any

from models.invoice.commands import Edit
from models.invoice.content.basis import ClientType, ServiceBasis
from models.invoice.content.content import Content
from models.invoice.editing.inputs import CustomerChanges
from models.invoice.errors import InvalidChange
from models.issuer.issuer import Party
from models.values.email_address import is_recorded_address
from models.values.period import YEARS

_PLAIN_FIELDS = (
    "invoice_date",
    "payment_days",
    "legal_text",
    "recipients",
    "cc",
    "bcc",
    "channel",
)
_CONTRACT_FIELDS = ("application_name", "agreement_number", "agreement_date")
LONGEST_TERMS = 365
TIN_LENGTHS = {9: "a company", 14: "a person"}


def apply_header_changes(content: Content, edit: Edit) -> Content:
    """Return the content with the header fields of the edit. Raises InvalidChange."""
    updates: dict[str, Any] = {name: value for name in _PLAIN_FIELDS if (value := getattr(edit, name)) is not None}
    updates |= _terms(content, edit)
    if edit.html_override is not None:
        updates["html_override"] = edit.html_override or None
    if edit.reminder_days is not None:
        updates["reminder_days"] = tuple(sorted(set(edit.reminder_days)))
    if edit.toggles is not None:
        updates["toggles"] = content.toggles.model_copy(update=edit.toggles.model_dump(exclude_none=True))
    if edit.customer is not None:
        updates["customer"] = _customer(content, edit.customer)
    for name in ("recipients", "cc", "bcc"):
        for address in getattr(edit, name) or ():
            if not is_recorded_address(address):
                raise InvalidChange(f"{name}: {address!r} is not an e-mail address such as name@company.uz.")
    return content.model_copy(update=updates).with_service(**_contract(content, edit))


def contract_basis(content: Content, field: str) -> ServiceBasis:
    """Return the contract's basis, which `field` belongs to. Raises InvalidChange if the invoice has no contract."""
    if isinstance(content.basis, ServiceBasis):
        return content.basis
    raise InvalidChange(f"{field}: a {content.basis.kind} invoice has no contract, so this cannot be changed.")


def _contract(content: Content, edit: Edit) -> dict[str, Any]:
    updates = {name: value for name in _CONTRACT_FIELDS if (value := getattr(edit, name)) is not None}
    for name in updates:
        contract_basis(content, name)
    if edit.agreement_number == "":
        updates["agreement_number"] = None
        updates.setdefault("agreement_date", None)
    return updates


def _terms(content: Content, edit: Edit) -> dict[str, Any]:
    for name in ("invoice_date", "agreement_date"):
        _check_year(name, getattr(edit, name))
    if edit.due_date is None:
        return {}
    if edit.payment_days is not None:
        raise InvalidChange("due_date: give the due date or the payment days, not both.")
    issued = edit.invoice_date or content.invoice_date
    days = (edit.due_date - issued) // timedelta(days=1)
    if days < 0:
        raise InvalidChange(f"due_date: {edit.due_date} is before the invoice date, {issued}.")
    if days > LONGEST_TERMS:
        raise InvalidChange(f"due_date: {edit.due_date} is more than a year after the invoice date, {issued}.")
    return {"payment_days": days}


def _check_year(name: str, day: date | None) -> None:
    if day is not None and day.year not in YEARS:
        raise InvalidChange(f"{name}: {day} is outside the years {YEARS[0]} to {YEARS[-1]}.")


def _customer(content: Content, given: CustomerChanges) -> Party:
    tin = given.tin
    fits = tin is not None and tin.isascii() and tin.isdecimal() and len(tin) in TIN_LENGTHS
    basis = content.basis
    is_local = isinstance(basis, ServiceBasis) and basis.client_type is ClientType.LOCAL
    if tin and is_local and not fits:
        lengths = " or ".join(f"{length} digits for {owner}" for length, owner in TIN_LENGTHS.items())
        raise InvalidChange(f"customer: a tax number (TIN) has {lengths}; {tin!r} does not fit.")
    return content.customer.model_copy(update=given.model_dump(exclude_none=True))
