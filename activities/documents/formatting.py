"""The formats of values in a document: money, dates, hours, rows and amounts in words, in Russian and English."""

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
from models.documents.wording import (
    CAPTIONS,
    FACTOR_NOTE,
    INCLUDED_NOTE,
    QUOTE_LINE_NOTE,
    QUOTE_NOTE,
    QUOTE_OPTION_NOTE,
    STANDARD_NOTE,
    TIER_NOTES,
)
from models.invoice.content.line_descriptions import cloud_subject
from models.values.money import MINOR_UNITS, Currency, round_amount
from models.values.period import Period

NBSP = "\u00a0"

# Numbers and dates follow the language of the document. English dates have the day first.
LOCALES = {"ru": "ru_RU", "en": "en_GB"}

# The forms by CLDR plural category: 1 сум, 2 сума, 5 сумов. An amount in another currency has no words.
_NOUNS: dict[str, dict[Currency, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "ru": {
        Currency.UZS: (("сум", "сума", "сумов"), ("тийин", "тийина", "тийинов")),
        Currency.USD: (("доллар США", "доллара США", "долларов США"), ("цент", "цента", "центов")),
        Currency.EUR: (("евро", "евро", "евро"), ("цент", "цента", "центов")),
        Currency.MYR: (("ринггит", "ринггита", "ринггитов"), ("сен", "сена", "сенов")),
        Currency.RUB: (("российский рубль", "российских рубля", "российских рублей"), ("копейка", "копейки", "копеек")),
        Currency.KZT: (("тенге", "тенге", "тенге"), ("тиын", "тиына", "тиынов")),
    },
    "en": {
        Currency.UZS: (("Uzbek sum", "Uzbek sums"), ("tiyin", "tiyins")),
        Currency.USD: (("US dollar", "US dollars"), ("cent", "cents")),
        Currency.EUR: (("euro", "euros"), ("cent", "cents")),
        Currency.MYR: (("Malaysian ringgit", "Malaysian ringgit"), ("sen", "sen")),
        Currency.RUB: (("Russian rouble", "Russian roubles"), ("kopek", "kopeks")),
        Currency.KZT: (("Kazakhstani tenge", "Kazakhstani tenge"), ("tiyn", "tiyn")),
    },
}
_FORMS = {"ru": {"one": 0, "few": 1, "many": 2}, "en": {"one": 0, "other": 1}}

# The form after a number in Russian text; other currencies have their ISO code there, as all have in English documents.
_SHORT_RU = {
    Currency.UZS: "сум",
    Currency.USD: "долл. США",
    Currency.EUR: "евро",
    Currency.MYR: "ринггитов",
    Currency.RUB: "руб.",
    Currency.KZT: "тенге",
}

_LOCAL_SIGNS = {Currency.MYR: "RM"}


def number(value: Decimal, language: str, decimals: int = 2) -> str:
    """Return a number with separators: `15 825 000,00` with no-break spaces, or `15,825,000.00`."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=LOCALES[language], decimal_quantization=False).replace(
        "\u202f", NBSP
    )


def amount(value: Decimal, currency: Currency, language: str) -> str:
    """Return an amount, rounded to the minor unit of the currency, without the currency."""
    return number(round_amount(value, currency), language, MINOR_UNITS[currency])


def money(value: Decimal, currency: Currency, language: str) -> str:
    """Return an amount with its currency: `15 825 000,00 сум`, `USD 5,000.00`."""
    text = amount(value, currency, language)
    name = currency_name(currency, language)
    return f"{text}{NBSP}{name}" if language == "ru" else f"{name}{NBSP}{text}"


def local_money(value: Decimal, currency: Currency, language: str) -> str:
    """Return an amount with the sign that is used in the currency's country: `RM 1,060.00`; else as `money`."""
    sign = _LOCAL_SIGNS.get(currency)
    return f"{sign}{NBSP}{amount(value, currency, language)}" if sign else money(value, currency, language)


def currency_name(currency: Currency, language: str) -> str:
    """Return the name of the currency for the head of a column."""
    return _SHORT_RU.get(currency, currency.value) if language == "ru" else currency.value


def factor(value: Decimal, language: str) -> str:
    """Return a multiplier with at least one decimal: `1,5`, `1.25`."""
    return format_decimal(value, format="0.0##", locale=LOCALES[language])


def quantity(value: Decimal, language: str) -> str:
    """Return a quantity: `1`, `2.5`."""
    return format_decimal(value, format="#,##0.##", locale=LOCALES[language])


def percent(rate: Decimal, language: str) -> str:
    """Return a rate as a percentage: `12 %`, `12.5%`."""
    text = format_decimal(rate * 100, format="0.##", locale=LOCALES[language])
    return f"{text}{NBSP}%" if language == "ru" else f"{text}%"


def in_words(value: Decimal, currency: Currency, language: str) -> str | None:
    """Return an amount in words, the minor unit in figures as banks write it: `Сто двадцать один сум 05 тийинов`.

    Return None if the language has no words for the currency here.
    """
    if currency not in _NOUNS[language]:
        return None
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
    """Return a date: `28 февраля 2026 г.`, `28 February 2026`."""
    pattern = "d MMMM y 'г'." if language == "ru" else "d MMMM y"
    return format_date(day, pattern, locale=LOCALES[language]).replace(" ", NBSP)


def date_range(period: Period, language: str) -> str:
    """Return a range of dates: `1–28 February 2026`, or both dates in full if the months differ."""
    if (period.start.year, period.start.month) == (period.end.year, period.end.month):
        return f"{period.start.day}–{long_date(period.end, language)}"
    return f"{long_date(period.start, language)} – {long_date(period.end, language)}"


def period_title(period: Period, language: str) -> str:
    """Return the name of a month, `февраль 2026 г.`, `February 2026`, or the range of another period."""
    if not period.is_month:
        return date_range(period, language)
    pattern = "LLLL y 'г'." if language == "ru" else "LLLL y"
    return format_date(period.start, pattern, locale=LOCALES[language]).replace(" ", NBSP)


def days_worked(days: tuple[date, ...], language: str) -> str:
    """Return the day, `02.02.2026`, or the first and the last of several: `02.02–13.02.2026`, `2 Feb – 13 Feb 2026`."""
    short, full, dash = ("dd.MM", "dd.MM.y", "–") if language == "ru" else ("d MMM", "d MMM y", " – ")
    locale = LOCALES[language]
    first, last = min(days), max(days)
    end = format_date(last, full, locale=locale)
    if first == last:
        return end.replace(" ", NBSP)
    start = format_date(first, short if first.year == last.year else full, locale=locale)
    return f"{start}{dash}{end}".replace(" ", NBSP)


def row_name(row: Row, contract: str, period: Period, language: str) -> str:
    """Return the name of a row, for the page and for Didox."""
    if row.caption is Caption.GIVEN:
        return row.description.strip()
    pattern = CAPTIONS[language][row.caption]
    subject = cloud_subject(row.description, period) or ""
    return pattern.format(contract=contract, subject=subject, period=period_title(period, language)).strip()


def row_notes(row: Row, language: str) -> list[str]:
    """Return the notes of a row: standard or included hours, the time of the work, and its multiplier."""
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


def quote_note(row: Row, language: str) -> str:
    """Return the line of the quote from which the row comes, as the quote's document numbers it; empty for others."""
    if row.quoted is None:
        return ""
    number, place = row.quoted.quote.number, row.quoted.place
    if place is None:
        return QUOTE_NOTE[language].format(number)
    return (QUOTE_OPTION_NOTE if place.is_option else QUOTE_LINE_NOTE)[language].format(number, place.number)


def css_string(text: str) -> Markup:
    """Return a CSS string literal whose text cannot end the CSS rule or the style element."""
    safe = re.sub(r"[\\\"'<>&\n\r\f]", lambda found: f"\\{ord(found.group()):x} ", text)
    return Markup(f'"{safe}"')  # noqa: S704 - the characters that could end the literal or the style element are escaped above


FILTERS: dict[str, Callable[..., str | list[str] | None]] = {
    "number": number,
    "amount": amount,
    "money": money,
    "local_money": local_money,
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
    "quote_note": quote_note,
    "css_string": css_string,
}
