"""Characters that print nothing and hide, turn or part the text around them: bidi controls, zero-width and others."""

import unicodedata

_LAYOUT = "\n\t\r"
# Letters by their category that are as empty as a control: fillers of Hangul, and the joiner of graphemes.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u034f")
# They shape letters of Arabic, of Indian scripts, and emoji; after any other letter they only hide.
_JOINERS = frozenset("\u200c\u200d")
_FIRST_JOINED = "\u0590"
_HIDING = frozenset({"Cc", "Cf", "Zl", "Zp"})
# Format characters that have a form of their own: numbers and verses of Arabic, Syriac and Kaithi.
_VISIBLE = frozenset([*map(chr, range(0x600, 0x606)), "\u06dd", "\u070f", "\u0890", "\u0891", "\u08e2", "\U000110bd"])


def invisible_characters(text: str) -> tuple[str, ...]:
    """Each of them once, in the order of the text."""
    if text.isascii() and text.isprintable():
        return ()
    found = (char for before, char in zip(" " + text, text, strict=False) if _is_invisible(char, before))
    return tuple(dict.fromkeys(found))


def without_invisible(text: str) -> str:
    """The text without them; lines that U+2028 and U+2029 part are parted by a line feed."""
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    for char in text:
        if not _is_invisible(char, kept[-1] if kept else " "):
            kept.append(char)
        elif unicodedata.category(char) in ("Zl", "Zp"):
            kept.append("\n")
    return "".join(kept)


def described(char: str) -> str:
    """`U+202E (RIGHT-TO-LEFT OVERRIDE)`."""
    name = unicodedata.name(char, "a control character")
    return f"U+{ord(char):04X} ({name})"


def _is_invisible(char: str, before: str) -> bool:
    if char < "\x7f":
        return char < " " and char not in _LAYOUT
    if char in _JOINERS:
        return before < _FIRST_JOINED
    return char in _FILLERS or (unicodedata.category(char) in _HIDING and char not in _VISIBLE)
