"""What a style sheet, or a style attribute, asks a browser to fetch, read by a CSS parser in linear time."""

import re
from collections.abc import Iterator
from typing import Any

import tinycss2

from models.documents.html_override import FONTS, is_self_contained

# Functions whose arguments are addresses in ways that differ between engines, or that run code in old ones.
_FETCHING = frozenset(
    {"src", "image", "image-set", "-webkit-image-set", "cross-fade", "-webkit-cross-fade", "expression"}
)
# Without one of these, or an escape that may spell it, nothing is fetched; most texts need not be parsed.
_SUSPECT = re.compile(r"url|import|src|image|cross-fade|expression|\\", re.IGNORECASE)


def addresses(css: str) -> Iterator[str]:
    """The addresses in `url()`, in the order of the text."""
    for token in _tokens(css) if _SUSPECT.search(css) else ():
        if token.type == "url":
            yield token.value
        elif token.type == "function" and token.lower_name == "url":
            yield "".join(argument.value for argument in token.arguments if argument.type == "string")


def external_reference(css: str) -> str | None:
    """The first thing that would be fetched from outside the page; None: nothing would."""
    if not _SUSPECT.search(css):
        return None
    for token in _tokens(css):
        if found := _outside(token):
            return found
    return None


def _outside(token: Any) -> str | None:
    match token.type:
        case "at-keyword" if token.lower_value == "import":
            return "@import"
        case "error" if token.kind in ("bad-url", "bad-string"):
            return "an address that cannot be read"
        case "function" if token.lower_name in _FETCHING:
            return f"{token.lower_name}()"
        case "function" if token.lower_name == "url":
            return _outside_address("".join(part.value for part in token.arguments if part.type == "string"))
        case "url":
            return _outside_address(token.value)
    return None


def _outside_address(address: str) -> str | None:
    bare = address.strip()
    if bare in FONTS or bare.startswith("#") or is_self_contained("src", bare):
        return None
    return bare or "an empty address"


def _tokens(css: str) -> Iterator[Any]:
    """All tokens in the order of the text, also those inside blocks and functions, without recursion."""
    waiting = tinycss2.parse_component_value_list(css, skip_comments=True)[::-1]
    while waiting:
        token = waiting.pop()
        yield token
        inside = token.arguments if token.type == "function" else getattr(token, "content", None)
        if inside:
            waiting.extend(reversed(inside))
