"""The formats of money, amounts in words, dates and names in both languages."""

from datetime import date
from decimal import Decimal

import pytest

from activities.documents.formatting import (
    amount,
    css_string,
    date_range,
    days_worked,
    factor,
    in_words,
    long_date,
    money,
    percent,
    period_title,
)
from activities.documents.legal_names import legal_name, tax_name
from models.issuer.issuer import Party
from models.values.money import Currency
from models.values.period import Period

UZS, USD, EUR = Currency.UZS, Currency.USD, Currency.EUR
IN_WORDS = (UZS, USD, EUR, Currency.MYR, Currency.RUB, Currency.KZT)


def plain(text: str) -> str:
    """Return the text with plain spaces in place of no-break spaces."""
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "currency", "language", "written"),
    [
        ("15825000", UZS, "ru", "15 825 000,00 сум"),
        ("-325000", UZS, "ru", "-325 000,00 сум"),
        ("5000", USD, "en", "USD 5,000.00"),
        ("15825000", UZS, "en", "UZS 15,825,000.00"),
        ("0.5", EUR, "ru", "0,50 евро"),
        ("670.01", Currency.RUB, "ru", "670,01 руб."),
        ("3350", Currency.KZT, "ru", "3 350,00 тенге"),
        ("1000", Currency.JPY, "en", "JPY 1,000"),
        ("1000", Currency.JPY, "ru", "1 000 JPY"),
        ("8.275", Currency.KWD, "en", "KWD 8.275"),
        ("1234567.5", Currency.KWD, "ru", "1 234 567,500 KWD"),
    ],
)
def test_money(value: str, currency: Currency, language: str, written: str) -> None:
    assert plain(money(Decimal(value), currency, language)) == written


def test_amounts_do_not_break_over_lines() -> None:
    assert " " not in amount(Decimal("15825000"), UZS, "ru")
    assert " " not in money(Decimal("5000"), USD, "en")


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        ("15825000.00", UZS, "Пятнадцать миллионов восемьсот двадцать пять тысяч сумов 00 тийинов"),
        ("1.01", UZS, "Один сум 01 тийин"),
        ("2.02", UZS, "Два сума 02 тийина"),
        ("5.05", UZS, "Пять сумов 05 тийинов"),
        ("11.11", UZS, "Одиннадцать сумов 11 тийинов"),
        ("21.21", UZS, "Двадцать один сум 21 тийин"),
        ("112.12", UZS, "Сто двенадцать сумов 12 тийинов"),
        ("1000.00", UZS, "Одна тысяча сумов 00 тийинов"),
        ("2000.04", UZS, "Две тысячи сумов 04 тийина"),
        ("0.00", UZS, "Ноль сумов 00 тийинов"),
        ("1000000001.00", UZS, "Один миллиард один сум 00 тийинов"),
        ("3.01", USD, "Три доллара США 01 цент"),
        ("1.02", USD, "Один доллар США 02 цента"),
        ("25.00", USD, "Двадцать пять долларов США 00 центов"),
        ("1.05", EUR, "Один евро 05 центов"),
        ("44.23", EUR, "Сорок четыре евро 23 цента"),
        ("21.01", Currency.RUB, "Двадцать один российский рубль 01 копейка"),
        ("3.22", Currency.RUB, "Три российских рубля 22 копейки"),
        ("5.05", Currency.KZT, "Пять тенге 05 тиынов"),
    ],
)
def test_russian_words(value: str, currency: Currency, written: str) -> None:
    assert plain(in_words(Decimal(value), currency, "ru") or "") == written


@pytest.mark.parametrize("currency", [each for each in Currency if each not in IN_WORDS])
def test_a_currency_without_words_has_none(currency: Currency) -> None:
    for language in ("ru", "en"):
        assert in_words(Decimal("1158.5"), currency, language) is None
        assert currency.value in money(Decimal("1158.5"), currency, language)


