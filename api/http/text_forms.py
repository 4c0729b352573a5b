"""What the patterns of text fields ask for, in words for a bookkeeper."""

from collections.abc import Mapping
from typing import Final

_CODE = "capital letters, digits and _"
_KEY = "letters, digits, dots, dashes and _"
_DAY_AT_END = "must be a key as the list shows it, which ends with a day such as 2026-02-28"

# The patterns that pydantic checks, as they stand at the fields.
FORMS: Final[Mapping[str, str]] = {
    r"^[A-Z0-9_]{2,20}$": f"must be 2 to 20 characters of {_CODE}",
    r"^[A-Z0-9_]{1,40}$": f"must be 1 to 40 characters of {_CODE}",
    r"^[A-Z0-9_-]{1,40}$": f"must be 1 to 40 characters of {_CODE}, or dashes",
    r"^[A-Za-z0-9_-]{1,40}$": "must be 1 to 40 letters, digits, dashes and _",
    r"^[A-Za-z0-9:_-]{1,128}$": "must be 1 to 128 letters, digits, dashes, colons and _",
    r"^[A-Za-z0-9._-]+$": f"may contain only {_KEY}",
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$": f"must begin with a letter or a digit and may contain only {_KEY}",
    r"^[A-Za-z0-9][A-Za-z0-9._@-]*$": f"must begin with a letter or a digit and may contain only {_KEY}, or @",
    r"^([0-9]{17})?$": "must have 17 digits, or be empty",
    r"^[0-9]{0,20}$": "may contain only digits, at most 20",
    r"^([0-9]{4}(-(0[1-9]|1[0-2]))?)?$": "must be a year such as 2026, a month such as 2026-02, or empty",
    r"^[0-9+() .-]*$": "may contain only digits, blanks and + ( ) . -",
    r"^(https?://[^\s\x00-\x1f\x7f]+)?$": "must be an address that begins with https:// or http://, or empty",
    r"^[^\x00-\x1f\x7f<>;]+$": "may not contain < > ; nor control characters",
    r"^[^\x00-\x1f\x7f,]+$": "may not contain a comma nor control characters",
    r"^[^\x00-\x1f\x7f]+$": "may not contain control characters",
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*$": f"must begin with a letter or a digit and may contain only {_KEY}",
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$": f"must begin with a letter or a digit; at most 60 {_KEY}",
    r"^[0-9a-f-]{36}$": "must be an id such as 5f1d3c9e-2d0c-4b44-9f0a-7f4f5a1c0b9e",
    r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$": "must be an id such as 5f1d3c9e-2d0c-4b44-9f0a-7f4f5a1c0b9e",
    r"^[0-9a-f]{64}$": "must be a SHA-256 of 64 characters, digits and a to f",
    r"^-?[0-9]{1,15}(\.[0-9]{1,12})?$": "must be a number such as 7.90",
    r"^[0-9a-f]{32}$": "must be an id of 32 characters, digits and a to f",
    r"^[0-9A-Fa-f]{32}$": "must be an id of 32 characters, digits and a to f",
    r"^([0-9A-Fa-f]{2})+$": "must be pairs of hexadecimal digits",
    r"^we_[0-9a-f]{32}$": "must be an id such as we_5f1d3c9e2d0c4b449f0a7f4f5a1c0b9e",
    r"^[A-Za-z0-9+/]+={0,2}$": "must be Base64",
    r"^[A-Za-z0-9+/_-]*={0,2}$": "must be Base64",
    r"^[A-Za-z0-9_.-]*$": "must be the cursor of an answer, unchanged",
    r"^[A-Za-z0-9_=-]*$": "must be the cursor of an answer, unchanged",
    r"^L[1-9][0-9]{0,4}$": "must be the id of a line, such as L1",
    r"^[a-z_]+$": "may contain only small letters and _",
    r"^20[0-9]{2}-(0[1-9]|1[0-2])$": "must be a month such as 2026-02",
    r"^[!-~]([ -~]{0,148}[!-~])?$": "must be 1 to 150 printable ASCII characters without a blank at either end",
}


def form_in_words(pattern: str) -> str:
    """Return what a text of this pattern must look like."""
    if pattern in FORMS:
        return FORMS[pattern]
    return _DAY_AT_END if pattern.endswith("20[0-9]{2}-[0-9]{2}-[0-9]{2}$") else f"must match the pattern {pattern}"
