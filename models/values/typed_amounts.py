"""Amounts as people type or paste them: with a comma or a point, spaces of all kinds, a currency code, parentheses.

A text that can mean two amounts is refused with both readings, and nothing is guessed.
"""

import re
from decimal import Decimal

from models.values.currencies import Currency
from models.values.money import plain
from models.values.typed_values import plain_number, two_readings

LONGEST_AMOUNT = 60

_MINUSES = "−‒–﹣－"
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’ʼ`]+")
_CODE = re.compile(rf"^(?:{'|'.join(Currency)})(?![A-Za-z])|(?<![A-Za-z])(?:{'|'.join(Currency)})$", re.IGNORECASE)


class NotAnAmount(ValueError):
    """The text is no amount, or it can mean two. The message says what would be right."""


def typed_amount(text: str) -> Decimal:
    """Return the amount that the text means. Raise NotAnAmount."""
    readings = amount_readings(text)
    if len(readings) == 1:
        return readings[0]
    shown = text.strip()[:LONGEST_AMOUNT]
    if readings:
        both = " or ".join(map(plain, readings))
        raise NotAnAmount(f"{shown} can mean {both}; write it as one of them")
    raise NotAnAmount(f"{shown} is not an amount; write it like 15825000.00 or 15 825 000,00")


def amount_readings(text: str) -> tuple[Decimal, ...]:
    """Return the amounts that the text can mean: none, one, or the two of `12.345`."""
    if len(text) > LONGEST_AMOUNT:
        return ()
    bare = _SPACES.sub(" ", text).strip()
    bare = _CODE.sub("", bare).strip()
    negative = bare.startswith("(") and bare.endswith(")")
    if negative:
        bare = bare[1:-1].strip()
    if bare[:1] in ("-", *_MINUSES):
        negative, bare = not negative, bare[1:].strip()
    if not bare[:1].isdecimal() or not bare.isascii():
        return ()
    both = two_readings(bare)
    plain = None if both else plain_number(bare)
    texts = both or (() if plain is None else (plain,))
    return tuple(-Decimal(each) if negative else Decimal(each) for each in texts)
