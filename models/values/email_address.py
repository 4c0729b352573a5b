"""E-mail addresses: the check of typed ones, and the reading of a contact cell that may hold several.

The part before the @ must be ASCII, because few mail servers accept another. The domain may be written in any script
and becomes its ASCII form (IDNA). Whether the domain exists is not asked.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, NamedTuple

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, ValidationInfo

from models.values.typed_values import is_recorded

MAX_LENGTH = 254
_ATOM = r"[^\s@,;:<>()\[\]\\\"]+"
_RECORDED = re.compile(rf"(?!\.)(?!.*\.\.)(?!.*\.@){_ATOM}@[^\W_](?:[\w-]*\.)+[\w-]*[^\W\d_]{{2,}}")
_TOP_DOMAIN = re.compile(r".*\.[a-z0-9-]*[a-z]{2}", re.IGNORECASE)
_TOKENS = re.compile(r'"[^"\r\n]*"|[,;\r\n]|[^",;\r\n]+|"')
_SEPARATORS = {",", ";", "\r", "\n"}
_BRACKETED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_LINK = "mailto:"

# Mail servers of companies do have domains such as company.local, which the library takes for typing errors.
SPECIAL_USE_DOMAIN_NAMES.clear()


class Recipients(NamedTuple):
    """The addresses of a cell, each once, and the parts of it that are no addresses."""

    addresses: tuple[str, ...]
    left_out: tuple[str, ...]


def ascii_address(text: str) -> str | None:
    """Return the address with its domain in ASCII; None when the text is not one e-mail address."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        found = validate_email(
            text, check_deliverability=False, allow_smtputf8=False, globally_deliverable=False, strict=True
        )
    except EmailNotValidError:
        return None
    address = found.ascii_email
    return address if address and _TOP_DOMAIN.fullmatch(address) else None


def is_recorded_address(text: str) -> bool:
    """Return whether a command in a history may have this address.

    The rule must never change, because a history replays with it. New commands are checked by `EmailAddress`.
    """
    return len(text) <= MAX_LENGTH and text.isascii() and _RECORDED.fullmatch(text) is not None


def recipients_in(cell: str) -> Recipients:
    """Return the addresses of a cell such as `"Karimova, N." <n@acme.uz>; mailto:ap@acme.uz` and what is left out.

    A name in front of an address in brackets is not left out: it belongs to the address.
    """
    addresses: list[str] = []
    left_out: list[str] = []
    names: list[str] = []  # parts without an address, which the next part may continue: Karimova, Nodira <n@acme.uz>
    for part in _parts(cell):
        bracketed = _BRACKETED.fullmatch(part)
        if bracketed and "@" not in bracketed["name"]:
            names.clear()
            _sort(bracketed["address"].strip(), addresses, left_out)
        elif "@" not in part:
            names += [part] if part else []
        else:
            left_out += names
            names.clear()
            for word in part.split():
                _sort(word.strip("<>"), addresses, left_out)
    return Recipients(tuple(dict.fromkeys(addresses)), tuple(dict.fromkeys(left_out + names)))


def _parts(cell: str) -> Iterator[str]:
    """Return the parts between commas, semicolons and line ends; those inside quotation marks separate nothing."""
    for is_separator, tokens in groupby(_TOKENS.findall(cell), _SEPARATORS.__contains__):
        if not is_separator:
            yield "".join(tokens).strip()


def _sort(text: str, addresses: list[str], left_out: list[str]) -> None:
    is_link = text[: len(_LINK)].lower() == _LINK
    plain = text[len(_LINK) :].partition("?")[0] if is_link else text
    # A link may encode characters (`%2B`); such an address is left to a person.
    found = None if is_link and "%" in plain else ascii_address(plain)
    if found:
        addresses.append(found)
    else:
        left_out.append(text)


def _checked(text: str, info: ValidationInfo) -> str:
    if is_recorded(info):
        return text
    found = ascii_address(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not an e-mail address such as name@company.uz")
    return found


EmailAddress = Annotated[str, AfterValidator(_checked), Field(json_schema_extra={"format": "email"})]
