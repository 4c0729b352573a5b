"""The addresses in style sheets and style attributes, read by a CSS parser in linear time."""

import re
from collections.abc import Iterator
from typing import Any

import tinycss2

from models.documents.html_override import FONTS, is_self_contained

# Functions whose arguments are addresses in some engines, or that run code in old ones.
_LOADING = frozenset(
    {"src", "image", "image-set", "-webkit-image-set", "cross-fade", "-webkit-cross-fade", "expression"}
)
# A text without one of these words, or an escape that may stand for a letter of it, loads nothing and is not parsed.
_SUSPECT = re.compile(r"url|import|src|image|cross-fade|expression|\\", re.IGNORECASE)


def addresses(css: str) -> Iterator[str]:
    """Yield the addresses in `url()`, in the order of the text."""
    for token in _tokens(css) if _SUSPECT.search(css) else ():
        if token.type == "url":
            yield token.value
        elif token.type == "function" and token.lower_name == "url":
            yield "".join(argument.value for argument in token.arguments if argument.type == "string")


def external_reference(css: str) -> str | None:
    """Return the first external reference of a style sheet or a style attribute; None if there is none."""
    if not _SUSPECT.search(css):
        return None
    for token in _tokens(css):
        if found := _reference(token):
            return found
    return None


def _reference(token: Any) -> str | None:
    match token.type:
        case "at-keyword" if token.lower_value == "import":
            return "@import"
        case "error" if token.kind in ("bad-url", "bad-string"):
            return "an address that cannot be read"
        case "function" if token.lower_name in _LOADING:
            return f"{token.lower_name}()"
        case "function" if token.lower_name == "url":
            return _external("".join(part.value for part in token.arguments if part.type == "string"))
        case "url":
            return _external(token.value)
    return None


def _external(address: str) -> str | None:
    bare = address.strip()
    if bare in FONTS or bare.startswith("#") or is_self_contained("src", bare):
        return None
    return bare or "an empty address"


def _tokens(css: str) -> Iterator[Any]:
    """Yield all tokens in the order of the text, also those inside blocks and functions, without recursion."""
    waiting = tinycss2.parse_component_value_list(css, skip_comments=True)[::-1]
    while waiting:
        token = waiting.pop()
        yield token
        inside = token.arguments if token.type == "function" else getattr(token, "content", None)
        if inside:
            waiting.extend(reversed(inside))
