"""The fonts of a document come from packages only, whatever fonts the machine has."""

import hashlib
import io
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pikepdf
import pytest
from pdfminer.high_level import extract_text

from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.font_files import FALLBACK_FONTS, OWN_FONTS
from activities.documents.pages import document_html
from activities.documents.renderer import fonts
from activities.documents.rendering import Documents
from models.values.printable_characters import PRINTABLE
from tests.fixtures import font_coverage
from tests.fixtures.documents import rendering, seed_support

ROOT = Path(__file__).parents[3]
SCRIPTS = {
    "Arabic": "محمد",
    "Hebrew": "שלום",
    "Georgian": "ქართული",
    "Armenian": "Հայաստան",
    "Devanagari": "नमस",
    "Thai": "ภาษา",
    "Chinese": "简体中文",
    "Japanese": "株式会社",
    "Korean": "한국어",
    "symbols": "☎",
}
PAGE = "".join(f"<p>{text}</p><p style='font-weight:600; font-family: serif'>{text}</p>" for text in SCRIPTS.values())


def test_the_table_of_characters_equals_the_fonts() -> None:
    assert font_coverage.TABLE.read_text(encoding="utf-8") == font_coverage.module(font_coverage.code_points())
    assert font_coverage.code_points() == PRINTABLE


def test_every_font_file_exists() -> None:
    assert all(font.is_file() for font in (*OWN_FONTS, *FALLBACK_FONTS))


@pytest.mark.parametrize("script", SCRIPTS)
async def test_a_script_is_printed_with_a_font_that_has_it(renderer: EmbeddedRenderer, script: str) -> None:
    """A letter without a glyph would be printed as a box of the documents' own font."""
    pdf = await renderer.render(f"<p>{SCRIPTS[script]}</p>", fonts())
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        named = {str(font.BaseFont) for page in opened.pages for font in page.resources.Font.values()}
    assert named
    assert all("SourceSans" not in name for name in named)
    # The text is extracted in the order in which it is drawn, and with other code points of the same letters.
    extracted = unicodedata.normalize("NFKC", extract_text(io.BytesIO(pdf)).strip())
    assert sorted(extracted) == sorted(SCRIPTS[script])


PRINT = """
import asyncio, hashlib, json, sys
from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.pdf_normaliser import normalise
from activities.documents.renderer import fonts
from datetime import date

async def main():
    renderer = EmbeddedRenderer(processes=1)
    for page in json.load(sys.stdin):
        pdf = await renderer.render(page, fonts())
        content = normalise(pdf, date(2026, 3, 2), title="t", author="a", language="en").content
        print(hashlib.sha256(content).hexdigest())
    renderer.close()

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_no_font_of_the_machine_is_used(tmp_path: Path) -> None:
    """The bytes are the same with all fonts of this machine, with none, and with an unreadable configuration."""
    (tmp_path / "print.py").write_text(PRINT)
    (tmp_path / "none").mkdir()
    (tmp_path / "none.conf").write_text("<fontconfig><dir>none</dir></fontconfig>")
    pages = [PAGE, document_html(rendering(seed_support()))]
    found = [
        subprocess.run(
            [sys.executable, tmp_path / "print.py"],
            input=json.dumps(pages),
            capture_output=True,
            check=True,
            text=True,
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], **environment},
        ).stdout.split()
        for environment in (
            {},
            {"FONTCONFIG_FILE": str(tmp_path / "none.conf")},
            {"FONTCONFIG_FILE": "/nonexistent", "FONTCONFIG_PATH": str(tmp_path / "none"), "HOME": str(tmp_path)},
        )
    ]
    assert len(found[0]) == len(pages)
    assert found[0] == found[1] == found[2]


# Pages with Latin and Cyrillic letters kept their bytes when the fallback fonts came. Since then only a grey has become
# darker, for the contrast on a tinted ground.
BEFORE = {
    "UZS": "b279620a998c5a9f",
    "USD": "2d585e3fbc5de02e",
}


@pytest.mark.parametrize("currency", BEFORE)
async def test_a_document_without_fallback_fonts_keeps_its_bytes(renderer: EmbeddedRenderer, currency: str) -> None:
    documents = Documents(renderer, None)  # type: ignore[arg-type]  # nothing is stored
    finished = await documents.pdf(rendering(seed_support(currency=currency)))
    assert hashlib.sha256(finished.content).hexdigest().startswith(BEFORE[currency])