def test_english_words() -> None:
    assert plain(in_words(Decimal("1158.50"), USD, "en") or "") == (
        "One thousand, one hundred and fifty-eight US dollars and 50 cents"
    )
    assert plain(in_words(Decimal("1.01"), EUR, "en") or "") == "One euro and 01 cent"


def test_dates() -> None:
    assert plain(long_date(date(2026, 3, 2), "ru")) == "2 марта 2026 г."
    assert plain(long_date(date(2026, 3, 2), "en")) == "2 March 2026"
    february = Period.month(2026, 2)
    assert plain(date_range(february, "ru")) == "1–28 февраля 2026 г."
    assert plain(date_range(february, "en")) == "1–28 February 2026"
    both = Period(start=date(2025, 12, 15), end=date(2026, 1, 14))
    assert plain(date_range(both, "en")) == "15 December 2025 – 14 January 2026"
    assert plain(period_title(february, "ru")) == "февраль 2026 г."
    assert plain(period_title(february, "en")) == "February 2026"


def test_days_worked() -> None:
    one, more = (date(2026, 2, 3),), (date(2026, 2, 3), date(2026, 2, 9), date(2026, 2, 12))
    assert days_worked(one, "ru") == "03.02.2026"
    assert days_worked(more, "ru") == "03.02–12.02.2026"
    assert plain(days_worked(more, "en")) == "3 Feb – 12 Feb 2026"
    assert plain(days_worked((date(2025, 12, 30), date(2026, 1, 2)), "en")) == "30 Dec 2025 – 2 Jan 2026"


@pytest.mark.parametrize(
    ("name", "company_type", "russian", "english"),
    [
        ("Acme Corp", "LLC", "ООО «Acme Corp»", "Acme Corp LLC"),
        ("Ромашка", "АО", "АО «Ромашка»", "Ромашка JSC"),
        ("«Ромашка»", "ООО", "ООО «Ромашка»", "«Ромашка» LLC"),
        ("ООО «Ромашка»", "LLC", "ООО «Ромашка»", "ООО «Ромашка»"),
        ("Acme Corp, LLC", "LLC", "Acme Corp, LLC", "Acme Corp, LLC"),
        ("Northwind", "GmbH", "GmbH «Northwind»", "Northwind GmbH"),
        ("Brightwater Analytics Inc.", "Inc.", "Brightwater Analytics Inc.", "Brightwater Analytics Inc."),
        ("Brightwater Analytics, INC", "Inc.", "Brightwater Analytics, INC", "Brightwater Analytics, INC"),
        ("Harbor Shipping Limited", "Ltd.", "Harbor Shipping Limited", "Harbor Shipping Limited"),
        ("Harbor L.L.C.", "LLC", "Harbor L.L.C.", "Harbor L.L.C."),
        ("Kowalski sp. z o.o.", "Sp. z o. o.", "Kowalski sp. z o.o.", "Kowalski sp. z o.o."),
        ("Müller GmbH & Co. KG", "GmbH & Co KG", "Müller GmbH & Co. KG", "Müller GmbH & Co. KG"),
        ('ООО "Ромашка"', "ООО", 'ООО "Ромашка"', 'ООО "Ромашка"'),
        ("ооо «Ромашка»", "LLC", "ооо «Ромашка»", "ооо «Ромашка»"),
        ("«Ромашка» МЧЖ", "LLC", "«Ромашка» МЧЖ", "«Ромашка» МЧЖ"),
        ("“Oltin Vodiy” MChJ", "ООО", "“Oltin Vodiy” MChJ", "“Oltin Vodiy” MChJ"),
        ("«Oqtepa Savdo» AJ", "JSC", "«Oqtepa Savdo» AJ", "«Oqtepa Savdo» AJ"),
        ('"Ромашка"', "ООО", 'ООО "Ромашка"', '"Ромашка" LLC'),
        ("Ромашка ООО (филиал)", "ООО", "Ромашка ООО (филиал)", "Ромашка ООО (филиал)"),
        ("Ромашка ООО (филиал)", "LLC", "Ромашка ООО (филиал)", "Ромашка ООО (филиал)"),
        # A word that resembles the company type is not the company type.
        ("Trade As You Go", "AS", "AS «Trade As You Go»", "Trade As You Go AS"),
        ("Incorporate", "Inc.", "Inc. «Incorporate»", "Incorporate Inc."),
        ("Ромашка", "-", "Ромашка", "Ромашка"),
        ("Acme", "", "Acme", "Acme"),
    ],
)
def test_legal_names(name: str, company_type: str, russian: str, english: str) -> None:
    party = Party(name=name, company_type=company_type)
    assert legal_name(party, "ru") == russian
    assert legal_name(party, "en") == english


