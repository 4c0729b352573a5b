"""The text of a printed page."""

import io
import re

from pdfminer.high_level import extract_text


def words(pdf: bytes) -> str:
    """Return all text of a PDF with single spaces; `pdfminer` ends a page with a form feed."""
    return re.sub(r"\s+", " ", extract_text(io.BytesIO(pdf)))
