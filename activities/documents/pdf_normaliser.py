"""PDFs with reproducible bytes: metadata and identifier depend on the document only."""

import io
from dataclasses import dataclass
from datetime import date

import pikepdf

from activities.documents.renderer import EngineUnavailable


@dataclass(frozen=True)
class FinishedPdf:
    """A PDF and the number of its pages."""

    content: bytes
    pages: int


def normalise(pdf: bytes, document_date: date, *, title: str, author: str, language: str) -> FinishedPdf:
    """Return the same pages with the document's date in the metadata and an id that is computed from the content.

    Engines write the current time, and some a random id, so that each rendering would have other bytes. Raises
    EngineUnavailable when the bytes are not a PDF.
    """
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return _finished(document, document_date, title=title, author=author, language=language)
    except pikepdf.PdfError as error:
        raise EngineUnavailable(f"The answer of the engine is not a PDF: {error}") from error


def _finished(document: pikepdf.Pdf, document_date: date, *, title: str, author: str, language: str) -> FinishedPdf:
    moment = f"D:{document_date:%Y%m%d}000000Z"
    for name in ("/Metadata", "/PieceInfo"):
        if name in document.Root:
            del document.Root[name]
    if "/Info" in document.trailer:
        del document.trailer["/Info"]
    info = document.docinfo
    info["/Title"] = title
    info["/Author"] = author
    info["/Creator"] = "Aktum"
    info["/CreationDate"] = moment
    info["/ModDate"] = moment
    document.Root.Lang = pikepdf.String(language)
    document.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    document.remove_unreferenced_resources()
    stream = io.BytesIO()
    document.save(stream, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return FinishedPdf(content=stream.getvalue(), pages=len(document.pages))
