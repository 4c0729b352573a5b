"""The sanitizer of HTML overrides: it removes everything that `models/documents/html_override.py` does not allow.

The API refuses an override with forbidden content before it is saved. The sanitizer is needed as well, because an
override may come by a signal from the Web UI, and because two HTML parsers may read a text differently.
"""

import re
from dataclasses import dataclass
from html import escape

import nh3

from models.documents.html_override import (
    ATTRIBUTES,
    NUMBER_PLACEHOLDER,
    TAGS,
    disallowed_parts,
    external_reference,
    is_self_contained,
)

# Elements that are removed with their text. Of other elements that are not allowed, the text is body.
_REMOVED_WITH_TEXT = {
    "script",
    "iframe",
    "object",
    "embed",
    "template",
    "noscript",
    "title",
    "textarea",
    "select",
    "math",
}
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
# A file name is an asset of the page; the renderer refuses a name that is not among the assets.
_FILE_NAME = re.compile(r"[\w-][\w.-]*")


@dataclass(frozen=True)
class SafePage:
    """A page without forbidden content, and a description of each part that was removed."""

    html: str
    removed: tuple[str, ...] = ()


def safe_page(override: str, *, language: str, title: str, number: str | None) -> SafePage:
    """Return the sanitised override as a complete page, with the number in its place if there is one."""
    body = _CLEANER.clean(override)
    body = _STYLE.sub(lambda found: "" if external_reference(found[1]) else found[0], body)
    if number is not None:
        body = body.replace(NUMBER_PLACEHOLDER, escape(number))
    head = f'<head><meta charset="utf-8"><title>{escape(title)}</title></head>'
    page = f'<!DOCTYPE html>\n<html lang="{escape(language)}">{head}<body>{body}</body></html>\n'
    return SafePage(html=page, removed=disallowed_parts(override))


def _allowed_value(tag: str, attribute: str, value: str) -> str | None:
    if attribute in ("href", "src"):
        return value if is_self_contained(attribute, value) or (tag == "img" and _FILE_NAME.fullmatch(value)) else None
    if attribute in ("title", "alt"):
        return value
    return None if external_reference(value) else value


_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=_REMOVED_WITH_TEXT,
    attributes={"*": set(ATTRIBUTES)},
    attribute_filter=_allowed_value,
    url_schemes={"data", "mailto", "tel"},
    link_rel=None,
)
