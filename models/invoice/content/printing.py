"""Whether the fonts of the documents have every letter that an invoice prints, and what stands in the way if not."""

from collections.abc import Iterator, Set
from html import unescape

from models.invoice.content.basis import ServiceBasis
from models.invoice.content.content import Content
from models.invoice.content.lines import Line
from models.issuer.issuer import Party
from models.values.invisible_characters import described, invisible_characters, without_invisible
from models.values.printable_characters import PRINTABLE

_MOST_NAMED = 5
_MOST_FIELDS = 10
_SPACES = frozenset("\n\t\r\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200c\u200d\u202f\u205f")
# A choice between forms of the letter before: where a font has no such form, it prints the usual one.
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_PARTY = tuple(name for name in Party.model_fields if Party.model_fields[name].annotation is str)


def printing_warnings(content: Content, printable: Set[int] = PRINTABLE) -> tuple[str, ...]:
    """One sentence for each text with a letter that no font has, or with a character that hides or turns text."""
    return tuple(_warnings(content, printable))


def obstacle_to_printing(content: Content) -> str | None:
    """Why no document can be made of the content, with all the reasons; None when it can."""
    found = printing_warnings(content)
    return " ".join(found[:_MOST_FIELDS]) or None


def without_invisible_characters(content: Content) -> Content:
    """The content as ClickHouse and the settings have it, but for what nobody sees there."""
    basis = content.basis
    if isinstance(basis, ServiceBasis):
        named = ("application_name", "agreement_number")
        content = content.with_service(**{name: _visible(getattr(basis, name)) for name in named})
    lines = tuple(_visible_line(line) for line in content.lines)
    issuer = content.issuer.model_copy(update={"party": _visible_party(content.issuer.party)})
    updates = {
        "customer": _visible_party(content.customer),
        "issuer": issuer,
        "lines": lines,
        "legal_text": _visible(content.legal_text),
    }
    return content.model_copy(update=updates)


def _visible_party(party: Party) -> Party:
    return party.model_copy(update={name: _visible(getattr(party, name)) for name in _PARTY})


def _visible_line(line: Line) -> Line:
    text = without_invisible(line.description)
    return line if text == line.description else line.model_copy(update={"description": text})


def _visible(text: str | None) -> str | None:
    return text and without_invisible(text)


def _warnings(content: Content, printable: Set[int]) -> Iterator[str]:
    for field, text in _printed_texts(content):
        if text.isascii() and text.isprintable():
            continue
        if hidden := invisible_characters(text):
            yield f"{field}: {_listed(map(described, hidden))} cannot be seen and may hide or turn text; remove it."
        if lacking := [
            char for char in dict.fromkeys(text) if char not in hidden and not _is_printable(char, printable)
        ]:
            named = _listed(f"{char} (U+{ord(char):04X})" for char in lacking)
            yield f"{field}: no font of the documents has {named}; write it in another way."


def _is_printable(char: str, printable: Set[int]) -> bool:
    return ord(char) in printable or char in _SPACES or char in _SELECTORS


def _printed_texts(content: Content) -> Iterator[tuple[str, str]]:
    """Each text of people with the name of its field, as an edit names it where it can be edited."""
    basis = content.basis
    if isinstance(basis, ServiceBasis):
        yield "application_name", basis.application_name
        yield "agreement_number", basis.agreement_number or ""
    yield from ((f"customer.{name}", getattr(content.customer, name)) for name in _PARTY)
    yield from ((f"issuer.{name}", getattr(content.issuer.party, name)) for name in _PARTY)
    yield from ((f"line {line.id}", line.description) for line in content.lines)
    yield "legal_text", content.legal_text
    yield "html_override", unescape(content.html_override or "")


def _listed(parts: Iterator[str]) -> str:
    named = list(parts)
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return ", ".join(named[:_MOST_NAMED]) + more
