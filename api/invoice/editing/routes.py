"""Routes of the dry run of an edit: its totals and warnings, and the page that it would print."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.access.deps import Actor, require_permission
from api.deps import NowDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.invoice.command_bodies import EXAMPLES, EditBody
from api.invoice.deps import InvoiceDep, InvoicesDep
from api.invoice.editing.preview import edit_preview
from api.invoice.editing.schemas import EditPreview
from api.reads import ReadsDep
from models.invoice.commands import Edit

router = APIRouter(prefix="/invoices/{invoice_id}/edit", tags=["invoices"], route_class=DecimalJsonRoute)

EditorDep = Annotated[Actor, Depends(require_permission(Edit))]


@router.post(
    "/preview",
    status_code=HTTPStatus.OK,
    summary="Try an edit",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def preview_edit(
    invoice: InvoiceDep,
    body: Annotated[EditBody, Body(examples=[EXAMPLES["edit"]])],
    user: EditorDep,
    reads: ReadsDep,
    repository: InvoicesDep,
    now: NowDep,
) -> Envelope[EditPreview]:
    """Returns what `PATCH /invoices/{invoice_id}` with the same body would change, and changes nothing: the totals
    before and after, the changed lines, and what a finalize would then ask or refuse. It is refused as the edit would
    be."""
    return Envelope(data=await edit_preview(reads, repository, invoice, body, user.username, now))
