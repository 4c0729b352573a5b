"""Routes of an invoice's document: the PDF, and the page as a preview."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Header, Query, Response

from api.access.deps import Actor, require_permission
from api.deps import NowDep
from api.documents.answers import edited_preview_answer, pdf_answer, preview_answer
from api.documents.deps import DocumentsDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.error_responses import errors
from api.http.media import HTML, PDF
from api.invoice.command_bodies import EXAMPLES, EditBody
from api.invoice.deps import InvoiceDep
from api.reads import ReadsDep
from models.invoice.commands import Edit

router = APIRouter(prefix="/invoices/{invoice_id}", tags=["documents"], route_class=DecimalJsonRoute)


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


@router.post(
    "/preview-html",
    status_code=200,
    summary="The page that an edit would print",
    response_class=Response,
    responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}, **errors(400, 401, 403, 404, 409, 503)},
)
async def preview_edited_html(
    invoice: InvoiceDep,
    body: Annotated[EditBody, Body(examples=[EXAMPLES["edit"]])],
    user: Annotated[Actor, Depends(require_permission(Edit))],
    reads: ReadsDep,
    now: NowDep,
) -> Response:
    """Returns the page as `PATCH /invoices/{invoice_id}` with the same body would make it, and changes nothing. Of an
    `html_override` it shows what a document may contain; the header `Aktum-Removed` counts the other parts."""
    edit = Edit.model_validate(dict(body) | {"by": user.username})
    return await edited_preview_answer(invoice, edit, reads, now)
