"""Characters that print nothing and hide or reorder the text around them, such as bidi controls."""

import unicodedata

_LAYOUT = "\n\t\r"
# Unicode classes these fillers of Hangul and the grapheme joiner as letters or marks, but they print nothing.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u034f")
# Joiners shape Arabic letters, Indian letters and emoji. After any other letter they are only invisible.
_JOINERS = frozenset("\u200c\u200d")
_FIRST_JOINED = "\u0590"
_HIDING = frozenset({"Cc", "Cf", "Zl", "Zp"})
# Format characters that are printed: signs of numbers and verses of Arabic, Syriac and Kaithi.
_VISIBLE = frozenset([*map(chr, range(0x600, 0x606)), "\u06dd", "\u070f", "\u0890", "\u0891", "\u08e2", "\U000110bd"])


def invisible_characters(text: str) -> tuple[str, ...]:
    """Return the invisible characters of the text, each once, in the order of the text."""
    if not any(_is_invisible(char, " ") for char in set(text)):  # the answer for most texts, found quickly
        return ()
    found = (char for before, char in zip(" " + text, text, strict=False) if _is_invisible(char, before))
    return tuple(dict.fromkeys(found))


def without_invisible(text: str) -> str:
    """Return the text without invisible characters. U+2028 and U+2029, which separate lines, become line feeds."""
    if not invisible_characters(text):
        return text
    kept: list[str] = []
    for char in text:
        if not _is_invisible(char, kept[-1] if kept else " "):
            kept.append(char)
        elif unicodedata.category(char) in ("Zl", "Zp"):
            kept.append("\n")
    return "".join(kept)


def described(char: str) -> str:
    """Return the character's number and name: `U+202E (RIGHT-TO-LEFT OVERRIDE)`."""
    name = unicodedata.name(char, "a control character")
    return f"U+{ord(char):04X} ({name})"


def _is_invisible(char: str, before: str) -> bool:
    if char < "\x7f":
        return char < " " and char not in _LAYOUT
    if char in _JOINERS:
        return before < _FIRST_JOINED
    return char in _FILLERS or (unicodedata.category(char) in _HIDING and char not in _VISIBLE)
