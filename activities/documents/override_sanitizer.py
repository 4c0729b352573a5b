"""Sanitises HTML written by a person: only what `models/documents/html_override.py` allows stays in it.

The API refuses such a page before it is saved, with the reasons. This is the net below: a page may come by a signal
from the Web UI as well, and two parsers never agree on everything.
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

# Their text goes with them; of other elements that are not allowed, the text stays.
_GONE = {"script", "iframe", "object", "embed", "template", "noscript", "title", "textarea", "select", "math"}
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
# Bare names are files that come with the page; the renderer refuses a name that it has not got.
_FILE_NAME = re.compile(r"[\w-][\w.-]*")


@dataclass(frozen=True)
class SafePage:
    html: str
    removed: tuple[str, ...] = ()


def safe_page(override: str, *, language: str, title: str, number: str | None) -> SafePage:
    """A whole page around what may stay of the override, and what may not in words."""
    kept = _CLEANER.clean(override)
    kept = _STYLE.sub(lambda found: "" if external_reference(found[1]) else found[0], kept)
    if number is not None:
        kept = kept.replace(NUMBER_PLACEHOLDER, escape(number))
    head = f'<head><meta charset="utf-8"><title>{escape(title)}</title></head>'
    page = f'<!DOCTYPE html>\n<html lang="{escape(language)}">{head}<body>{kept}</body></html>\n'
    return SafePage(html=page, removed=disallowed_parts(override))


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute in ("href", "src"):
        return value if is_self_contained(attribute, value) or (tag == "img" and _FILE_NAME.fullmatch(value)) else None
    if attribute in ("title", "alt"):
        return value
    return None if external_reference(value) else value


_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=_GONE,
    attributes={"*": set(ATTRIBUTES)},
    attribute_filter=_kept,
    url_schemes={"data", "mailto", "tel"},
    link_rel=None,
)
