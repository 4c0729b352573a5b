"""The page of one payable, and its commands as forms."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import Actor, require
from api.bills.deps import Bills
from api.bills.payables.deps import IssuerDay, PayableReads, PayableWrites
from api.bills.payables.schemas import PayableLineView, PayableView
from api.deps import NowDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import NotFound
from api.invoice.history_schemas import AuditTrail
from api.pages.forms.fields import FormField, body_of, read
from api.pages.forms.form_page import FormPage, form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.payables import payable_words
from api.pages.payables.payable_forms import FORMS, REVISION, PayableForm
from api.pages.payables.payable_list_routes import PAYABLES
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.uploads import UploadRoute
from models.accounting.ageing import days_late
from models.bills.payable import (
    LEAST_ROLE,
    Payable,
    PayableActor,
    PayableCommandName,
    PayableStatus,
    amount_of,
    executed_by,
)
from models.bills.payable_errors import StalePayable

router = APIRouter(prefix="/payables/{payable_id}", include_in_schema=False, route_class=UploadRoute)

LINES_PER_PAGE = 100
MOST_FIELDS = 20
LONGEST_ID = 100


async def page_payable(_: PageActorDep, payable_id: str, payables: PayableReads) -> Payable:
    if not payable_id.isprintable() or len(payable_id) > LONGEST_ID:
        raise NotFound(f"There is no payable {payable_id}.")
    return await payables.read(payable_id)


async def payable_form(command: str) -> PayableForm:
    if command not in set(PayableCommandName):
        raise NotFound(f"There is no command {command}.")
    return FORMS[PayableCommandName(command)]


PagePayableDep = Annotated[Payable, Depends(page_payable)]
PayableFormDep = Annotated[PayableForm, Depends(payable_form)]


@router.get("")
async def payable_page(
    desk: DeskDep,
    actor: PageActorDep,
    payable: PagePayableDep,
    payables: PayableReads,
    bills: Bills,
    today: IssuerDay,
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show the payable with its log, one page of its lines, and the bill that it is for."""
    trail = AuditTrail.of(await payables.log(payable.id), payable.chain)
    found = await payables.lines(payable.id, after, LINES_PER_PAGE + 1)
    lines = [PayableLineView(position=n, **line.model_dump()) for n, line in found[:LINES_PER_PAGE]]
    wanted = PAYABLES.came_from(desk.listed)
    beside = await payables.beside(payable, wanted.filters.selection, today) if wanted else None
    is_open = payable.status is not PayableStatus.PAID
    return desk.page(
        "payables/payable.html.j2",
        payable=PayableView.of(payable),
        place=PAYABLES.place(wanted, payable.id, beside) if wanted and beside else None,
        bill=await bills.by_invoice(payable.source, payable.external_id),
        commands=commands(payable, actor),
        lines=lines,
        after=after,
        next_after=lines[-1].position if len(found) > len(lines) else None,
        trail=trail,
        done=next((event for event in trail.events if str(event.seq) == done), None),
        late_days=days_late(payable.due_date, today) if is_open else 0,
        amount_of=amount_of,
        payable_words=payable_words,
    )


@router.get("/commands/{command}")
async def show_form(
    desk: DeskDep, actor: PageActorDep, payable: PagePayableDep, form: PayableFormDep, today: IssuerDay
) -> Response:
    """Show the form of a command, filled in with today."""
    require(actor, LEAST_ROLE[form.command.name], form.command.name.value)
    day = today.isoformat()
    texts = {"revision": str(payable.revision), "paid_on": day, "pay_on": _proposed_day(payable, today)}
    return form_response(desk, _page(payable, form), texts)


@router.post("/commands/{command}")
async def give_command(
    request: Request,
    desk: DeskDep,
    actor: PageActorDep,
    payable: PagePayableDep,
    form: PayableFormDep,
    payables: PayableWrites,
    now: NowDep,
    today: IssuerDay,
) -> Response:
    """Give the command, and show the payable with its event. A repetition shows the event of the first time."""
    require(actor, LEAST_ROLE[form.command.name], form.command.name.value)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, page = form_key(posted), _page(payable, form)
    typed = read(_fields(form), posted, desk.formats.zone)
    values = {name: value for name, value in typed.values.items() if name != "revision"}
    revision = typed.texts["revision"]
    if revision.isdecimal() and revision.isascii():
        values["revision"] = int(revision)
    body, errors = body_of(form.command, values)
    if not isinstance(body, form.command) or typed.errors:
        return form_response(desk, page, typed.texts, status=400, key=key, errors={**errors, **typed.errors})
    who = PayableActor(name=actor.username, role=actor.role, source="desk")
    try:
        done = (await payables.change(payable.id, body, who, now, today)).revision
    except StalePayable as error:
        before = executed_by(await payables.log(payable.id), body, who)
        if before is None:
            texts = {**typed.texts, "revision": str(payable.revision)}
            return refused_response(desk, page, texts, key, expected_error(request, error))
        done = before.seq
    except EXPECTED as error:
        return refused_response(desk, page, typed.texts, key, expected_error(request, error))
    return RedirectResponse(f"/payables/{payable.id}{url_query({'done': done, **desk.carried})}", 303)


def commands(payable: Payable, actor: Actor) -> Sequence[PayableForm]:
    """Return the commands that the status allows and that the person may give."""
    return [FORMS[name] for name in payable.allowed if actor.role.includes(LEAST_ROLE[name])]


def _fields(form: PayableForm) -> tuple[FormField, ...]:
    return (REVISION, *form.fields)


def _page(payable: Payable, form: PayableForm) -> FormPage:
    amount = amount_of(payable.gross_minor, payable.currency)
    return FormPage(
        label=form.label,
        busy=form.busy,
        text=form.text,
        fields=_fields(form),
        address=f"/payables/{payable.id}/commands/{form.command.name}",
        cancel=f"/payables/{payable.id}",
        about=(payable.vendor, payable.external_number or payable.external_id, f"{amount} {payable.currency.value}"),
        is_dangerous=form.is_dangerous,
    )


def _proposed_day(payable: Payable, today: date) -> str:
    """Return the day that a payment is scheduled for: the one it has, or the due date, or today when that is over."""
    return max(payable.scheduled_for or payable.due_date, today).isoformat()
