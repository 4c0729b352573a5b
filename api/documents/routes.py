"""Routes of an invoice's document: the PDF, and the page as a preview."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from api.documents.answers import pdf_answer, preview_answer
from api.documents.deps import DocumentsDep
from api.http.error_responses import errors
from api.http.media import HTML, PDF
from api.invoice.deps import InvoiceDep
from api.reads import ReadsDep

router = APIRouter(prefix="/invoices/{invoice_id}", tags=["documents"])


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
    return await pdf_answer(invoice, documents, if_none_match)


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
    return await preview_answer(invoice, reads, as_override=as_override)
