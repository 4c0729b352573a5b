"""The check of a logo: a PNG, or an SVG that loads no other resource and runs no script."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from xml.parsers.expat import ExpatError, ParserCreate

MAX_BYTES = 200 * 1024  # limited because every invoice carries a copy
_DATA_URI = re.compile(r"data:(image/png|image/svg\+xml);base64,([A-Za-z0-9+/=\s]+)")
_PNG = b"\x89PNG\r\n\x1a\n"
_ACTIVE = {"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler", "listener", "set"}
_EXTERNAL_URL = re.compile(r"url\(\s*['\"]?\s*(?!#)|@import", re.IGNORECASE)
_LOADS_MORE = "is an SVG that loads another file; embed everything in it"


def check_logo(uri: str) -> str:
    """Return the data URI of a logo, without line breaks.

    Raises ValueError with a message for the person who uploads it.
    """
    match = _DATA_URI.fullmatch(uri.strip())
    if not match:
        raise ValueError("must be an SVG or PNG as data:image/svg+xml;base64,... or data:image/png;base64,...")
    media_type, encoded = match.groups()
    try:
        data = b64decode("".join(encoded.split()), validate=True)
    except NotBase64 as error:
        raise ValueError("is damaged: its base64 cannot be read") from error
    if len(data) > MAX_BYTES:
        raise ValueError(f"is too large: it has {len(data) // 1024} kB and may have 200 kB at the most")
    if media_type == "image/png":
        if not data.startswith(_PNG):
            raise ValueError("is named a PNG, but its content is not a PNG")
    else:
        _check_svg(data)
    return f"data:{media_type};base64," + "".join(encoded.split())


def _check_svg(data: bytes) -> None:
    elements: list[str] = []
    parser = ParserCreate()

    def refuse_doctype(*_: object) -> None:
        raise ValueError("is an SVG with a DOCTYPE; save it without one")

    def start(name: str, attributes: dict[str, str]) -> None:
        elements.append(_local_name(name))
        if _local_name(name) in _ACTIVE:
            raise ValueError(f"is an SVG with <{name}>; a document may not run or embed anything")
        for attribute, value in attributes.items():
            _check_attribute(_local_name(attribute), value)

    def text(content: str) -> None:
        if elements[-1] == "style" and _EXTERNAL_URL.search(content):
            raise ValueError(_LOADS_MORE)

    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except ExpatError as error:
        raise ValueError(f"is an SVG that cannot be read: {error}") from error
    if elements[0] != "svg":
        raise ValueError("is named an SVG, but its content is not an SVG")


def _check_attribute(name: str, value: str) -> None:
    if name.startswith("on"):
        raise ValueError(f"is an SVG with {name}; a document may not run anything")
    if name in ("href", "src") and not value.strip().startswith(("#", "data:image/png", "data:image/jpeg")):
        raise ValueError(_LOADS_MORE)
    if _EXTERNAL_URL.search(value):
        raise ValueError(_LOADS_MORE)


def _local_name(name: str) -> str:
    """Return the name without its namespace prefix, in lower case."""
    return name.rpartition(":")[2].lower()
