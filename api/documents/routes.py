"""Routes of an invoice's document: the PDF, and the page as a preview."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Response

from api.documents.deps import DocumentsDep
from api.errors import NotFound
from api.http.error_responses import errors
from api.invoice.deps import InvoiceDep
from api.reads import ReadsDep
from models.documents.file_name import file_name
from models.documents.ports import PreviewInput

router = APIRouter(prefix="/invoices/{invoice_id}", tags=["documents"])

PDF = "application/pdf"
HTML = "text/html"

# Under this policy a browser runs no script of the page and loads nothing from other servers.
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
)


@router.get(
    "/pdf",
    summary="The document",
    response_class=Response,
    responses={
        200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "The ETag in If-None-Match is still the document."},
        **errors(401, 404, 503),
    },
)
async def get_pdf(
    invoice: InvoiceDep, documents: DocumentsDep, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Returns the same bytes that are reviewed, approved and sent. Their SHA-256 is the ETag."""
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


@router.get(
    "/preview-html",
    summary="The page as a preview",
    response_class=Response,
    responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}, **errors(400, 401, 404, 503)},
)
async def preview_html(
    invoice: InvoiceDep,
    reads: ReadsDep,
    as_override: Annotated[bool, Query(description="the template's page, to write an html_override from")] = False,
) -> Response:
    """Returns the page as it would print now. A page without a number is marked as a draft.

    With `as_override` it is the template's page even when the invoice has an override, with `{{number}}` in place of
    the number. The header `Aktum-Removed` counts the parts of an override that a document must not contain.
    """
    preview = PreviewInput(
        content=invoice.content, display_number=invoice.display_number, due=invoice.due, as_override=as_override
    )
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


def _content_disposition(filename: str) -> str:
    """Return the header. A number may have letters that a header cannot hold, so it has the second form of RFC 6266."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in filename)
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
