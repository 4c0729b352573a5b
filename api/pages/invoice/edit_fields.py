"""The fields of a draft that its edit form shows, beside its lines, and their values.

Every field of the API's edit is there; `html_override` has a page of its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.pages.forms.fields import Control, FormField
from api.pages.invoice.edit_lines import LINE_FIELDS, ORDER, line_values
from api.pages.languages import N_
from api.pages.words import CHANNELS
from models.invoice.content.basis import ServiceBasis
from models.invoice.invoice import Invoice
from models.invoice.status import Kind
from models.values.money import plain

AUTO = "auto"

_PARTY = {
    "name": N_("Company"),
    "company_type": N_("Legal form"),
    "tin": N_("Tax number"),
    "address": N_("Address"),
    "account_number": N_("Account"),
    "bank_name": N_("Bank"),
    "mfo": N_("MFO"),
    "swift_bic": "SWIFT/BIC",
    "signer": N_("Signer"),
    "country": N_("Country"),
}
_TOGGLES = {
    "show_task_list": N_("Show the list of tasks"),
    "show_tracked_time": N_("Show the tracked time"),
    "show_task_pricing": N_("Show the prices of tasks"),
    "show_overtime": N_("Show overtime"),
}
LISTS = frozenset({"recipients", "cc", "bcc", "reminder_days"})
WHOLE = frozenset({"payment_days", "code.measure_id"})
_SERVICE_ONLY = frozenset({"application_name", "agreement_number", "agreement_date", "channel", "overtime_hours"})

HEADER = (
    FormField("invoice_date", N_("Invoice date"), Control.DAY),
    FormField("payment_days", N_("Payment days")),
    FormField("due_date", N_("Due date"), Control.DAY, hint=N_("Instead of the payment days, which follow from it")),
    FormField("application_name", N_("Contract"), longest=300),
    FormField("agreement_number", N_("Agreement number"), longest=100),
    FormField("agreement_date", N_("Agreement date"), Control.DAY),
    FormField("channel", N_("Channel"), Control.SELECT, options=CHANNELS),
    FormField("recipients", N_("Recipients"), hint=N_("Separated by commas")),
    FormField("cc", N_("Copies to"), hint=N_("Separated by commas")),
    FormField("bcc", N_("Hidden copies to"), hint=N_("Separated by commas")),
    FormField("reminder_days", N_("Reminders, days after the due date"), hint=N_("Separated by commas")),
)
AMOUNTS = (
    FormField("base_amount", N_("Base amount"), Control.AMOUNT),
    FormField("overtime_hours", N_("Overtime hours"), Control.AMOUNT),
    FormField("overtime_amount", N_("Overtime amount"), Control.AMOUNT),
    FormField("total_amount", N_("Total"), Control.AMOUNT, hint=N_("Empty: computed from the lines")),
)
CUSTOMER = tuple(FormField(f"customer.{name}", label, longest=1000) for name, label in _PARTY.items())
TOGGLES = tuple(FormField(f"toggles.{name}", label, Control.CHECK) for name, label in _TOGGLES.items())
TEXTS = (FormField("legal_text", N_("Legal text"), Control.AREA, longest=20_000),)
CODE = (
    FormField(
        "code.line",
        N_("Line"),
        Control.SELECT,
        hint=N_("One line at a time; all fields empty: the code of the contract"),
    ),
    FormField("code.ikpu", N_("IKPU"), hint=N_("17 digits, as in the catalogue"), longest=17),
    FormField("code.ikpu_name", N_("Name of the code"), longest=500),
    FormField("code.package_code", N_("Package"), longest=20),
    FormField("code.package_name", N_("Name of the package"), longest=200),
    FormField("code.measure_id", N_("Unit of measure"), hint=N_("Id in Didox, for a service without IKPU"), longest=12),
)


def code_fields(invoice: Invoice) -> tuple[FormField, ...]:
    """Return the fields for the code of one line, with the lines to choose from."""
    lines = {line.id: _option(n, line.description) for n, line in enumerate(invoice.content.lines, 1)}
    return (replace(CODE[0], options=lines), *CODE[1:])


def groups(invoice: Invoice) -> dict[str, tuple[FormField, ...]]:
    """Return the fields for this kind of invoice, by the parts of the form."""
    is_service = invoice.kind is Kind.SERVICE
    found = {"header": HEADER, "amounts": AMOUNTS, "customer": CUSTOMER, "toggles": TOGGLES, "texts": TEXTS}
    if is_service:
        found["codes"] = code_fields(invoice)
    return {
        name: tuple(field for field in fields if is_service or field.name not in _SERVICE_ONLY)
        for name, fields in found.items()
    }


def values_of(invoice: Invoice) -> dict[str, str]:
    """Return the value of each field as the form shows it."""
    content, totals = invoice.content, invoice.content.totals
    found = {
        "invoice_date": content.invoice_date.isoformat(),
        "payment_days": str(content.payment_days),
        "due_date": invoice.due_date_by_terms().isoformat(),
        "recipients": ", ".join(content.recipients),
        "cc": ", ".join(content.cc),
        "bcc": ", ".join(content.bcc),
        "reminder_days": ", ".join(map(str, content.reminder_days)),
        "legal_text": content.legal_text,
        "base_amount": plain(totals.base_amount),
        "overtime_amount": plain(totals.overtime_amount),
        "total_amount": plain(totals.total_amount),
    }
    if isinstance(content.basis, ServiceBasis):
        found |= {
            "channel": content.channel.value,
            "application_name": content.basis.application_name,
            "agreement_number": content.basis.agreement_number or "",
            "agreement_date": content.basis.agreement_date.isoformat() if content.basis.agreement_date else "",
            "overtime_hours": plain(totals.overtime_hours),
        }
    found |= {f"customer.{name}": getattr(content.customer, name) for name in _PARTY}
    found |= {f"toggles.{name}": _flag(getattr(content.toggles, name)) for name in _TOGGLES}
    return {**found, **dict(line_values(content.lines))}


def controls(names: Mapping[str, Any]) -> dict[str, Control]:
    """Return the control of each field by its name."""
    known = {field.name: field.control for part in (HEADER, AMOUNTS, CUSTOMER, TOGGLES, TEXTS, CODE) for field in part}
    for name in names:
        if name.startswith(("line.", "new.")) and (control := LINE_FIELDS.get(name.rsplit(".", 1)[1])):
            known[name] = control
    return {**known, ORDER: Control.HIDDEN}


def _option(number: int, description: str) -> str:
    return f"{number}. {description[:80]}".replace("%", "%%")  # the template passes it through gettext


def _flag(value: bool) -> str:
    return "true" if value else "false"
