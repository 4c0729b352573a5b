"""The check of HTML overrides: it removes what is not allowed, and describes each removed part for the author.

nh3 removes what `models/documents/html_override.py` does not list. The page is parsed before and after that, and each
difference is an objection. A page with objections is not saved and not printed; a preview shows what is left of it.

The time of both parsers grows with the size of a page and with its nesting, so size and tags are counted first. A page
that still takes too long ends its own process (`override_reader.py`).
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from activities.documents.css_addresses import addresses, external_reference
from activities.documents.picture_size import PictureUnreadable, pixels
from models.documents.html_override import (
    ATTRIBUTES,
    FRAME,
    MAX_BYTES,
    MAX_BYTES_WITH_PICTURES,
    MAX_LEVELS,
    MAX_PIXELS,
    MAX_TAGS,
    TAGS,
    is_self_contained,
)
from models.values.invisible_characters import described, invisible_characters

MAX_OBJECTIONS = 20
_LONGEST_QUOTE = 80
_TAGS, _ATTRIBUTES = ({name.lower() for name in names} for names in (TAGS, ATTRIBUTES))
# Elements that are removed with their text. Of other elements that are not allowed, the text is kept.
_REMOVED_WITH_TEXT = {
    *("script", "iframe", "object", "embed", "template", "noscript", "title", "textarea", "select", "math")
}
_PLAIN_TEXT = {"title", "alt"}
_START_TAG = re.compile(r"<[a-zA-Z]")
_DATA = re.compile(r"data:[^\"'\s<>()]*")


@dataclass(frozen=True)
class CheckedPage:
    """The body of a page without what is not allowed, and the objections to the rest."""

    html: str
    objections: tuple[str, ...] = ()


def check_page(html: str) -> CheckedPage:
    """Return the checked page. A page without objections is complete."""
    if too_large := _size_objection(html):
        return CheckedPage("", (too_large,))
    try:
        before = _Inventory.of(html)
    except SelectolaxError:
        return CheckedPage("", ("the page cannot be read; look for tags that are not closed",))
    if before.levels > MAX_LEVELS:
        return CheckedPage("", (f"the page is nested {before.levels} levels deep; {MAX_LEVELS} are allowed",))
    kept = _cleaner().clean(html)
    after = _Inventory.of(kept)
    unsafe_styles = list(_unsafe_styles(after))
    found = [*_removed(before, after), *unsafe_styles, *_picture_objections(after), *_hidden(after)]
    if unsafe_styles:
        kept = _cleaner(without="style").clean(kept)
    found = found or list(_changed(before, after))
    return CheckedPage(kept, tuple(dict.fromkeys(found))[:MAX_OBJECTIONS])


def objections(html: str) -> tuple[str, ...]:
    """Return a message for each part of the page that is not allowed; an empty tuple if all of it is allowed."""
    return check_page(html).objections


def _size_objection(html: str) -> str | None:
    whole = len(html.encode(errors="replace"))
    written = whole if whole <= MAX_BYTES else len(_DATA.sub("", html).encode(errors="replace"))
    if written > MAX_BYTES or whole > MAX_BYTES_WITH_PICTURES:
        most = f"{MAX_BYTES // 1000} kB and {MAX_BYTES_WITH_PICTURES // 1000} kB with its pictures"
        return f"the page has {written // 1000} kB, {whole // 1000} kB with its pictures; allowed are {most}"
    tags = len(_START_TAG.findall(html))
    return f"the page has {tags} tags; {MAX_TAGS} are allowed" if tags > MAX_TAGS else None


_Piece = TypeVar("_Piece", str, "tuple[str, str, str]")
Attribute = tuple[str, str, str]  # of which element, name, value


@dataclass
class _Inventory:
    """The content of a page in the order of its text, with names in lower case."""

    elements: list[str] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    text: str = ""
    levels: int = 0

    @classmethod
    def of(cls, html: str) -> "_Inventory":
        found, texts = cls(), []
        root = LexborHTMLParser(html).root
        assert root is not None  # a document always has its <html>
        levels = {root.mem_id: 1}
        for node in root.traverse(include_text=True):
            parent = node.parent
            above = parent.tag if parent else None
            levels[node.mem_id] = levels.get(parent.mem_id, 0) + 1 if parent else 1
            if node.is_element_node:
                found._note(node)
            elif above == "style":
                found.styles.append(node.text_content or "")
            elif node.is_text_node and above not in _REMOVED_WITH_TEXT:
                texts.append(node.text_content or "")
        found.levels = max(levels.values())
        found.text = "".join("".join(texts).split())
        return found

    def _note(self, node: LexborNode) -> None:
        tag = (node.tag or "").lower()
        self.elements.append(tag)
        self.attributes += ((tag, name.lower(), value or "") for name, value in node.attributes.items())


def _removed(before: _Inventory, after: _Inventory) -> Iterator[str]:
    """Yield a message for each part of the page that was removed."""
    for tag in _missing([tag for tag in before.elements if tag not in FRAME], after.elements):
        yield f"<{tag}> is not allowed" if tag not in _TAGS else f"<{tag}> is not allowed where it stands"
    for tag, name, value in _missing(before.attributes, after.attributes):
        if tag in FRAME:
            yield from _of_frame(tag, name)
        elif tag in _TAGS:
            yield _why_not(tag, name, value)
    for _ in _missing(before.styles, after.styles):
        yield "<style> is not allowed where it stands"


def _missing(before: list[_Piece], after: list[_Piece]) -> Iterator[_Piece]:
    left = Counter(before) - Counter(after)
    for piece in before:
        if left[piece]:
            left[piece] -= 1
            yield piece


def _of_frame(tag: str, name: str) -> Iterator[str]:
    if name.startswith("on"):
        yield f"{name} on <{tag}>: event handlers are not allowed"
    elif tag == "meta" and name == "http-equiv":
        yield "<meta http-equiv> is not allowed"
    elif tag in ("html", "body") and name != "lang":
        yield f"{name} on <{tag}> is not printed; put it on an element inside the body, or in a <style>"


def _why_not(tag: str, name: str, value: str) -> str:
    if name.startswith("on"):
        return f"{name} on <{tag}>: event handlers are not allowed"
    if name not in _ATTRIBUTES:
        return f"{name} on <{tag}> is not allowed"
    if name in ("href", "src"):
        allowed = "mailto:, tel: and # are allowed" if name == "href" else "put it into the page as a data: URL"
        return f"{name} of <{tag}> is {_quoted(value)}, which is outside the document; {allowed}"
    if reference := external_reference(value):
        return f"{name} of <{tag}> refers to {_quoted(reference)}; a document cannot load anything"
    return f"{name} of <{tag}> is not allowed where it stands"


def _unsafe_styles(page: _Inventory) -> Iterator[str]:
    for text in page.styles:
        if reference := external_reference(text):
            yield f"<style> refers to {_quoted(reference)}; a document cannot load anything"


def _picture_objections(page: _Inventory) -> Iterator[str]:
    sizes = []
    for address in _pictures(page):
        try:
            sizes.append(pixels(address))
        except PictureUnreadable as error:
            yield f"a picture {error}"
    if sum(sizes) > MAX_PIXELS:
        most = MAX_PIXELS // 1_000_000
        yield f"the pictures have {sum(sizes) / 1_000_000:.0f} million pixels together; {most} million are allowed"


def _pictures(page: _Inventory) -> Iterator[str]:
    for _, name, value in page.attributes:
        found = [value] if name == "src" else () if name in _PLAIN_TEXT else addresses(value)
        yield from (address for address in found if _is_picture(address))
    for text in page.styles:
        yield from (address for address in addresses(text) if _is_picture(address))


def _is_picture(address: str) -> bool:
    return "".join(address[:40].split()).lower().startswith("data:image/")


def _hidden(page: _Inventory) -> Iterator[str]:
    for char in invisible_characters(page.text):
        yield f"the text contains {described(char)}, which is invisible and may hide or reorder text; remove it"


def _changed(before: _Inventory, after: _Inventory) -> Iterator[str]:
    """Yield a message if the page would print differently from what was written, although all of it is allowed."""
    new = Counter(after.elements) - Counter(before.elements)
    yield from (f"<{tag}> is nested in a way that is not possible in HTML" for tag in new if tag not in FRAME)
    if not new and before.text != after.text:
        yield "some of the text would be lost; look for a tag that is not closed"


def _quoted(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _kept(_: str, attribute: str, value: str) -> str | None:
    if attribute in ("href", "src"):
        return value if is_self_contained(attribute, value) else None
    if attribute in _PLAIN_TEXT:
        return value
    return None if external_reference(value) else value


def _cleaner(*, without: str = "") -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(TAGS) - {without},
        clean_content_tags=_REMOVED_WITH_TEXT | {without} - {""},
        attributes={"*": set(ATTRIBUTES)},
        attribute_filter=_kept,
        url_schemes={"data", "mailto", "tel"},
        link_rel=None,
    )
