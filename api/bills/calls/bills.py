"""One vendor bill, and what is asked of its workflow: to be read again, and to be pushed to finance again."""

from pydantic import Field
from sqlalchemy import RowMapping

from api.access.deps import Actor
from api.bills.calls.files import status_url
from api.bills.deps import FORCED
from api.bills.repository import BillRepository
from api.bills.schemas import BillDetail, PushAsked, Received, SourceView, VersionView
from api.bills.uploads import UploadHints
from api.deps import AppState
from api.errors import Forbidden, NotFound
from models.bills.bill import Bill
from models.bills.file_content import FileHints
from models.bills.ports import FileToRead, PushWanted
from models.values.base_models import Strict
from workflows.client import bills as bill_workflows
from workflows.client.errors import TemporalUnavailable


class ReadAgain(UploadHints):
    """What to know in addition; what was given with the upload stays, unless it is given again."""


class PushBody(Strict):
    """Whether to push even if finance has the same content already."""

    forced: bool = Field(default=False, description="needs the role manager")


async def bill_detail(bill_id: str, bills: BillRepository, state: AppState) -> BillDetail:
    """Return the bill with its versions. Raise NotFound when there is none."""
    row = await _found(bills, bill_id)
    versions = [_version(each) for each in await bills.versions(bill_id)]
    return BillDetail.of_bill(dict(row), versions, await _waits_for(state, row))


async def read_again(bill_id: str, body: ReadAgain, bills: BillRepository, state: AppState, user: Actor) -> Received:
    """Start to read the file of the newest version again. Raises what the start of a workflow raises."""
    row = await _found(bills, bill_id)
    file = await bills.file(row["file_sha256"])
    assert file is not None, "a bill has its file"
    hints = FileHints.model_validate({**file["hints"], **body.hints.model_dump(exclude_none=True, mode="json")})
    to_read = FileToRead(
        sha256=file["sha256"], name=file["name"], size=file["size"], by=user.username, hints=hints, again=True
    )
    workflow_id = await bill_workflows.read_file(await state.temporal.client(), to_read)
    return Received(
        sha256=to_read.sha256, already_read=False, workflow_id=workflow_id, status_url=status_url(to_read.sha256)
    )


async def ask_push(bill_id: str, body: PushBody, bills: BillRepository, state: AppState, user: Actor) -> PushAsked:
    """Start the push, or make its next attempt now. Raises what the start of a workflow raises."""
    if body.forced and not user.role.includes(FORCED):
        raise Forbidden(f"a forced push needs the role {FORCED} or a higher one; {user.username} is {user.role}")
    bill = Bill.model_validate((await _found(bills, bill_id))["state"])
    wish = PushWanted(by=user.username, forced=body.forced)
    workflow_id = await bill_workflows.push(await state.temporal.client(), bill.key, wish)
    return PushAsked(bill_id=bill_id, workflow_id=workflow_id, status_url=f"/api/v1/vendor-bills/{bill_id}")


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


async def _waits_for(state: AppState, row: RowMapping) -> str | None:
    """Return the failure that the bill's workflow waits to repeat; None also if Temporal does not answer."""
    if row["done_at"] is not None:
        return None
    workflow_id = Bill.model_validate(row["state"]).key.workflow_id
    try:
        run = await bill_workflows.look(await state.temporal.client(), workflow_id)
    except TemporalUnavailable:
        return None
    return run.problem if run else None
