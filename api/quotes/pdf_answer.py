"""The answer with the PDF of a sent version."""

from fastapi import Response

from api.http.media import PDF
from api.quotes.quote_repository import StoredPdf


def pdf_of(stored: StoredPdf, if_none_match: str | None = None) -> Response:
    """Return the PDF, or 304 when the caller has it."""
    etag = f'"{stored.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    if if_none_match is not None and etag in (tag.strip().removeprefix("W/") for tag in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    disposition = f'inline; filename="Quote_{_ascii(stored.number)}.pdf"'
    return Response(stored.content, media_type=PDF, headers={**headers, "Content-Disposition": disposition})


def _ascii(text: str) -> str:
    return "".join(letter if letter.isascii() and letter not in '"\\' else "_" for letter in text)