def test_factors_taxes_and_rates() -> None:
    assert factor(Decimal("1.50"), "ru") == "1,5"
    assert factor(Decimal("1.25"), "en") == "1.25"
    assert plain(percent(Decimal("0.12"), "ru")) == "12 %"
    assert tax_name("VAT", "ru") == "НДС"
    assert tax_name("НДС", "en") == "VAT"
    assert tax_name("Turnover", "ru") == "Turnover"


def test_a_css_string_cannot_be_ended() -> None:
    assert css_string('A-1"; } </style>\\') == '"A-1\\22 ; } \\3c /style\\3e \\5c "'


@pytest.mark.parametrize(
    ("name", "company_type"),
    [
        ("Общество с ограниченной ответственностью «Ромашка»", "LLC"),
        ("ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ «РОМАШКА»", "ООО"),
        ("«Ромашка» масъулияти чекланган жамияти", "LLC"),
        ("Mas'uliyati cheklangan jamiyat «Romashka»", "LLC"),
        ("«Romashka» mas\u02bbuliyati cheklangan jamiyati", "MChJ"),
        ("Romashka Mas\u2019uliyati Cheklangan Jamiyati, Samarqand filiali", "LLC"),
        ("Romashka Limited Liability Company", "LLC"),
        ("Акционерное общество «Ромашка»", "АО"),
        ("Публичное акционерное общество «Ромашка»", "JSC"),
        ("ПАО «Ромашка»", "JSC"),
        ("«Romashka» aksiyadorlik jamiyati", "JSC"),
        ("Romashka Joint-Stock Company", "JSC"),
        ("Частное предприятие «Ромашка»", "PE"),
        ("«Ромашка» хусусий корхонаси", "ЧП"),
        ("Индивидуальный предприниматель Каримова Д. Б.", "ИП"),
        ("Yakka tartibdagi tadbirkor Karimova D. B.", "IE"),
        ("Товарищество с ограниченной ответственностью «Алма»", "ТОО"),
        ("Northwind Trading Gesellschaft mit beschränkter Haftung", "GmbH"),
        ("Acme Sendirian Berhad", "Sdn. Bhd."),
        ("Acme LLC", "Limited Liability Company"),
        ("ООО «Ромашка»", "Общество с ограниченной ответственностью"),
    ],
)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_company_type_in_full_is_not_printed_twice(name: str, company_type: str, language: str) -> None:
    """The document, the act in Didox and the letters all take the name from here."""
    assert legal_name(Party(name=name, company_type=company_type), language) == name


@pytest.mark.parametrize(
    ("name", "company_type", "printed"),
    [
        ("Ограниченная ответственность", "LLC", "ООО «Ограниченная ответственность»"),
        ("Общество охотников", "LLC", "ООО «Общество охотников»"),
        ("Private Jets", "PE", "ЧП «Private Jets»"),
    ],
)
def test_a_part_of_a_company_type_is_a_name(name: str, company_type: str, printed: str) -> None:
    assert legal_name(Party(name=name, company_type=company_type), "ru") == printed
