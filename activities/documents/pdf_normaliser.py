"""PDF bytes made deterministic: fixed identifiers and dates."""

import io
from dataclasses import dataclass
from datetime import date

import pikepdf

from activities.documents.renderer import EngineUnavailable, check_bytes, check_pages


@dataclass(frozen=True)
class FinishedPdf:
    content: bytes
    pages: int


def normalise(pdf: bytes, document_date: date, *, title: str, author: str, language: str) -> FinishedPdf:
    """The same pages with metadata of the document's own date, and an id computed from the content.

    An engine writes the time of day and, some of them, a random id; either would make every copy another file.

    Raises PageRefused for a document that has too many pages or bytes.
    """
    check_bytes(len(pdf))
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return _finished(document, document_date, title=title, author=author, language=language)
    except pikepdf.PdfError as error:
        raise EngineUnavailable(f"The engine's answer is no PDF: {error}") from error


def _finished(document: pikepdf.Pdf, document_date: date, *, title: str, author: str, language: str) -> FinishedPdf:
    check_pages(len(document.pages))
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
