"""Types of text fields that several domains share, and the characters that no text may hold."""

import re
from typing import Annotated

from pydantic import BeforeValidator

# Control characters but tab and line ends; the controls that turn the direction of the text around; non-characters.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef"
    + "".join(chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000))
    + "]"
)


# The same without the non-characters above U+FFFF, which a regular expression of JavaScript cannot exclude.
_PRINTABLE = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
_PRINTABLE_LETTER = _PRINTABLE.replace("[^", r"[^\s")


def text_pattern(min_length: int) -> str:
    """Return the pattern of a text that has so many characters after blanks at its ends are stripped."""
    match min_length:
        case 0:
            return f"^{_PRINTABLE}*$"
        case 1:
            return f"^{_PRINTABLE}*{_PRINTABLE_LETTER}{_PRINTABLE}*$"
        case _:
            inner = f"{_PRINTABLE}{{{min_length - 2},}}"
            return f"^{_PRINTABLE}*{_PRINTABLE_LETTER}{inner}{_PRINTABLE_LETTER}{_PRINTABLE}*$"


def unprintable_character(text: str) -> str | None:
    """Return the code of the first character that cannot be printed or turns the text around, such as `U+202E`."""
    found = _UNPRINTABLE.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def printable(text: str) -> str:
    """Return the text without the characters that `unprintable_character` finds."""
    return _UNPRINTABLE.sub("", text)


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


# A text that may be missing; a blank one counts as missing.
OptionalText = Annotated[str | None, BeforeValidator(_none_if_blank)]
