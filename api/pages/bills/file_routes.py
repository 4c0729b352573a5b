"""The files of vendor bills: their list, and how far one of them is, with what does not fit and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import RowMapping

from api.bills.calls.files import file_detail
from api.bills.deps import Bills, Sha256
from api.bills.filters import FileQuery
from api.bills.schemas import FileDetail, FileState, FileSummary
from api.deps import NowDep, StateDep
from api.errors import Invalid
from api.pages.bills import bill_words
from api.pages.lists import asked
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep
from models.access.roles import BOOKING_BILLS

router = APIRouter(prefix="/bills/files", include_in_schema=False)

ADDRESS = "/bills/files"
SOON = "every 2s"


@router.get("")
async def files_page(request: Request, actor: PageActorDep, desk: DeskDep, bills: Bills) -> Response:
    """Show one page of the files, the newest first."""
    wanted = asked(request.query_params, FileQuery, ADDRESS)
    errors = dict(wanted.errors)
    found: list[RowMapping] = []
    if not errors:
        try:
            found = list(await bills.files(wanted.filters))
        except Invalid as error:  # the cursor is of another list
            errors["cursor"] = error.message
    shown = found[: wanted.filters.per_page]
    following = None
    if len(found) > len(shown):
        following = wanted.filters.cursor_after(shown[-1]["uploaded_at"], shown[-1]["sha256"])
    return desk.page(
        "bills/files.html.j2",
        status=400 if errors else 200,
        files=[FileSummary.model_validate(dict(row)) for row in shown],
        errors=errors,
        only_refused=wanted.filters.only_refused,
        bill_words=bill_words,
        may_upload=actor.role.includes(BOOKING_BILLS),
        first=ADDRESS + url_query(wanted.without("cursor")) if "cursor" in wanted.given else None,
        next=wanted.at(following),
    )


@router.get("/{sha256}")
async def file_page(
    _: PageActorDep,
    desk: DeskDep,
    sha256: Sha256,
    bills: Bills,
    state: StateDep,
    moment: NowDep,
    known: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """Show how far the file is. The page asks again while it is read and its bills are written."""
    found = await file_detail(sha256, bills, state)
    return desk.page(
        "bills/file.html.j2",
        found=found,
        bill_words=bill_words,
        polling=polling(found),
        updated=moment,
        is_known=known == "true",
    )


@router.get("/{sha256}/progress")
async def file_progress(
    _: PageActorDep, desk: DeskDep, sha256: Sha256, bills: Bills, state: StateDep, moment: NowDep
) -> Response:
    """Answer the part of the page that is polled."""
    found = await file_detail(sha256, bills, state)
    return desk.page("bills/_file.html.j2", found=found, bill_words=bill_words, polling=polling(found), updated=moment)


def polling(found: FileDetail) -> str | None:
    """Return how often the page asks again; None when nothing changes by itself."""
    return SOON if found.state in (FileState.READING, FileState.WRITING) else None
