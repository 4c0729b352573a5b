"""The messages of the rules in the language of a page.

The rules know no languages: their messages are English texts, which callers of the API get as well. The catalogues hold
the form of each message with names in place of its values, such as `%(day)s is before valid_from, %(first)s`. A message
is found by its form, and its values are put into the form of the other language. A value whose name ends in `word`,
such as a role or a message in a message, is looked up as well; one whose name ends in `words` is a list of them.

Messages are joined in the rules: several sentences, a sentence after the name of its field, alternatives. If the whole
is in no catalogue, its parts are looked up. What has no entry, such as another system's words, stays as it is.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from babel.messages.pofile import read_po

from api.pages.assets import TEMPLATES
from api.pages.languages import SOURCE

CATALOGUES = TEMPLATES / "languages" / "rules"
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
WORD, WORDS = "word", "words"
_OR = ", or "
_ORS: Mapping[str, str] = {"ru": ", или "}
_LIST = "; "
_NAMED = re.compile(r"(?P<name>\[\w+\]|[\w.\-]+:) (?P<message>.+)", re.DOTALL)
_SENTENCES = re.compile(r"(?<=[.!?;]) (?=\S)| (?=\((?:and )?\d+ more)")
_TWO_SENTENCES = re.compile(r"[.!?] [A-Z\d(\[]")
_MOST_SENTENCES = 20
_BEGINNING = 3  # characters


class Form(NamedTuple):
    """A message with values: the texts around them, their names, and the form of the other language."""

    texts: tuple[str, ...]
    names: tuple[str, ...]
    other: str

    def order(self) -> tuple[int, tuple[str, ...]]:
        """Return what sorts the forms with most text of their own first."""
        return -sum(map(len, self.texts)), self.texts

    def may_begin(self, beginning: str) -> bool:
        """Return whether a message of the form can begin so."""
        return self.texts[0].startswith(beginning) or beginning.startswith(self.texts[0])


class Catalogue(NamedTuple):
    """The messages without values, and the forms of the others, those with most text of their own first.

    `forms` has the forms by how their messages begin; `others` has those for all other beginnings.
    """

    exact: Mapping[str, str]
    forms: Mapping[str, tuple[Form, ...]]
    others: tuple[Form, ...]


@lru_cache(maxsize=4096)
def told(language: str, message: str) -> str:
    """Return the message in the language, or as it is when the catalogues do not have it."""
    if language == SOURCE or not message:
        return message
    return _told(language, message) or message


def _told(language: str, message: str) -> str | None:
    found, is_certain = _whole(language, message)
    if found and is_certain:
        return found
    if _OR in message and all(parts := [_told(language, part) for part in message.split(_OR)]):
        return _ORS[language].join(part for part in parts if part)
    return _named(language, message) or _by_sentences(language, message) or found


def _whole(language: str, message: str) -> tuple[str | None, bool]:
    """Return the message by its own entry, and whether that is certain: no value seems to hold a sentence."""
    catalogue = _catalogue(language)
    if message in catalogue.exact:
        return catalogue.exact[message], True
    doubtful = None
    for form in catalogue.forms.get(message[:_BEGINNING], catalogue.others):
        values = values_in(form, message)
        if values is None:
            continue
        text = form.other % {name: _value(language, name, value) for name, value in values.items()}
        if not any(_TWO_SENTENCES.search(value) for name, value in values.items() if not name.endswith(WORDS)):
            return text, True
        doubtful = doubtful or text
    return doubtful, False


def values_in(form: Form, message: str) -> dict[str, str] | None:
    """Return the values of the message if it has the form; each value ends where the next text of the form begins."""
    first, *middle, last = form.texts
    at, end = len(first), len(message) - len(last)
    if not (message.startswith(first) and message.endswith(last)):
        return None
    found = {}
    for name, text in zip(form.names, middle, strict=False):
        begin = message.find(text, at + 1, end)
        if begin < 0:
            return None
        found[name] = message[at:begin]
        at = begin + len(text)
    found[form.names[-1]] = message[at:end]
    return found if at < end else None


def _named(language: str, message: str) -> str | None:
    """Return a message that stands after the name of its field, or after its code in brackets."""
    match = _NAMED.fullmatch(message)
    if match is None:
        return None
    text = match["message"]
    found = _certain(language, text) or _certain(language, text.rstrip("."))
    if not found and not _SENTENCES.search(text):
        found = _told(language, text)
    return f"{match['name']} {found}" if found else None


def _by_sentences(language: str, message: str) -> str | None:
    """Return the message with each of its sentences that the catalogues have; None if they have none of them."""
    parts = _SENTENCES.split(message)
    if not 1 < len(parts) <= _MOST_SENTENCES:
        return None
    made, at, is_found = [], 0, False
    while at < len(parts):
        for end in range(len(parts), at, -1):
            text = " ".join(parts[at:end])
            found = _certain(language, text) or _named(language, text)
            if found or end == at + 1:
                made.append(found or text)
                is_found, at = is_found or bool(found), end
                break
    return " ".join(made) if is_found else None


def _certain(language: str, message: str) -> str | None:
    found, is_certain = _whole(language, message)
    return found if is_certain else None


def _value(language: str, name: str, value: str) -> str:
    if not name.endswith((WORD, WORDS)):
        return value
    listed = value.split(_LIST) if name.endswith(WORDS) else [value]
    if len(listed) > 1 and all(parts := [_told(language, part) for part in listed]):
        return _LIST.join(part for part in parts if part)
    return _told(language, value) or value


@cache
def _catalogue(language: str) -> Catalogue:
    entries: dict[str, str] = {}
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            entries |= {str(each.id): str(each.string) for each in read_po(file, locale=language) if each.id}
    exact = {message: text for message, text in entries.items() if not PLACEHOLDER.search(message)}
    forms = sorted((_form(message, entries[message]) for message in entries.keys() - exact.keys()), key=Form.order)
    beginnings = {form.texts[0][:_BEGINNING] for form in forms if len(form.texts[0]) >= _BEGINNING}
    by_beginning = {each: tuple(form for form in forms if form.may_begin(each)) for each in beginnings}
    return Catalogue(exact, by_beginning, tuple(form for form in forms if len(form.texts[0]) < _BEGINNING))


def _form(message: str, other: str) -> Form:
    parts = PLACEHOLDER.split(message)
    return Form(tuple(parts[::2]), tuple(parts[1::2]), other)
