"""The page on which a file of vendor bills is uploaded: a form, which a script turns into a place to drop files on."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.access.deps import require
from api.bills.calls.files import stored_and_started
from api.bills.deps import Bills, Store
from api.bills.uploads import BillUploadRoute, checked_hints, received
from api.deps import StateDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Invalid
from api.http.envelopes import FieldError
from api.pages.bills.command_routes import CHANGING
from api.pages.bills.hints import HINTS, hints_of
from api.pages.forms.fields import Typed, read
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep
from models.access.roles import BOOKING_BILLS
from models.bills.file_content import FileHints

router = APIRouter(include_in_schema=False, route_class=BillUploadRoute)

ADDRESS = "/bills/upload"


@router.get(ADDRESS)
async def upload_page(actor: PageActorDep, desk: DeskDep, state: StateDep) -> Response:
    require(actor, BOOKING_BILLS, CHANGING)
    return _page(desk, state.settings.bills.largest_mb, {})


@router.post(ADDRESS)
async def upload(
    request: Request, actor: PageActorDep, desk: DeskDep, bills: Bills, store: Store, state: StateDep
) -> Response:
    """Store the file and start to read it, and show how far it is. A file that was read before is shown at once."""
    require(actor, BOOKING_BILLS, CHANGING)
    texts: dict[str, str] = {}

    def hints_typed(form: FormData) -> FileHints:
        typed = read(HINTS, form, desk.formats.zone)
        texts.update(typed.texts)
        return _hints(typed)

    largest_mb = state.settings.bills.largest_mb
    try:
        async with received(request, largest_mb, hints_typed) as file:
            answer = await stored_and_started(file, actor.username, bills, store, state)
    except EXPECTED as error:
        return _page(desk, largest_mb, texts, expected_error(request, error))
    return RedirectResponse(f"/bills/files/{answer.sha256}" + ("?known=true" if answer.already_read else ""), 303)


def _hints(typed: Typed) -> FileHints:
    """Return the hints. Raise Invalid with a message for each field that cannot be read."""
    if typed.errors:
        details = [FieldError(path=name, message=message) for name, message in typed.errors.items()]
        raise Invalid("; ".join(f"{each.path}: {each.message}" for each in details), details)
    return checked_hints(hints_of(typed))


def _page(desk: Desk, largest_mb: int, texts: Mapping[str, str], refused: ApiError | None = None) -> Response:
    errors = {}
    if refused is not None and isinstance(refused.details, list):
        errors = {each.path: each.message for each in refused.details}
    return desk.page(
        "bills/upload.html.j2",
        status=refused.status if refused else 200,
        fields=HINTS,
        texts=texts,
        errors=errors,
        refused=refused if not errors else None,
        largest_mb=largest_mb,
    )
