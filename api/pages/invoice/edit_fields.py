"""The fields of a draft that its edit form shows, and the body of the API that the changed ones make.

The form states what each field was when it was opened. Only what differs from that is sent, so two people who change
different fields do not undo each other's work.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from api.pages.forms.fields import Control, FormField, value_of
from api.pages.languages import N_
from api.pages.words import CHANNELS
from models.invoice.content.basis import ServiceBasis
from models.invoice.invoice import Invoice
from models.invoice.status import Kind
from models.values.money import format_multiplier, plain
from models.values.typed_amounts import NotAnAmount, typed_amount

NEW_LINES = 3
LONGEST_WAS = 1_000_000
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
_LISTS = frozenset({"recipients", "cc", "bcc", "reminder_days"})
_WHOLE = frozenset({"payment_days"})
_SERVICE_ONLY = frozenset({"application_name", "agreement_number", "agreement_date", "channel", "overtime_hours"})

HEADER = (
    FormField("invoice_date", N_("Invoice date"), Control.DAY),
    FormField("payment_days", N_("Payment days")),
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
LINE_FIELDS: Mapping[str, Control] = MappingProxyType(
    {
        "description": Control.TEXT,
        "quantity": Control.AMOUNT,
        "unit_price": Control.AMOUNT,
        "rate_multiplier": Control.AMOUNT,
        "billed": Control.CHECK,
    }
)
LINE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "description": N_("Description"),
        "quantity": N_("Quantity"),
        "unit_price": N_("Price"),
        "rate_multiplier": N_("Multiplier"),
        "billed": N_("Billed"),
        "remove": N_("Remove"),
    }
)


def groups(invoice: Invoice) -> dict[str, tuple[FormField, ...]]:
    """Return the fields for this kind of invoice, by the parts of the form."""
    is_service = invoice.kind is Kind.SERVICE
    found = {"header": HEADER, "amounts": AMOUNTS, "customer": CUSTOMER, "toggles": TOGGLES, "texts": TEXTS}
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
    for line in content.lines:
        found |= {
            f"line.{line.id}.description": line.description,
            f"line.{line.id}.quantity": format(line.quantity.normalize(), "f"),
            f"line.{line.id}.unit_price": plain(line.unit_price),
            f"line.{line.id}.rate_multiplier": format_multiplier(line.rate_multiplier),
            f"line.{line.id}.billed": _flag(line.billed),
        }
    return found


def controls(names: Mapping[str, Any]) -> dict[str, Control]:
    """Return the control of each field by its name."""
    known = {field.name: field.control for part in (HEADER, AMOUNTS, CUSTOMER, TOGGLES, TEXTS) for field in part}
    for name in names:
        if name.startswith(("line.", "new.")):
            known[name] = LINE_FIELDS.get(name.rsplit(".", 1)[1], Control.CHECK)
    return known


def changed(yours: Mapping[str, str], was: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that differ from what they were. Amounts differ as numbers, not as texts."""
    known = controls({**yours, **was})
    return {
        name: text
        for name, text in yours.items()
        if name in known and not _same(known[name], text, was.get(name, _unset(name)))
    }


def read_was(text: str) -> dict[str, str]:
    """Return what the fields were, as the form states it. Raise ValueError when it is not from a form of ours."""
    if len(text) > LONGEST_WAS:
        raise ValueError("too long")
    found = json.loads(text)
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError("no texts by names")
    return found


def body_values(changes: Mapping[str, str], zone: ZoneInfo) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of the API's body for the changed fields, and a message at each that cannot be read."""
    body: dict[str, Any] = {}
    lines: dict[str, dict[str, Any]] = {}
    errors: dict[str, str] = {}
    known = controls(changes)
    for name, text in changes.items():
        try:
            value = _value(name, known[name], text, zone)
        except ValueError as error:
            errors[name] = str(error)
            continue
        first, _, rest = name.partition(".")
        if first in ("line", "new"):
            key, _, field = rest.rpartition(".")
            lines.setdefault(f"{first}.{key}", {})[field] = value
        elif rest:
            body.setdefault(first, {})[rest] = value
        else:
            body[name] = value
    if found := [change for key, fields in lines.items() if (change := _line_change(key, fields))]:
        body["line_changes"] = found
    return body, errors


def _value(name: str, control: Control, text: str, zone: ZoneInfo) -> Any:
    if name in _LISTS:
        parts = [part.strip() for part in text.replace(";", ",").replace("\n", ",").split(",") if part.strip()]
        return [int(part) for part in parts] if name == "reminder_days" else parts
    if name in _WHOLE:
        if not text.lstrip("-").isdecimal():
            raise ValueError("must be a whole number")
        return int(text)
    if name == "total_amount" and not text:
        return AUTO
    if control in (Control.AMOUNT, Control.DAY) and not text:
        raise ValueError("must not be empty")
    if name.endswith((".quantity", ".rate_multiplier")):
        return format(typed_amount(text), "f")
    return value_of(control, text, zone)


def _line_change(key: str, fields: Mapping[str, Any]) -> dict[str, Any] | None:
    kind, _, line_id = key.partition(".")
    if kind == "new":
        return {"op": "add", "line": dict(fields)} if fields.get("description") else None
    if fields.get("remove"):
        return {"op": "remove", "id": line_id}
    given = {name: value for name, value in fields.items() if name != "remove"}
    return {"op": "change", "id": line_id, **given} if given else None


def _same(control: Control, text: str, was: str) -> bool:
    if text.replace("\r\n", "\n").strip() == was.replace("\r\n", "\n").strip():
        return True
    if control is not Control.AMOUNT or not text or not was:
        return False
    try:
        return typed_amount(text) == typed_amount(was)
    except NotAnAmount:
        return False


def _unset(name: str) -> str:
    """Return what a field of a new line, or the mark to remove one, is before anybody has touched it."""
    unset = {"billed": "true", "remove": "false"}
    return unset.get(name.rsplit(".", 1)[1], "") if name.startswith(("line.", "new.")) else ""


def _flag(value: bool) -> str:
    return "true" if value else "false"
