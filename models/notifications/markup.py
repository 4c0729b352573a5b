"""Texts in Telegram's HTML: their length as Telegram counts it, their parts, and the same text without tags.

Telegram counts UTF-16 units of what people see: tags count nothing, `&amp;` counts one, an emoji two. The texts come
from our templates, so every tag is closed and every `&` begins an entity.
"""

import html
import re
from collections.abc import Iterator
from typing import Final

LONGEST_PART: Final = 4096
MOST_PARTS: Final = 3
CUT: Final = "\n…"

# A tag, an entity, or one character.
_TOKEN = re.compile(r"<(?P<end>/?)(?P<name>[a-z][a-z0-9-]*)[^<>]*>|&(?:#[0-9]+|#x[0-9a-fA-F]+|[a-z]+);|.", re.DOTALL)


def utf16_units(text: str) -> int:
    """Return the length of a text without tags as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain_text(markup: str) -> str:
    """Return the text that people see."""
    return "".join(html.unescape(token[0]) for token in _TOKEN.finditer(markup) if token["name"] is None)


def split(markup: str, longest: int = LONGEST_PART, most: int = MOST_PARTS) -> list[str]:
    """Return the text in parts of at most `longest` UTF-16 units, each with all its tags closed.

    A part ends at the end of a line where one is near, and never inside a tag or an entity. What exceeds `most` parts
    is cut, which the last part says.
    """
    parts = list(_parts(markup, longest))
    if len(parts) <= most:
        return parts
    kept = parts[:most]
    kept[-1] = next(_parts(kept[-1], longest - utf16_units(CUT))) + CUT
    return kept


def _parts(markup: str, longest: int) -> Iterator[str]:
    """Yield the parts. `line` is the place in `part` after its last line end, with the tags that were open there."""
    tokens = list(_TOKEN.finditer(markup))
    start = 0
    opened: list[re.Match[str]] = []
    while start < len(tokens):
        end, still_open = _end_of_part(tokens, start, longest, opened)
        text = "".join(token[0] for token in tokens[start:end])
        closing = "".join(f"</{tag['name']}>" for tag in reversed(still_open))
        part = "".join(tag[0] for tag in opened) + text + closing
        if plain_text(part).strip():
            yield part
        start, opened = end, still_open


def _end_of_part(
    tokens: list[re.Match[str]], start: int, longest: int, opened: list[re.Match[str]]
) -> tuple[int, list[re.Match[str]]]:
    """Return the index behind the last token of a part, and the tags that are open there."""
    units = 0
    tags = list(opened)
    line_end: tuple[int, list[re.Match[str]]] | None = None
    for index in range(start, len(tokens)):
        token = tokens[index]
        if token["name"] is None:
            units += utf16_units(html.unescape(token[0]))
            if units > longest:
                return line_end if line_end and line_end[0] > start else (index, tags)
            if token[0] == "\n" and units > longest // 2:
                line_end = (index + 1, list(tags))
        elif token["end"]:
            tags.pop()
        else:
            tags.append(token)
    return len(tokens), tags
