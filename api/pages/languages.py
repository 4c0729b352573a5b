"""The languages of the desk. English is the source; each other language is a folder of catalogues (`.po`).

Each part of the desk has a catalogue of its own. The catalogues are read at the start, so no compiled file has to be
kept beside them. The documents of invoices have languages of their own.
"""

import gettext
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from babel import Locale, negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request

from api.pages.assets import TEMPLATES

SOURCE = "en"
LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "ru": "Русский"})
COOKIE = "lang"
# English numbers and dates as the documents have them: the day comes first.
_LOCALES = {"en": "en_GB", "ru": "ru_RU"}


def N_(message: str) -> str:
    """Mark a text for translation where it is written; it is translated where it is shown."""
    return message


def catalogue_paths(language: str) -> list[Path]:
    """Return the catalogues of the language; a message stands in one of them."""
    return sorted((TEMPLATES / "languages" / language).glob("*.po"))


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Return the translations into the language; those into English return each message as it is."""
    if language == SOURCE:
        return gettext.NullTranslations()
    catalogue = Catalog(locale=language)
    for path in catalogue_paths(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    catalogue[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def locale_of(language: str) -> Locale:
    return Locale.parse(_LOCALES[language])


def language_of(request: Request) -> str:
    """Return the language that the person chose, or else the first one of their browser that the desk has."""
    chosen = request.cookies.get(COOKIE)
    if chosen is not None and chosen in LANGUAGES:
        return chosen
    wanted = [part.partition(";")[0].strip() for part in request.headers.get("Accept-Language", "").split(",")]
    return negotiate_locale([each for each in wanted if each], list(LANGUAGES), sep="-") or SOURCE
