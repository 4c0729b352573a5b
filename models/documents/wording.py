"""The words of a document in its own language: names of rows, what is noted beside them, and the closing clause.

One table for the printed page and for the act in Didox: the client signs there what was approved here. How a number or
a month is written is no business of this module; it goes into the braces.
"""

from models.contracts.rate_rule import Tier
from models.documents.rows import Caption
from models.invoice.content.basis import ClientType, ServiceBasis
from models.invoice.content.content import Content

# A row under `Caption.GIVEN` is called as its own description says.
CAPTIONS: dict[str, dict[Caption, str]] = {
    "ru": {
        Caption.SUPPORT: "Ежемесячное сопровождение — {period}",
        Caption.FIXED: "{contract} — {period}",
        Caption.OVERTIME: "Часы сверх месячного лимита",
        Caption.STANDARD_HOURS: "Стандартные часы",
        Caption.OVERTIME_HOURS: "Сверхурочные часы",
        Caption.CRITICAL_HOURS: "Критические инциденты",
        Caption.CRITICAL_WITHIN: "в том числе критические инциденты",
    },
    "en": {
        Caption.SUPPORT: "Monthly support — {period}",
        Caption.FIXED: "{contract} — {period}",
        Caption.OVERTIME: "Hours above the monthly limit",
        Caption.STANDARD_HOURS: "Standard hours",
        Caption.OVERTIME_HOURS: "Overtime hours",
        Caption.CRITICAL_HOURS: "Critical incidents",
        Caption.CRITICAL_WITHIN: "of which critical incidents",
    },
}

STANDARD_NOTE = {"ru": "стандартные часы", "en": "standard hours"}
INCLUDED_NOTE = {"ru": "включено до {} ч в месяц", "en": "includes up to {} hours a month"}
FACTOR_NOTE = {"ru": "коэффициент {}", "en": "factor {}"}
TIER_NOTES: dict[str, dict[Tier, str]] = {
    "ru": {
        Tier.STANDARD: "стандартное время",
        Tier.OVERTIME: "сверхурочно",
        Tier.OFF_HOURS: "вне рабочего времени",
        Tier.CRITICAL: "критический инцидент",
        Tier.CRITICAL_OFF_HOURS: "критический инцидент вне рабочего времени",
    },
    "en": {
        Tier.STANDARD: "standard time",
        Tier.OVERTIME: "overtime",
        Tier.OFF_HOURS: "outside business hours",
        Tier.CRITICAL: "critical incident",
        Tier.CRITICAL_OFF_HOURS: "critical incident outside business hours",
    },
}
HOUR = {"ru": "ч", "en": "h"}

# What an act says where nothing else was agreed; an invoice says nothing then. A draft takes it over, so it is frozen
# with the invoice. Older ones, and those whose text a person cleared, print it from here: to change it is to change
# documents that were issued (see TEMPLATE_VERSION in models/invoice/content/content.py).
STANDARD_CLAUSES = {
    ClientType.LOCAL: (
        "Услуги оказаны в полном объёме и в установленный срок. Заказчик претензий по объёму, качеству и срокам "
        "оказания услуг не имеет. Акт составлен в двух экземплярах, имеющих равную юридическую силу, по одному для "
        "каждой из сторон."
    ),
    ClientType.INTERNATIONAL: "",
}


def legal_text_or_default(text: str, client_type: ClientType | None) -> str:
    """The text that was agreed, or the standard clause of a service invoice."""
    return text.strip() or (STANDARD_CLAUSES[client_type] if client_type else "")


def legal_text(content: Content) -> str:
    """The text above the signatures."""
    basis = content.basis
    return legal_text_or_default(content.legal_text, basis.client_type if isinstance(basis, ServiceBasis) else None)
