"""Routes of vendor bills: the list, one bill, reading its file again, and pushing it to finance again."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import RowMapping

from api.bills.deps import FORCED, BillId, Bills, Editor, Reader
from api.bills.file_routes import status_url
from api.bills.filters import BillQuery
from api.bills.repository import BillRepository
from api.bills.schemas import BillDetail, BillPage, BillSummary, PushAsked, Received, SourceView, VersionView
from api.bills.uploads import UploadHints
from api.deps import StateDep
from api.errors import Forbidden, NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from models.bills.bill import Bill
from models.bills.file_content import FileHints
from models.bills.ports import FileToRead, PushWanted
from models.values.base_models import Strict
from workflows.client import bills as bill_workflows
from workflows.client.errors import TemporalUnavailable

router = APIRouter(prefix="/vendor-bills", tags=["bills"], route_class=DecimalJsonRoute)

CHANGE = errors(400, 401, 403, 404, 413, 503, 504)


class ReadAgain(UploadHints):
    """What to know in addition; what was given with the upload stays, unless it is given again."""


class PushBody(Strict):
    """Whether to push even if finance has the same content already."""

    forced: bool = Field(default=False, description="needs the role manager")


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
    row = await _found(bills, bill_id)
    versions = [_version(each) for each in await bills.versions(bill_id)]
    return Envelope(data=BillDetail.of_bill(dict(row), versions, await _waits_for(state, row)))


@router.post("/{bill_id}/re-ingest", status_code=202, summary="Read the file of a bill again", responses=CHANGE)
async def read_bill_again(
    bill_id: BillId, body: ReadAgain, bills: Bills, state: StateDep, user: Editor
) -> Envelope[Received]:
    """Reads the file of the newest version again, for example with the currency that it lacks. It makes a new version
    of each bill of the file that comes out differently."""
    row = await _found(bills, bill_id)
    file = await bills.file(row["file_sha256"])
    assert file is not None, "a bill has its file"
    hints = FileHints.model_validate({**file["hints"], **body.hints.model_dump(exclude_none=True, mode="json")})
    to_read = FileToRead(
        sha256=file["sha256"], name=file["name"], size=file["size"], by=user.username, hints=hints, again=True
    )
    workflow_id = await bill_workflows.read_file(await state.temporal.client(), to_read)
    answer = Received(
        sha256=to_read.sha256, already_read=False, workflow_id=workflow_id, status_url=status_url(to_read.sha256)
    )
    return Envelope(data=answer)


@router.post("/{bill_id}/push", status_code=202, summary="Push a bill to finance again", responses=CHANGE)
async def push_bill(
    bill_id: BillId, body: PushBody, bills: Bills, state: StateDep, user: Editor
) -> Envelope[PushAsked]:
    """Starts the push, or makes the next attempt now. Without `forced` a bill that finance has already is not sent."""
    if body.forced and not user.role.includes(FORCED):
        raise Forbidden(f"a forced push needs the role {FORCED} or a higher one; {user.username} is {user.role}")
    bill = Bill.model_validate((await _found(bills, bill_id))["state"])
    wish = PushWanted(by=user.username, forced=body.forced)
    workflow_id = await bill_workflows.push(await state.temporal.client(), bill.key, wish)
    return Envelope(
        data=PushAsked(bill_id=bill_id, workflow_id=workflow_id, status_url=f"/api/v1/vendor-bills/{bill_id}")
    )


async def _found(bills: BillRepository, bill_id: str) -> RowMapping:
    found = await bills.bill(bill_id)
    if found is None:
        raise NotFound(f"There is no bill {bill_id}.")
    return found


def _version(row: RowMapping) -> VersionView:
    bill = Bill.model_validate(row["state"])
    return VersionView(
        version=row["version"],
        created_at=row["created_at"],
        file=SourceView(**bill.file.model_dump()),
        gross=bill.totals.gross,
        diff=row["diff"],
    )


async def _waits_for(state: StateDep, row: RowMapping) -> str | None:
    """Return the failure that the bill's workflow waits to repeat; None also if Temporal does not answer."""
    if row["done_at"] is not None:
        return None
    workflow_id = Bill.model_validate(row["state"]).key.workflow_id
    try:
        run = await bill_workflows.look(await state.temporal.client(), workflow_id)
    except TemporalUnavailable:
        return None
    return run.problem if run else None
