"""The files that pages load: own CSS and JavaScript, htmx, and the document font. Each address holds a digest.

They are read once and served from memory. An address with another digest answers 404, so that a browser may keep what
it has got for a year.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request, Response

from api.errors import NotFound
from api.pages.fonts import original, web_font

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "pages"
_OWN = TEMPLATES / "assets"
PREFIX = "/assets"
FONT = "font/woff"
_DIGITS = 12
_JAVASCRIPT = "text/javascript; charset=utf-8"
_FONTS = {
    "source-sans-400.woff": "Regular",
    "source-sans-600.woff": "Semibold",
    "source-sans-700.woff": "Bold",
    "source-sans-italic.woff": "It",
}

router = APIRouter(prefix=PREFIX, include_in_schema=False)


@dataclass(frozen=True)
class Asset:
    content: Callable[[], bytes]
    media_type: str
    address: str
    is_compressed: bool = False


def _styles() -> list[Path]:
    """Return the style sheets in their order: what all pages have, each part of the desk, and print."""
    first, last = _OWN / "styles" / "desk.css", _OWN / "styles" / "print.css"
    return [first, *sorted(set((_OWN / "styles").glob("*.css")) - {first, last}), last]


@cache
def assets() -> Mapping[str, Asset]:
    """Return all assets by their names."""
    found = {
        name: Asset(partial(web_font, style), FONT, _address(name, original(style))) for name, style in _FONTS.items()
    }
    css = "".join(path.read_text(encoding="utf-8") for path in _styles())
    for name in _FONTS:
        css = css.replace(f'url("{name}")', f'url("{found[name].address}")')
    htmx = files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"
    texts = {
        "desk.css": (css.encode(), "text/css; charset=utf-8"),
        "icon.svg": ((_OWN / "icon.svg").read_bytes(), "image/svg+xml"),
        "htmx.js": (htmx.read_bytes(), _JAVASCRIPT),
        **{path.name: (path.read_bytes(), _JAVASCRIPT) for path in (_OWN / "scripts").glob("*.js")},
    }
    return found | {name: _text(name, content, media_type) for name, (content, media_type) in texts.items()}


def asset(name: str) -> str:
    """Return the address of an asset."""
    return assets()[name].address


def with_own_fonts(page: str) -> str:
    """Return the page of a document with the addresses of the fonts that its style names by their files."""
    for name, style in _FONTS.items():
        page = page.replace(f"SourceSansPro-{style}.ttf", asset(name))
    return page


def accepts_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")


@router.get("/{file_name}")
async def get_asset(file_name: str, request: Request) -> Response:
    found = _by_address().get(f"{PREFIX}/{file_name}")
    if found is None:
        raise NotFound(f"There is no file {file_name}.")
    content = await asyncio.to_thread(found.content)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if found.is_compressed and accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
    elif found.is_compressed:
        content = gzip.decompress(content)
    return Response(content, media_type=found.media_type, headers=headers)


@cache
def _by_address() -> Mapping[str, Asset]:
    return {each.address: each for each in assets().values()}


def _text(name: str, content: bytes, media_type: str) -> Asset:
    compressed = gzip.compress(content, mtime=0)
    return Asset(lambda: compressed, media_type, _address(name, content), is_compressed=True)


def _address(name: str, content: bytes) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{PREFIX}/{stem}-{hashlib.sha256(content).hexdigest()[:_DIGITS]}.{suffix}"
