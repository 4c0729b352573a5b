"""The size of a picture in a `data:` address, read from its header; the picture is not decoded."""

import io
import re
import warnings
from base64 import b64decode
from binascii import Error as NotBase64
from urllib.parse import unquote_to_bytes

from PIL import Image, UnidentifiedImageError

from models.issuer.logo import check_svg

_DATA = re.compile(r"\s*data:(image/[\w.+-]+)((?:;[\w=-]+)*),(.*)", re.DOTALL | re.IGNORECASE)
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


class PictureUnreadable(Exception):
    """The size cannot be read. The message is a clause that follows "a picture"."""


def pixels(address: str) -> int:
    """Return width times height; of an SVG, the sum over the pictures in it. Raises PictureUnreadable."""
    found = _DATA.fullmatch(address)
    if found is None:
        raise PictureUnreadable("has an address that cannot be read")
    kind, parameters, encoded = found.groups()
    data = _decoded(encoded, "base64" in parameters.lower())
    if kind.lower() == "image/svg+xml":
        return _of_svg(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the caller has a limit of its own
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                return picture.width * picture.height
    except Image.DecompressionBombError as error:
        raise PictureUnreadable("is too large: it has more than 100 million pixels") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise PictureUnreadable("is not a readable PNG, JPEG, GIF, WebP or BMP") from error


def _of_svg(data: bytes) -> int:
    try:
        nested = check_svg(data)
    except ValueError as error:
        raise PictureUnreadable(str(error)) from error
    return sum(pixels(address) for address in nested)


def _decoded(encoded: str, is_base64: bool) -> bytes:
    raw = unquote_to_bytes(encoded)
    if not is_base64:
        return raw
    try:
        return b64decode(b"".join(raw.split()), validate=True)
    except NotBase64 as error:
        raise PictureUnreadable("is damaged: its base64 cannot be read") from error
