"""A logo as data that a document may hold: a PNG, or an SVG that loads nothing and runs nothing."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from xml.parsers.expat import ExpatError, ParserCreate

LARGEST = 200 * 1024  # bytes; it travels with every invoice
MOST_PIXELS = 20_000_000  # an engine unpacks it, and needs 4 bytes for each
_DATA_URI = re.compile(r"data:(image/png|image/svg\+xml);base64,([A-Za-z0-9+/=\s]+)")
_PNG = b"\x89PNG\r\n\x1a\n"
_ACTIVE = {"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler", "listener", "set"}
_OUTSIDE = re.compile(r"url\(\s*['\"]?\s*(?!#)|@import", re.IGNORECASE)


def check_logo(uri: str) -> str:
    """Raises ValueError, in words for the person who uploads it."""
    found = _DATA_URI.fullmatch(uri.strip())
    if not found:
        raise ValueError("must be an SVG or PNG as data:image/svg+xml;base64,... or data:image/png;base64,...")
    kind, encoded = found.groups()
    try:
        data = b64decode("".join(encoded.split()), validate=True)
    except NotBase64 as error:
        raise ValueError("is damaged: its base64 cannot be read") from error
    if len(data) > LARGEST:
        raise ValueError(f"is too large: {len(data) // 1024} kB, of 200 kB at the most")
    if kind == "image/png":
        if not data.startswith(_PNG):
            raise ValueError("is no PNG, though it says so")
        _check_pixels(data)
    else:
        check_svg(data)
    return f"data:{kind};base64," + "".join(encoded.split())


def _check_pixels(data: bytes) -> None:
    """A PNG begins with its header, which says width and height in four bytes each."""
    width, height = (int.from_bytes(data[start : start + 4], "big") for start in (16, 20))
    if width * height > MOST_PIXELS:
        most = MOST_PIXELS // 1_000_000
        raise ValueError(f"is too large: {width} x {height} pixels; {most} million are allowed")


def check_svg(data: bytes) -> None:
    """Raises ValueError for an SVG that loads or runs something."""
    seen: list[str] = []
    parser = ParserCreate()

    def refuse_doctype(*_: object) -> None:
        raise ValueError("is an SVG with a DOCTYPE; save it without one")

    def start(name: str, attributes: dict[str, str]) -> None:
        seen.append(_local(name))
        if _local(name) in _ACTIVE:
            raise ValueError(f"is an SVG with <{name}>; a document may not run or embed anything")
        for attribute, value in attributes.items():
            _check_attribute(_local(attribute), value)

    def text(content: str) -> None:
        if seen[-1] == "style" and _OUTSIDE.search(content):
            raise ValueError("is an SVG that loads something from elsewhere")

    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except ExpatError as error:
        raise ValueError(f"is no SVG that can be read: {error}") from error
    if seen[0] != "svg":
        raise ValueError("is no SVG, though it says so")


def _check_attribute(name: str, value: str) -> None:
    if name.startswith("on"):
        raise ValueError(f"is an SVG with {name}; a document may not run anything")
    if name in ("href", "src") and not value.strip().startswith(("#", "data:image/png", "data:image/jpeg")):
        raise ValueError("is an SVG that loads something from elsewhere")
    if _OUTSIDE.search(value):
        raise ValueError("is an SVG that loads something from elsewhere")


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
