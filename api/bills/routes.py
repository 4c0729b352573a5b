"""Routes of vendor bills: the list, one bill, reading its file again, and pushing it to finance again."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.bills.calls.bills import PushBody, ReadAgain, ask_push, bill_detail, read_again
from api.bills.deps import BillId, Bills, Editor, Reader
from api.bills.filters import BillFilter, BillQuery
from api.bills.schemas import BillDetail, BillPage, BillSummary, PushAsked, Received
from api.deps import StateDep
from api.errors import NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.neighbours import Neighbours

router = APIRouter(prefix="/vendor-bills", tags=["bills"], route_class=DecimalJsonRoute)

CHANGE = errors(400, 401, 403, 404, 413, 503, 504)


@router.get("", summary="List vendor bills, the newest period first", responses=errors(400, 401, 503))
async def list_bills(query: Annotated[BillQuery, Query()], bills: Bills, _: Reader) -> BillPage:
    """Use `cursor` to read all pages without gaps."""
    found = await bills.page(query)
    shown = found[: query.per_page]
    following = query.cursor_after(shown[-1]["period_start"], shown[-1]["id"]) if len(found) > len(shown) else None
    return BillPage(data=[BillSummary.of(dict(row)) for row in shown], next_cursor=following)


@router.get("/{bill_id}", summary="One bill", responses=errors(400, 401, 404, 503))
async def get_bill(bill_id: BillId, bills: Bills, state: StateDep, _: Reader) -> Envelope[BillDetail]:
    """Returns the totals, what does not fit, the file, the push to finance, and what each version changed."""
    return Envelope(data=await bill_detail(bill_id, bills, state))


@router.get(
    "/{bill_id}/neighbours", summary="The bills before and after one in a list", responses=errors(400, 401, 404, 503)
)
async def bill_neighbours(
    bill_id: BillId, filters: Annotated[BillFilter, Query()], bills: Bills, _: Reader
) -> Envelope[Neighbours]:
    """Returns the ids of the bills beside this one in the list with these filters, also when it has left the list."""
    row = await bills.bill(bill_id)
    if row is None:
        raise NotFound(f"There is no bill {bill_id}.")
    return Envelope(data=Neighbours.of(await bills.beside(row, filters)))


@router.post("/{bill_id}/re-ingest", status_code=202, summary="Read the file of a bill again", responses=CHANGE)
async def read_bill_again(
    bill_id: BillId, body: ReadAgain, bills: Bills, state: StateDep, user: Editor
) -> Envelope[Received]:
    """Reads the file of the newest version again, for example with the currency that it lacks. It makes a new version
    of each bill of the file that comes out differently."""
    return Envelope(data=await read_again(bill_id, body, bills, state, user))


@router.post("/{bill_id}/push", status_code=202, summary="Push a bill to finance again", responses=CHANGE)
async def push_bill(
    bill_id: BillId, body: PushBody, bills: Bills, state: StateDep, user: Editor
) -> Envelope[PushAsked]:
    """Starts the push, or makes the next attempt now. Without `forced` a bill that finance has already is not sent."""
    return Envelope(data=await ask_push(bill_id, body, bills, state, user))
