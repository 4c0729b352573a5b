"""Route for the lineage of a line: the worklogs that it was made from, as ClickHouse has them now."""

from fastapi import APIRouter

from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.invoice.deps import InvoiceDep
from api.invoice.line_worklogs import LineWorklogsView, line_worklogs_of
from api.reads import ReadsDep

router = APIRouter(prefix="/invoices/{invoice_id}/lines", tags=["invoices"], route_class=DecimalJsonRoute)


@router.get("/{line}/worklogs", summary="The worklogs behind a line", responses=errors(401, 404, 500, 503))
async def line_worklogs(line: str, invoice: InvoiceDep, reads: ReadsDep) -> Envelope[LineWorklogsView]:
    """Returns the worklogs of a line. `line` is the line's `id`, or its position in the document counted from 1. A line
    without worklogs, such as a monthly base, has an empty list."""
    return Envelope(data=await line_worklogs_of(invoice, line, reads))
