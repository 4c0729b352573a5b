"""The messages of the rules in the language of a page.

The rules know no languages: their messages are English texts, which callers of the API get as well. A catalogue holds
the form of each message with names in place of its values, such as `%(day)s is before valid_from, %(first)s`. A message
is found by its form, and its values are put into the form of the other language. Values whose name ends in `word`, such
as a role, are looked up as well. A message without an entry stays English.
"""

import re
from collections.abc import Mapping
from functools import cache

from babel.messages.pofile import read_po

from api.pages.assets import TEMPLATES
from api.pages.languages import SOURCE

CATALOGUES = TEMPLATES / "languages" / "rules"
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
WORD = "word"
_FIELD = re.compile(r"(?P<path>[a-z_]+(?:\.\w+)*): (?P<message>.+)", re.DOTALL)
_OR = ", or "
_ORS: Mapping[str, str] = {"ru": ", или "}


def told(language: str, message: str) -> str:
    """Return the message in the language, or as it is when the catalogue does not have it."""
    if language == SOURCE or not message:
        return message
    if found := _in(language, message):
        return found
    if _OR in message and all(parts := [_in(language, part) for part in message.split(_OR)]):
        return _ORS[language].join(part for part in parts if part)
    if (field := _FIELD.fullmatch(message)) and (found := _in(language, field["message"].rstrip("."))):
        return f"{field['path']}: {found}"
    return message


def _in(language: str, message: str) -> str | None:
    exact, forms = _catalogue(language)
    if message in exact:
        return exact[message]
    for form, text in forms:
        if match := form.fullmatch(message):
            values = {name: _value(language, name, value) for name, value in match.groupdict().items()}
            return text % values
    return None


def _value(language: str, name: str, value: str) -> str:
    return (_in(language, value) or value) if name.endswith(WORD) else value


@cache
def _catalogue(language: str) -> tuple[Mapping[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    """Return the messages without values, and the forms of the others, those with most text of their own first."""
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        entries = {str(each.id): str(each.string) for each in read_po(file, locale=language) if each.id}
    exact = {message: text for message, text in entries.items() if not PLACEHOLDER.search(message)}
    others = sorted(entries.keys() - exact.keys(), key=lambda message: -len(PLACEHOLDER.sub("", message)))
    return exact, tuple((_form(message), entries[message]) for message in others)


def _form(message: str) -> re.Pattern[str]:
    parts = PLACEHOLDER.split(message)
    names = {index: f"(?P<{part}>.+)" for index, part in enumerate(parts) if index % 2}
    return re.compile("".join(names.get(index, re.escape(part)) for index, part in enumerate(parts)), re.DOTALL)
