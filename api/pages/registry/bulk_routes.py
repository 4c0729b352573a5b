"""Pages for what is done with several invoices at once: their documents in one file, and commands one by one."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.access.deps import require
from api.deps import StateDep, TodayDep
from api.documents.collections import MOST_DOCUMENTS, Chosen, printable_answer, zip_answer
from api.documents.deps import DocumentsDep
from api.errors import Invalid, NotFound
from api.invoice.command_call import CommandCall
from api.invoice.deps import InvoicesDep
from api.invoice.repository import InvoiceRepository
from api.pages.forms.fields import FormField, body_of, read
from api.pages.forms.keys import form_key
from api.pages.invoice.command_form import CommandForm
from api.pages.invoice.command_forms import FORMS
from api.pages.registry.bulk import BULK, OUTCOMES, Outcome, give_to_each, reference
from api.pages.registry.chips import ADDRESS
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep, own_page
from api.reads import ReadsDep
from models.invoice.invoice import Invoice
from models.invoice.permissions import LEAST_ROLE
from models.invoice.preconditions import reason_not_allowed
from models.invoice.status import CommandName

OTHER_FIELDS = 20

router = APIRouter(include_in_schema=False)


@router.get(f"{ADDRESS}.zip")
async def zip_file(
    chosen: Annotated[Chosen, Query()], _: PageActorDep, documents: DocumentsDep, today: TodayDep
) -> StreamingResponse:
    return await zip_answer(chosen, documents, today)


@router.get(f"{ADDRESS}.pdf")
async def printable_file(
    chosen: Annotated[Chosen, Query()], _: PageActorDep, documents: DocumentsDep, today: TodayDep
) -> StreamingResponse:
    return await printable_answer(chosen, documents, today)


async def bulk_form(command: str, actor: PageActorDep) -> CommandForm:
    if command not in set(BULK):
        raise NotFound(f"{command} cannot be given to several invoices at once.")
    form = FORMS[CommandName(command)]
    require(actor, LEAST_ROLE[form.name], form.name.value)
    return form


BulkFormDep = Annotated[CommandForm, Depends(bulk_form)]


@router.get(f"{ADDRESS}/bulk/{{command}}")
async def bulk_page(
    request: Request,
    desk: DeskDep,
    form: BulkFormDep,
    chosen: Annotated[Chosen, Query()],
    repository: InvoicesDep,
) -> Response:
    """Show the chosen invoices, which of them the command is possible for, and its fields."""
    return _page(desk, form, await _invoices(chosen, repository), {}, _back(request))


@router.post(f"{ADDRESS}/bulk/{{command}}")
async def give_to_several(
    request: Request,
    desk: DeskDep,
    form: BulkFormDep,
    actor: PageActorDep,
    state: StateDep,
    reads: ReadsDep,
    repository: InvoicesDep,
) -> Response:
    """Give the command to each invoice, and show an answer for each. Sent again, the form gives the same answers."""
    posted = await request.form(max_files=0, max_fields=MOST_DOCUMENTS + OTHER_FIELDS)
    key, back = form_key(posted), own_page(str(posted.get("back", ADDRESS)))
    chosen, wrong = body_of(Chosen, {"id": posted.getlist("id")})
    if not isinstance(chosen, Chosen):
        raise Invalid.at("id", wrong["id"])
    invoices = await _invoices(chosen, repository)
    typed = read(_fields(form), posted, desk.formats.zone)
    body, found = body_of(form.body, typed.values) if not typed.errors else (None, {})
    if body is None:
        errors = {**typed.errors, **found}
        return _page(desk, form, invoices, typed.texts, back, status=400, errors=errors, key=key)
    call = CommandCall(state, reads, repository, actor, reference(invoices[0]), key)
    answers = await give_to_each(request, call, form, body, invoices)
    return desk.page(
        "registry/bulk_answers.html.j2",
        form=form,
        answers=answers,
        outcomes=OUTCOMES,
        done=sum(each.outcome is Outcome.DONE for each in answers),
        is_open=any(each.outcome in (Outcome.UNKNOWN, Outcome.NOT_SENT) for each in answers),
        hidden={**typed.texts, "key": key, "back": back},
        back=back,
    )


async def _invoices(chosen: Chosen, repository: InvoiceRepository) -> list[Invoice]:
    """Return the invoices in the order of their ids, each once. Raise NotFound for an id that does not exist."""
    wanted = list(dict.fromkeys(chosen.id))
    found = {each.id: each for each in await repository.find_all(wanted)}
    for each in wanted:
        if each not in found:
            raise NotFound(f"There is no invoice {each}.")
    return [found[each] for each in wanted]


def _fields(form: CommandForm) -> tuple[FormField, ...]:
    return tuple(each for each in form.fields if each.name in BULK[form.name])


def _back(request: Request) -> str:
    """Return the list that the person came from, with its filters."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    is_list = came_from.path == ADDRESS
    return own_page(f"{ADDRESS}?{came_from.query}" if is_list and came_from.query else ADDRESS)


def _page(
    desk: Desk,
    form: CommandForm,
    invoices: Sequence[Invoice],
    texts: Mapping[str, str],
    back: str,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    key: str | None = None,
) -> Response:
    rows = [(each, reason_not_allowed(each, form.name)) for each in invoices]
    return desk.page(
        "registry/bulk.html.j2",
        status=status,
        form=form,
        fields=_fields(form),
        rows=rows,
        possible=sum(reason is None for _, reason in rows),
        texts=texts,
        errors=errors or {},
        back=back,
        key=key,
    )
