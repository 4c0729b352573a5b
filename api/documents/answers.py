"""The answers with an invoice's document: its PDF, and its page as a preview."""

from datetime import datetime
from urllib.parse import quote

from fastapi import Response

from api.documents.repository import DocumentRepository
from api.errors import NotFound
from api.http.media import HTML, PAGE_POLICY, PDF
from api.invoice.editing.preview import edited
from api.reads import Reads
from models.documents.file_name import file_name
from models.documents.ports import PreviewInput
from models.invoice.commands import Edit
from models.invoice.invoice import Invoice


async def pdf_answer(invoice: Invoice, documents: DocumentRepository, if_none_match: str | None) -> Response:
    """Return the PDF of the document, or 304 when the caller has it. Raise NotFound when there is none yet."""
    document, number = invoice.document, invoice.display_number
    stored = await documents.find_pdf(document.sha256) if document else None
    if stored is None or number is None:
        raise NotFound("This invoice has no PDF yet; it is created when the draft is finalized.")
    etag = f'"{stored.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    if if_none_match is not None and etag in (tag.strip().removeprefix("W/") for tag in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(
        stored.content,
        media_type=PDF,
        headers={**headers, "Content-Disposition": _content_disposition(file_name(number))},
    )


async def preview_answer(invoice: Invoice, reads: Reads, *, as_override: bool = False) -> Response:
    """Return the page as it would print now."""
    preview = PreviewInput(
        content=invoice.content, display_number=invoice.display_number, due=invoice.due, as_override=as_override
    )
    return await page_answer(preview, reads)


async def page_answer(preview: PreviewInput, reads: Reads) -> Response:
    """Return the page for a browser, which runs no script of it and loads nothing for it."""
    page = await reads.page(preview)
    headers = {
        "Content-Security-Policy": PAGE_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    }
    if page.removed:
        headers["Aktum-Removed"] = str(len(page.removed))
    return Response(page.html, media_type=HTML, headers=headers)


async def edited_preview_answer(invoice: Invoice, edit: Edit, reads: Reads, now: datetime) -> Response:
    """Return the page as it would print after an edit, which is not made. Raises as the edit would be refused."""
    return await preview_answer(edited(invoice, edit, now), reads)


def _content_disposition(filename: str) -> str:
    """Return the header. A number may have letters that a header cannot hold, so it has the second form of RFC 6266."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in filename)
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
