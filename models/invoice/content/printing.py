"""Checks that the fonts of the documents have every character that an invoice prints.

The rule is docs/specification/documents.md 4.4.
"""

from collections.abc import Iterable, Iterator, Set
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
# Variation selectors choose a form of the character before. A font without that form prints the usual one.
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_PARTY = tuple(name for name in Party.model_fields if Party.model_fields[name].annotation is str)


def printing_warnings(content: Content, printable: Set[int] = PRINTABLE) -> tuple[str, ...]:
    """Return a sentence for each text with a character that no font has, or that is invisible."""
    texts = tuple(_printed_texts(content))
    characters = set[str]().union(*(text for _, text in texts))  # found quickly also in a draft of thousands of lines
    if not invisible_characters("".join(characters)) and all(_is_printable(char, printable) for char in characters):
        return ()
    return tuple(_warnings(texts, printable))


def obstacle_to_printing(content: Content) -> str | None:
    """Return why the content cannot be printed, with all reasons; None if it can."""
    found = printing_warnings(content)
    return " ".join(found[:_MOST_FIELDS]) or None


def without_invisible_characters(content: Content) -> Content:
    """Return the content without the invisible characters that ClickHouse or the settings may have."""
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
        "tax_note": _visible(content.tax_note),
    }
    return content.model_copy(update=updates)


def _visible_party(party: Party) -> Party:
    return party.model_copy(update={name: _visible(getattr(party, name)) for name in _PARTY})


def _visible_line(line: Line) -> Line:
    text = without_invisible(line.description)
    return line if text == line.description else line.model_copy(update={"description": text})


def _visible(text: str | None) -> str | None:
    return text and without_invisible(text)


def _warnings(texts: Iterable[tuple[str, str]], printable: Set[int]) -> Iterator[str]:
    for field, text in texts:
        if hidden := invisible_characters(text):
            yield f"{field}: {_listed(map(described, hidden))} is invisible and may hide or reorder text; remove it."
        if lacking := [
            char for char in dict.fromkeys(text) if char not in hidden and not _is_printable(char, printable)
        ]:
            named = _listed(f"{char} (U+{ord(char):04X})" for char in lacking)
            yield f"{field}: no font of the documents has {named}; write it differently."


def _is_printable(char: str, printable: Set[int]) -> bool:
    return ord(char) in printable or char in _SPACES or char in _SELECTORS


def _printed_texts(content: Content) -> Iterator[tuple[str, str]]:
    """Yield each text that people wrote, with the name of its field in an edit."""
    basis = content.basis
    if isinstance(basis, ServiceBasis):
        yield "application_name", basis.application_name
        yield "agreement_number", basis.agreement_number or ""
    yield from ((f"customer.{name}", getattr(content.customer, name)) for name in _PARTY)
    yield from ((f"issuer.{name}", getattr(content.issuer.party, name)) for name in _PARTY)
    yield from ((f"line {line.id}", line.description) for line in content.lines)
    yield "legal_text", content.legal_text
    yield "tax_note", content.tax_note
    yield "html_override", unescape(content.html_override or "")


def _listed(parts: Iterator[str]) -> str:
    named = list(parts)
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return ", ".join(named[:_MOST_NAMED]) + more
