"""How values are written in a document: money, dates, hours, rows and amounts in words, in Russian and English."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from markupsafe import Markup
from num2words import num2words

from activities.documents.legal_names import legal_name, tax_name
from models.documents.rows import Caption, Row
from models.documents.wording import CAPTIONS, FACTOR_NOTE, INCLUDED_NOTE, STANDARD_NOTE, TIER_NOTES
from models.values.money import MINOR_UNITS, Currency, round_amount
from models.values.period import Period

NBSP = "\u00a0"

# Numbers and dates are those of the document's language; English dates are day first, so that 3 March is never April.
LOCALES = {"ru": "ru_RU", "en": "en_GB"}

# Forms by CLDR plural category: one сум, two сума, five сумов.
_NOUNS: dict[str, dict[Currency, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "ru": {
        Currency.UZS: (("сум", "сума", "сумов"), ("тийин", "тийина", "тийинов")),
        Currency.USD: (("доллар США", "доллара США", "долларов США"), ("цент", "цента", "центов")),
        Currency.EUR: (("евро", "евро", "евро"), ("цент", "цента", "центов")),
        Currency.MYR: (("ринггит", "ринггита", "ринггитов"), ("сен", "сена", "сенов")),
    },
    "en": {
        Currency.UZS: (("Uzbek sum", "Uzbek sums"), ("tiyin", "tiyins")),
        Currency.USD: (("US dollar", "US dollars"), ("cent", "cents")),
        Currency.EUR: (("euro", "euros"), ("cent", "cents")),
        Currency.MYR: (("Malaysian ringgit", "Malaysian ringgit"), ("sen", "sen")),
    },
}
_FORMS = {"ru": {"one": 0, "few": 1, "many": 2}, "en": {"one": 0, "other": 1}}

# As written after a number in running Russian text; English documents use the ISO code, which no reader mistakes.
_SHORT_RU = {Currency.UZS: "сум", Currency.USD: "долл. США", Currency.EUR: "евро", Currency.MYR: "ринггитов"}


def number(value: Decimal, language: str, decimals: int = 2) -> str:
    """`15 825 000,00` with no-break spaces, or `15,825,000.00`."""
    pattern = "#,##0." + "0" * decimals
    return format_decimal(value, format=pattern, locale=LOCALES[language], decimal_quantization=False).replace(
        "\u202f", NBSP
    )


def amount(value: Decimal, currency: Currency, language: str) -> str:
    return number(round_amount(value, currency), language, MINOR_UNITS[currency])


def money(value: Decimal, currency: Currency, language: str) -> str:
    """`15 825 000,00 сум`, or `USD 5,000.00`: an amount that stands alone says what it is in."""
    text = amount(value, currency, language)
    return f"{text}{NBSP}{_SHORT_RU[currency]}" if language == "ru" else f"{currency.value}{NBSP}{text}"


def currency_name(currency: Currency, language: str) -> str:
    """For the head of a column of amounts."""
    return _SHORT_RU[currency] if language == "ru" else currency.value


def factor(value: Decimal, language: str) -> str:
    """A multiplier with one decimal at least: `1,5`, `1.25`."""
    return format_decimal(value, format="0.0##", locale=LOCALES[language])


def quantity(value: Decimal, language: str) -> str:
    """A count of things: `1`, `2.5`."""
    return format_decimal(value, format="#,##0.##", locale=LOCALES[language])


def percent(rate: Decimal, language: str) -> str:
    text = format_decimal(rate * 100, format="0.##", locale=LOCALES[language])
    return f"{text}{NBSP}%" if language == "ru" else f"{text}%"


def in_words(value: Decimal, currency: Currency, language: str) -> str:
    """`Сто двадцать один сум 05 тийинов`: the whole in words, the minor unit in figures, as banks write it."""
    exact = round_amount(value, currency)
    scale = 10 ** MINOR_UNITS[currency]
    whole, minor = divmod(int(abs(exact) * scale), scale)
    main, part = _NOUNS[language][currency]
    words = num2words(whole, lang=language)
    sign = {"ru": "минус ", "en": "minus "}[language] if exact < 0 else ""
    joint = " and " if language == "en" else " "
    text = f"{sign}{words} {_form(whole, main, language)}{joint}{minor:02d}{NBSP}{_form(minor, part, language)}"
    return text[0].upper() + text[1:]


def _form(count: int, forms: tuple[str, ...], language: str) -> str:
    return forms[_FORMS[language][Locale(language).plural_form(count)]]


def long_date(day: date, language: str) -> str:
    """`28 февраля 2026 г.`, `28 February 2026`."""
    pattern = "d MMMM y 'г'." if language == "ru" else "d MMMM y"
    return format_date(day, pattern, locale=LOCALES[language]).replace(" ", NBSP)


def date_range(period: Period, language: str) -> str:
    """`1–28 February 2026`; both dates in full where the months differ."""
    if (period.start.year, period.start.month) == (period.end.year, period.end.month):
        return f"{period.start.day}–{long_date(period.end, language)}"
    return f"{long_date(period.start, language)} – {long_date(period.end, language)}"


def period_title(period: Period, language: str) -> str:
    """`февраль 2026 г.`, `February 2026`; a part of a month as a range."""
    if not period.is_month:
        return date_range(period, language)
    pattern = "LLLL y 'г'." if language == "ru" else "LLLL y"
    return format_date(period.start, pattern, locale=LOCALES[language]).replace(" ", NBSP)


def days_worked(days: tuple[date, ...], language: str) -> str:
    """`02.02.2026`, or from the first to the last: `02.02–13.02.2026`, `2 Feb – 13 Feb 2026`."""
    short, full, dash = ("dd.MM", "dd.MM.y", "–") if language == "ru" else ("d MMM", "d MMM y", " – ")
    locale = LOCALES[language]
    first, last = min(days), max(days)
    end = format_date(last, full, locale=locale)
    if first == last:
        return end.replace(" ", NBSP)
    start = format_date(first, short if first.year == last.year else full, locale=locale)
    return f"{start}{dash}{end}".replace(" ", NBSP)


def row_name(row: Row, contract: str, period: Period, language: str) -> str:
    """What a row is called, on the page and in Didox alike."""
    if row.caption is Caption.GIVEN:
        return row.description.strip()
    pattern = CAPTIONS[language][row.caption]
    return pattern.format(contract=contract, period=period_title(period, language)).strip()


def row_notes(row: Row, language: str) -> list[str]:
    """What is said about a row beside its name: included hours, when the work was done, and its factor."""
    notes = []
    if row.standard_hours:
        notes.append(STANDARD_NOTE[language])
    if row.included_hours is not None:
        notes.append(INCLUDED_NOTE[language].format(quantity(row.included_hours, language)))
    if row.tier is not None:
        notes.append(TIER_NOTES[language][row.tier])
    if row.multiplier is not None:
        notes.append(FACTOR_NOTE[language].format(factor(row.multiplier, language)))
    return notes


def css_string(text: str) -> Markup:
    """A CSS string literal: a number or a name inside `content:` cannot end the rule or the style element."""
    safe = re.sub(r"[\\\"'<>&\n\r\f]", lambda found: f"\\{ord(found.group()):x} ", text)
    return Markup(f'"{safe}"')  # noqa: S704 - what could leave the literal or the style element is escaped above


FILTERS: dict[str, Callable[..., str | list[str]]] = {
    "number": number,
    "amount": amount,
    "money": money,
    "currency_name": currency_name,
    "factor": factor,
    "quantity": quantity,
    "percent": percent,
    "in_words": in_words,
    "long_date": long_date,
    "date_range": date_range,
    "period_title": period_title,
    "days_worked": days_worked,
    "legal_name": legal_name,
    "tax_name": tax_name,
    "row_name": row_name,
    "row_notes": row_notes,
    "css_string": css_string,
}
