"""An invoice's page, its PDF and its audit trail."""

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

# Whatever a page holds, a browser that shows it runs nothing and asks nobody.
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
    """The bytes that were reviewed, approved and sent; their SHA-256 is the ETag."""
    document, number = invoice.document, invoice.display_number
    stored = await documents.find_pdf(document.sha256) if document else None
    if stored is None or number is None:
        raise NotFound("This invoice has no PDF yet; it is made when the draft is finalized.")
    etag = f'"{stored.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    if if_none_match is not None and etag in (tag.strip().removeprefix("W/") for tag in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(
        stored.content,
        media_type=PDF,
        headers={**headers, "Content-Disposition": _named(file_name(number))},
    )


@router.get(
    "/preview-html",
    summary="The page, to look at",
    response_class=Response,
    responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}, **errors(401, 404, 503)},
)
async def preview_html(
    invoice: InvoiceDep,
    reads: ReadsDep,
    as_override: Annotated[bool, Query(description="the template's page, to write an html_override from")] = False,
) -> Response:
    """As it would print now; an invoice without a number says that it is a draft.

    With `as_override` it is the template's page even where there is an override, and has `{{number}}` in the place of
    the number. The header `Aktum-Removed` counts what an override held and a document may not.
    """
    previewing = PreviewInput(
        content=invoice.content, display_number=invoice.display_number, due=invoice.due, as_override=as_override
    )
    page = await reads.page(previewing)
    headers = {
        "Content-Security-Policy": PAGE_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    }
    if page.removed:
        headers["Aktum-Removed"] = str(len(page.removed))
    return Response(page.html, media_type=HTML, headers=headers)


def _named(filename: str) -> str:
    """A number may have letters that a header cannot carry; RFC 6266 has a second form for them."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in filename)
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
