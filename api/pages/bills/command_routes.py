"""What a person asks of a vendor bill, as forms: push it, match it again, read its file again."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import require
from api.bills.calls.bills import PushBody, ReadAgain, ask_push
from api.bills.calls.bills import read_again as read_file_again
from api.bills.calls.matches import match_newest
from api.bills.deps import FORCED, Bills, Costs
from api.deps import StateDep
from api.error_handlers import EXPECTED, expected_error
from api.pages.bills.deps import PageBill, PageBillDep
from api.pages.bills.hints import HINTS, hints_of
from api.pages.forms.fields import Control, FormField, body_of, read
from api.pages.forms.form_page import FormPage, form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.languages import N_
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.uploads import UploadRoute
from models.access.roles import BOOKING_BILLS

router = APIRouter(prefix="/bills/{bill_id}", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS: Final = 20
CHANGING: Final = "changing vendor bills"
_FORCED: Final = FormField("forced", "", Control.HIDDEN)


def _push_form(found: PageBill, *, forced: bool) -> FormPage:
    text = (
        N_("Finance gets the bill even if it has the same content already. It answers “updated” and stays one invoice.")
        if forced
        else N_("The next attempt is made now. A bill that finance has already is not sent again.")
    )
    return FormPage(
        label=N_("Push again by force") if forced else N_("Push to finance"),
        busy=N_("Asking…"),
        text=text,
        fields=(_FORCED,),
        address=f"{found.address}/push",
        cancel=found.address,
        about=(found.name, found.bill.issuer),
    )


def _match_form(found: PageBill) -> FormPage:
    return FormPage(
        label=N_("Match and allocate again"),
        busy=N_("Matching…"),
        text=N_("The resources, settlements and rules of today apply. Refused while an invoice bills the cost."),
        fields=(),
        address=f"{found.address}/match",
        cancel=found.address,
        about=(found.name, found.bill.issuer),
    )


def _read_form(found: PageBill) -> FormPage:
    return FormPage(
        label=N_("Read the file again"),
        busy=N_("Asking…"),
        text=N_(
            "What was given with the upload stays, unless you give it again here. A new version is made of each bill "
            "of the file that comes out differently."
        ),
        fields=HINTS,
        address=f"{found.address}/read-again",
        cancel=found.address,
        about=(found.name, found.bill.file.name),
    )


@router.get("/push")
async def push_form(
    desk: DeskDep, actor: PageActorDep, found: PageBillDep, forced: Annotated[str, Query(max_length=5)] = ""
) -> Response:
    is_forced = forced == "true"
    require(actor, FORCED if is_forced else BOOKING_BILLS, CHANGING)
    return form_response(desk, _push_form(found, forced=is_forced), {"forced": forced if is_forced else ""})


@router.post("/push")
async def push(
    request: Request, desk: DeskDep, actor: PageActorDep, found: PageBillDep, bills: Bills, state: StateDep
) -> Response:
    """Ask for the push, and show the bill, which says how far it is."""
    require(actor, BOOKING_BILLS, CHANGING)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, is_forced = form_key(posted), posted.get("forced") == "true"
    try:
        await ask_push(found.id, PushBody(forced=is_forced), bills, state, actor)
    except EXPECTED as error:
        texts = {"forced": "true" if is_forced else ""}
        form = _push_form(found, forced=is_forced)
        return refused_response(desk, form, texts, key, expected_error(request, error))
    return RedirectResponse(f"{found.address}{url_query({'asked': 'push', **desk.carried})}", 303)


@router.get("/match")
async def match_form(desk: DeskDep, actor: PageActorDep, found: PageBillDep) -> Response:
    require(actor, BOOKING_BILLS, CHANGING)
    return form_response(desk, _match_form(found), {})


@router.post("/match")
async def match(
    request: Request, desk: DeskDep, actor: PageActorDep, found: PageBillDep, costs: Costs, state: StateDep
) -> Response:
    """Match the newest version by what is known today. A repetition changes nothing."""
    require(actor, BOOKING_BILLS, CHANGING)
    key = form_key(await request.form(max_files=0, max_fields=MOST_FIELDS))
    try:
        await match_newest(found.id, state, costs)
    except EXPECTED as error:
        return refused_response(desk, _match_form(found), {}, key, expected_error(request, error))
    return RedirectResponse(f"{found.address}{url_query({'asked': 'match', **desk.carried})}", 303)


@router.get("/read-again")
async def read_again_form(desk: DeskDep, actor: PageActorDep, found: PageBillDep) -> Response:
    require(actor, BOOKING_BILLS, CHANGING)
    return form_response(desk, _read_form(found), {})


@router.post("/read-again")
async def read_again(
    request: Request, desk: DeskDep, actor: PageActorDep, found: PageBillDep, bills: Bills, state: StateDep
) -> Response:
    """Read the file of the bill again with what it lacks, and show how far the file is."""
    require(actor, BOOKING_BILLS, CHANGING)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, form = form_key(posted), _read_form(found)
    typed = read(HINTS, posted, desk.formats.zone)
    body, errors = body_of(ReadAgain, hints_of(typed)) if not typed.errors else (None, {})
    errors = {**typed.errors, **errors}
    if not isinstance(body, ReadAgain):
        return form_response(desk, form, typed.texts, status=400, key=key, errors=errors)
    try:
        answer = await read_file_again(found.id, body, bills, state, actor)
    except EXPECTED as error:
        return refused_response(desk, form, typed.texts, key, expected_error(request, error))
    return RedirectResponse(f"/bills/files/{answer.sha256}", 303)
