"""The texts of a document in each language: names of rows, notes beside them, and the closing clause.

The printed page and the act in Didox use the same texts, because the client signs in Didox what was approved here
(docs/specification/documents.md 3.2). Numbers and months are formatted by the caller and inserted at the braces.
"""

from models.contracts.rate_rule import Tier
from models.contracts.tax import ClientTax, TaxTreatment
from models.documents.rows import Caption
from models.invoice.content.basis import ClientType, ServiceBasis
from models.invoice.content.content import Content

# A row with `Caption.GIVEN` prints its description instead.
CAPTIONS: dict[str, dict[Caption, str]] = {
    "ru": {
        Caption.SUPPORT: "Ежемесячное сопровождение — {period}",
        Caption.FIXED: "{contract} — {period}",
        Caption.OVERTIME: "Часы сверх месячного лимита",
        Caption.STANDARD_HOURS: "Стандартные часы",
        Caption.OVERTIME_HOURS: "Сверхурочные часы",
        Caption.CRITICAL_HOURS: "Критические инциденты",
        Caption.CRITICAL_WITHIN: "в том числе критические инциденты",
        Caption.CLOUD: "{subject} — {period}",
        Caption.CLOUD_MINIMUM: "Облачные услуги, доплата до согласованного минимума — {period}",
    },
    "en": {
        Caption.SUPPORT: "Monthly support — {period}",
        Caption.FIXED: "{contract} — {period}",
        Caption.OVERTIME: "Hours above the monthly limit",
        Caption.STANDARD_HOURS: "Standard hours",
        Caption.OVERTIME_HOURS: "Overtime hours",
        Caption.CRITICAL_HOURS: "Critical incidents",
        Caption.CRITICAL_WITHIN: "of which critical incidents",
        Caption.CLOUD: "{subject} — {period}",
        Caption.CLOUD_MINIMUM: "Cloud services, up to the agreed minimum — {period}",
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
QUOTE_NOTE = {"ru": "предложение {}", "en": "quote {}"}
QUOTE_LINE_NOTE = {"ru": "предложение {}, строка {}", "en": "quote {}, line {}"}
QUOTE_OPTION_NOTE = {"ru": "предложение {}, дополнение {}", "en": "quote {}, option {}"}
HOUR = {"ru": "ч", "en": "h"}

# The legal text of an act if none was agreed; an invoice then has none. A new draft copies it, so it is frozen with the
# content. Invoices of older releases, and those whose text a person cleared, print it from here: a change of this text
# changes documents that were issued (see TEMPLATE_VERSION in models/invoice/content/content.py).
STANDARD_CLAUSES = {
    ClientType.LOCAL: (
        "Услуги оказаны в полном объёме и в установленный срок. Заказчик претензий по объёму, качеству и срокам "
        "оказания услуг не имеет. Акт составлен в двух экземплярах, имеющих равную юридическую силу, по одному для "
        "каждой из сторон."
    ),
    ClientType.INTERNATIONAL: "",
}


def legal_text_or_default(text: str, client_type: ClientType | None) -> str:
    """Return the agreed text, or the standard clause of a service invoice if it is empty."""
    return text.strip() or (STANDARD_CLAUSES[client_type] if client_type else "")


REVERSE_CHARGES = {
    ClientType.LOCAL: "Обратное начисление: НДС исчисляет и уплачивает заказчик.",
    ClientType.INTERNATIONAL: "Reverse charge: the recipient of the service accounts for the VAT.",
}


def tax_note_or_default(tax: ClientTax, client_type: ClientType) -> str:
    """Return the legal text of an exemption or a reverse charge; the latter has a standard text if none was set."""
    standard = REVERSE_CHARGES[client_type] if tax.treatment is TaxTreatment.REVERSE_CHARGE else ""
    return tax.note.strip() or standard


def legal_text(content: Content) -> str:
    """Return the text above the signatures."""
    basis = content.basis
    return legal_text_or_default(content.legal_text, basis.client_type if isinstance(basis, ServiceBasis) else None)
