"""The route that shows the printed page of a draft before it is made."""

from fastapi import APIRouter, Response

from api.access.deps import DrafterDep
from api.deps import TodayDep
from api.documents.answers import page_answer
from api.http.decimal_json import DecimalJsonRoute
from api.http.error_responses import errors
from api.http.media import HTML
from api.invoice.bodies import Generate
from api.invoice.generation.previews import edited_draft
from api.reads import ReadsDep
from models.documents.ports import PreviewInput

router = APIRouter(prefix="/invoices/generate", tags=["documents"], route_class=DecimalJsonRoute)


@router.post(
    "/preview-html",
    summary="The page of an edited preview",
    response_class=Response,
    responses={
        200: {"content": {HTML: {"schema": {"type": "string"}}}},
        **errors(400, 401, 403, 404, 409, 500, 503),
    },
)
async def preview_generated_page(body: Generate, reads: ReadsDep, _: DrafterDep, today: TodayDep) -> Response:
    """Returns the page of the draft that `generate` would make of the same body. Nothing is stored."""
    draft = await edited_draft(reads, body, today)
    return await page_answer(PreviewInput(content=draft.content), reads)
