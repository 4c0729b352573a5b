"""Amounts as vendors write them: signs, currency symbols, separators of thousands, exponents. Never a float.

See docs/specification/bills.md 4.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

# What PostgreSQL, the sums and a reader can bear: a cost has neither a hundred digits nor a value of 1E+99.
MOST_DIGITS = 60
LARGEST_EXPONENT = 40

SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
"""The currency that a symbol stands for where a file names none; the vendors concerned bill in no other dollar."""

_BLANKS = re.compile(r"[\s\u00a0\u202f\u2009]+")
_SYMBOL = re.compile(r"[$€£¥₹]|(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
_PLAIN = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
_EXPONENT = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE]([+-]?[0-9]{1,9})")
_GROUPED = {
    ".": re.compile(r"[0-9]{1,3}(?:[,'’][0-9]{3})+(\.[0-9]+)?"),
    ",": re.compile(r"[0-9]{1,3}(?:[.'’][0-9]{3})+(,[0-9]+)?"),
}
_SHOWS_COMMA = re.compile(r"[0-9.'’]*,[0-9]+")
_SHOWS_POINT = re.compile(r"[0-9,'’]*\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_COMMA = re.compile(r"[0-9]+(,[0-9]+)?")


class DecimalMark(StrEnum):
    """The sign between whole units and decimals."""

    POINT = "."
    COMMA = ","


def exact_amount(text: str, mark: DecimalMark = DecimalMark.POINT) -> Decimal:
    """Return the amount with all its decimals: `-$5.00`, `$-5.00`, `($5.00)` and `5.00-` are all -5.00.

    Raises ValueError, whose message says why the text is no amount.
    """
    rest, negative = _without_sign(_SYMBOL.sub("", _BLANKS.sub("", text.replace("−", "-")), count=1))
    value = _unsigned(rest, mark)
    if len(value.as_tuple().digits) > MOST_DIGITS or abs(value.adjusted()) > LARGEST_EXPONENT:
        raise ValueError("it is too long for an amount of money")
    return -value if negative and value else value.copy_abs()


def plain_text(amount: Decimal) -> str:
    """Return the amount without an exponent and with all decimals that it has: 1.2E-7 is `0.00000012`."""
    return f"{amount:f}"


def marked_by(amounts: Iterable[str]) -> DecimalMark | None:
    """Return the decimal mark that one of the texts shows; None if all have several readings, as `1,234` has."""
    for text in amounts:
        bare = _SYMBOL.sub("", _BLANKS.sub("", text)).strip("()-+−")
        if _SHOWS_COMMA.fullmatch(bare) and not _GROUPED["."].fullmatch(bare):
            return DecimalMark.COMMA
        if _SHOWS_POINT.fullmatch(bare) and not _GROUPED[","].fullmatch(bare):
            return DecimalMark.POINT
    return None


def _without_sign(text: str) -> tuple[str, bool]:
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].removeprefix("-"), True
    if text.endswith("-"):
        return text[:-1], True
    return text.removeprefix("-").removeprefix("+"), text.startswith("-")


def _unsigned(text: str, mark: DecimalMark) -> Decimal:
    if not text:
        raise ValueError("it is empty")
    if found := _EXPONENT.fullmatch(text):
        if abs(int(found[2])) > LARGEST_EXPONENT:
            raise ValueError("it is too long for an amount of money")
        return Decimal(text)
    if mark is DecimalMark.POINT and _PLAIN.fullmatch(text):
        return Decimal(text)
    if mark is DecimalMark.COMMA and _COMMA.fullmatch(text):
        return Decimal(text.replace(",", "."))
    if _GROUPED[mark].fullmatch(text):
        other = "," if mark is DecimalMark.POINT else "."
        return Decimal(re.sub(f"[{re.escape(other)}'’]", "", text).replace(",", "."))
    raise ValueError(f"it is no number with the decimal mark {mark}")
