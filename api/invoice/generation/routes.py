"""The route that shows what `generate` would make of a prefill result."""

from fastapi import APIRouter

from api.access.deps import DrafterDep
from api.deps import TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.invoice.bodies import Generate
from api.invoice.generation.previews import GenerationPreview, edited_draft
from api.reads import ReadsDep

router = APIRouter(prefix="/invoices/generate", tags=["invoices"], route_class=DecimalJsonRoute)


@router.post("/preview", summary="Try an edited preview", responses=errors(400, 401, 403, 404, 409, 500, 503))
async def preview_generation(
    body: Generate, reads: ReadsDep, _: DrafterDep, today: TodayDep
) -> Envelope[GenerationPreview]:
    """Computes the draft that `generate` would make of the same body, and stores nothing. It refuses what `generate`
    would refuse, except that it does not look for an invoice of the period."""
    return Envelope(data=GenerationPreview.of(await edited_draft(reads, body, today)))
