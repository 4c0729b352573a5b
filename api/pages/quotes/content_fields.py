"""The fields of a new quote and of the edit of a draft, and how what was typed becomes the body of the API."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from api.pages.forms.fields import Control, FormField, read, value_of
from api.pages.languages import N_
from models.quotes.content.content import QuoteContent
from models.quotes.content.discount import QuoteDiscount
from models.quotes.content.lines import QuoteLine
from models.values.money import plain

LANGUAGES = {"en": N_("English"), "ru": N_("Russian")}
NEW_LINES = 3
MOST_ROWS = 500

TERMS: tuple[FormField, ...] = (
    FormField("title", N_("Title"), is_required=True, longest=300),
    FormField("valid_until", N_("Valid until"), Control.DAY, hint=N_("Empty: 30 days from today")),
    FormField("payment_days", N_("Days to pay"), Control.WHOLE),
    FormField("language", N_("Language of the document"), Control.SELECT, options=LANGUAGES),
    FormField("introduction", N_("Introduction"), Control.AREA, longest=20_000),
    FormField("terms", N_("Terms"), Control.AREA, longest=20_000),
)
DISCOUNT: tuple[FormField, ...] = (
    FormField("discount.percent", N_("Discount, per cent"), Control.AMOUNT, hint=N_("Of the lines with a fixed price")),
    FormField("discount.amount", N_("or discount, amount"), Control.AMOUNT),
    FormField("discount.label", N_("Reason, as the client reads it"), hint=N_("Empty: no discount"), longest=200),
)
CUSTOMER: tuple[FormField, ...] = (
    FormField("application_key", N_("Contract key"), hint=N_("Its client gets the offer"), longest=50),
    FormField("customer.name", N_("or the name of a new client"), longest=300),
    FormField("customer.address", N_("Address"), longest=500),
    FormField("customer.tin", N_("Tax number"), longest=30),
    FormField("customer.country", N_("Country"), longest=60),
    FormField("contact", N_("For whose attention"), longest=200),
)
LETTER: tuple[FormField, ...] = (
    FormField("recipients", N_("Recipients"), hint=N_("E-mail addresses, with commas between them"), longest=2000),
    FormField("cc", N_("Copy to"), longest=2000),
    FormField("reminder_days", N_("Reminders, days before the end"), hint=N_("Such as 7, 1"), longest=60),
)
ONLY_NEW: tuple[FormField, ...] = (
    FormField("currency", N_("Currency"), is_required=True, longest=3),
    FormField("taxed", N_("With the tax of the company"), Control.CHECK),
    FormField("prices_include_tax", N_("Prices include the tax"), Control.CHECK),
    FormField("calculation_id", N_("Lines of a saved calculation"), Control.SELECT, has_own_words=True),
    FormField("scenario", N_("Scenario, if it has several"), longest=100),
    FormField("invoice_id", N_("or lines of an earlier invoice, by its id"), longest=36),
)
LINE_FIELDS: tuple[FormField, ...] = (
    FormField("description", N_("Description"), longest=1000),
    FormField("quantity", N_("Quantity"), Control.AMOUNT),
    FormField("unit", N_("Unit of measure"), longest=20),
    FormField("unit_price", N_("Price"), Control.AMOUNT),
    FormField("discount_percent", N_("Discount"), Control.AMOUNT),
    FormField("times", N_("Times"), Control.WHOLE),
    FormField("optional", N_("Optional"), Control.CHECK),
)
_LISTS = ("recipients", "cc", "reminder_days")


def texts_of(content: QuoteContent) -> dict[str, str]:
    """Return the fields of the form with what the draft says."""
    customer = content.customer
    return {
        "title": content.title,
        "valid_until": content.valid_until.isoformat(),
        "payment_days": str(content.payment_days),
        "language": content.language,
        "introduction": content.introduction,
        "terms": content.terms,
        "application_key": content.application_key or "",
        "customer.name": "" if content.application_key else customer.name,
        "customer.address": "" if content.application_key else customer.address,
        "customer.tin": "" if content.application_key else customer.tin,
        "customer.country": "" if content.application_key else customer.country,
        "contact": content.contact,
        **_discount_texts(content.discount),
        "recipients": ", ".join(content.recipients),
        "cc": ", ".join(content.cc),
        "reminder_days": ", ".join(map(str, content.reminder_days)),
    }


def _discount_texts(discount: QuoteDiscount | None) -> dict[str, str]:
    if discount is None:
        return {}
    return {
        "discount.percent": plain(discount.percent) if discount.percent is not None else "",
        "discount.amount": plain(discount.amount) if discount.amount is not None else "",
        "discount.label": discount.label,
    }


def rows_of(lines: Sequence[QuoteLine]) -> list[dict[str, str]]:
    """Return the rows of the form for the lines. One that was computed keeps its prices, so only its words change."""
    return [
        {
            "id": line.id,
            "kept": "true" if line.source is not None else "",
            "description": line.description,
            "quantity": plain(line.quantity),
            "unit": line.unit,
            "unit_price": plain(line.unit_price),
            "discount_percent": plain(line.discount_percent),
            "times": str(line.times),
            "optional": "true" if line.optional else "false",
            "total": plain(line.total),
        }
        for line in lines
    ]


def typed_rows(posted: FormData) -> list[dict[str, str]]:
    """Return the rows as they were typed, without those that are empty or marked as removed."""
    names = ("id", "kept", "remove", *(field.name for field in LINE_FIELDS))
    found = []
    for n in range(MOST_ROWS):
        given = {name: posted.getlist(f"lines.{n}.{name}") for name in names}
        if not any(given.values()):
            break
        row = {name: str(each[-1]).strip() for name, each in given.items() if each}
        if row.get("remove") != "true" and (row.get("id") or row.get("description") or row.get("unit_price")):
            found.append(row)
    return found


def lines_of(rows: Sequence[Mapping[str, str]], zone: ZoneInfo) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the lines of the body, and a message for each cell that cannot be read."""
    lines: list[dict[str, Any]] = []
    errors: dict[str, str] = {}
    for n, row in enumerate(rows):
        is_kept = row.get("kept") == "true"
        line: dict[str, Any] = {"kind": "kept" if is_kept else "typed"}
        if row.get("id"):
            line["id"] = row["id"]
        for field in LINE_FIELDS:
            text = row.get(field.name, "")
            if not text or (is_kept and field.name not in ("description", "optional")):
                continue
            try:
                line[field.name] = value_of(field.control, text, zone)
            except ValueError as error:
                errors[f"lines.{n}.{field.name}"] = str(error)
        lines.append(line)
    return lines, errors


def values_of(
    fields: tuple[FormField, ...], posted: FormData, zone: ZoneInfo
) -> tuple[dict[str, str], dict[str, Any], dict[str, str]]:
    """Return the texts, the values of the body and the messages at the fields."""
    typed = read(fields, posted, zone)
    values: dict[str, Any] = {}
    errors = dict(typed.errors)
    for name, value in typed.values.items():
        outer, _, inner = name.partition(".")
        if inner:
            values.setdefault(outer, {})[inner] = value
        elif name in _LISTS:
            values[name] = [each.strip() for each in str(value).split(",") if each.strip()]
        else:
            values[name] = value
    if "reminder_days" in values:
        days = values["reminder_days"]
        if all(each.isdecimal() for each in days):
            values["reminder_days"] = [int(each) for each in days]
        else:
            errors["reminder_days"] = "must be whole numbers with commas between them, such as 7, 1"
    return dict(typed.texts), values, errors
