"""How a person may see the desk: in a language and a theme."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any

PHONE_WIDTH, PHONE_HEIGHT = 390, 844
WIDTH, HEIGHT = 1280, 900


class Language(StrEnum):
    EN = "en"
    RU = "ru"


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


_LOCALES = {Language.EN: "en-GB", Language.RU: "ru-RU"}


@dataclass(frozen=True)
class Look:
    language: Language
    theme: Theme

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}"

    @property
    def options(self) -> dict[str, Any]:
        """The options of a browser that asks for this language and this theme."""
        return {
            "locale": _LOCALES[self.language],
            "color_scheme": self.theme.value,
            "viewport": {"width": WIDTH, "height": HEIGHT},
        }


def looks(language: Language | None, theme: Theme | None) -> list[Look]:
    """Return the looks of one language or theme, or of all."""
    languages = [language] if language else list(Language)
    return [Look(*each) for each in product(languages, [theme] if theme else list(Theme))]
