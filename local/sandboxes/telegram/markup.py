"""Telegram's check of a text in HTML mode: the tags that it knows, with the byte offset of the first mistake.

See docs/specification/effects.md 8.5. The texts of the errors are those of Telegram's server.
"""

import html
import re
from dataclasses import dataclass, field

TAGS = {
    *("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "tg-spoiler"),
    *("span", "tg-emoji"),
}
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z0-9-]*)(?P<attributes>[^>]*)>?")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);")


class MarkupError(ValueError):
    """The text cannot be parsed; the message is Telegram's."""


@dataclass
class _Parser:
    text: str
    open: list[str] = field(default_factory=list)
    visible: list[str] = field(default_factory=list)

    def run(self) -> str:
        position = 0
        for found in _TAG.finditer(self.text):
            self.visible.append(
                _ENTITY.sub(lambda entity: html.unescape(entity[0]), self.text[position : found.start()])
            )
            self._take(found)
            position = found.end()
        self.visible.append(_ENTITY.sub(lambda entity: html.unescape(entity[0]), self.text[position:]))
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1]}"')
        return "".join(self.visible)

    def _take(self, found: re.Match[str]) -> None:
        name, offset = found["name"].lower(), len(self.text[: found.start()].encode())
        if not found[0].endswith(">"):
            raise MarkupError(f"Unclosed start tag at byte offset {offset}")
        if found["end"]:
            self._close(name, offset)
            return
        if name not in TAGS or (name == "span" and 'class="tg-spoiler"' not in found["attributes"]):
            raise MarkupError(f'Unsupported start tag "{name}" at byte offset {offset}')
        self.open.append(name)

    def _close(self, name: str, offset: int) -> None:
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {offset}")
        expected = self.open.pop()
        if name != expected:
            raise MarkupError(f'Unmatched end tag at byte offset {offset}, expected "</{expected}>", found "</{name}>"')


def visible_text(text: str) -> str:
    """Return the text as people see it. Raises MarkupError."""
    return _Parser(text).run()


def utf16_units(text: str) -> int:
    """Return the length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2
