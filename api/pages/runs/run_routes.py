"""The pages of billing runs: the newest ones, one with its rows and progress, and the start of another."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import require
from api.billing.runs import cancelled_run, found_run
from api.billing.schemas import RunSummary, run_meta
from api.deps import AppState, NowDep, StateDep, TodayDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, NotFound
from api.pages.forms.form_page import FormPage, form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.languages import N_
from api.pages.periods import asked_period
from api.pages.rendering import DeskDep, url_query
from api.pages.runs import wording
from api.pages.sessions import PageActorDep
from api.registry.deps import RegistryDep
from models.access.roles import DRAFTING
from models.billing.billing_run import ContractResult, DraftOutcome
from models.values.period import Period
from workflows.billing.messages import MonthlyStart
from workflows.client import billing_runs
from workflows.client.billing_runs import Run, RunState

router = APIRouter(prefix="/runs", include_in_schema=False)

SHOWN_RUNS = 20
RUNS_OF_TODAY = 3
PER_PAGE = 100
# Those that a person has to look at come first.
ORDER = (
    DraftOutcome.REFUSED,
    DraftOutcome.CANCELLED,
    DraftOutcome.PENDING,
    DraftOutcome.CREATED,
    DraftOutcome.ALREADY_THERE,
)
WITHOUT_DRAFT = frozenset({DraftOutcome.REFUSED, DraftOutcome.CANCELLED})


@router.get("")
async def runs_page(
    request: Request, desk: DeskDep, actor: PageActorDep, state: StateDep, today: TodayDep, moment: NowDep
) -> Response:
    """Show the newest runs. The list asks again while one is running."""
    asked = asked_period(request.query_params, today)
    runs: list[RunSummary] = []
    refused: ApiError | None = None
    try:
        runs = await _newest(state, SHOWN_RUNS)
    except EXPECTED as error:
        refused = expected_error(request, error)
    return desk.page(
        "runs/runs.html.j2",
        status=refused.status if refused else 400 if asked.error else 200,
        runs=runs,
        refused=refused,
        chosen=asked,
        may_draft=actor.role.includes(DRAFTING),
        is_running=any(each.state is RunState.RUNNING for each in runs),
        updated=moment,
        wording=wording,
        outcomes=list(DraftOutcome),
    )


@router.get("/last")
async def last_runs(request: Request, desk: DeskDep, _: PageActorDep, state: StateDep) -> Response:
    """Answer the last runs for the first page, which asks for them after it is shown, because they need Temporal."""
    runs: list[RunSummary] = []
    refused: ApiError | None = None
    try:
        runs = await _newest(state, RUNS_OF_TODAY)
    except EXPECTED as error:
        refused = expected_error(request, error)
    return desk.page("runs/last.html.j2", runs=runs, refused=refused, wording=wording, outcomes=list(DraftOutcome))


@router.post("")
async def start(
    actor: PageActorDep, state: StateDep, today: TodayDep, period: Annotated[str, Form(max_length=30)] = ""
) -> Response:
    """Start the run of all active contracts, or join the one that is running, and show it."""
    require(actor, DRAFTING, "drafting")
    try:
        chosen = Period.of_label(period.strip()) if period.strip() else Period.before(today)
    except ValueError:
        return RedirectResponse(f"/runs{url_query({'period': period.strip()})}", HTTPStatus.SEE_OTHER)  # it says why
    return await _started(state, MonthlyStart(period=chosen, by=actor.username))


@router.get("/{run_id}")
async def run_page(
    run_id: str,
    desk: DeskDep,
    actor: PageActorDep,
    state: StateDep,
    moment: NowDep,
    registry: RegistryDep,
    outcome: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    """Show a run: its counts, and for each contract its invoice as it is now, or why there is none."""
    run = await found_run(state, run_id)
    chosen = DraftOutcome(outcome) if outcome in set(DraftOutcome) else None
    results = sorted(run.report.results, key=lambda each: (ORDER.index(each.outcome), each.application_key))
    shown = [each for each in results if chosen in (None, each.outcome)]
    first = (page - 1) * PER_PAGE
    rows = shown[first : first + PER_PAGE]
    done = len(results)
    return desk.page(
        "runs/run.html.j2",
        run=run,
        meta=run_meta(run),
        rows=rows,
        invoices=await registry.of_ids([each.invoice_id for each in rows if each.invoice_id]),
        count=len(shown),
        page=page,
        per_page=PER_PAGE,
        chosen=chosen,
        outcomes=ORDER,
        done=done,
        whole=done + run.report.remaining,
        is_running=run.state is RunState.RUNNING,
        may_cancel=actor.role.includes(DRAFTING) and run.report.cancellation is None,
        again=bool(_keys_without_draft(results)) and run.report.period is not None and actor.role.includes(DRAFTING),
        updated=moment,
        wording=wording,
    )


@router.post("/{run_id}/again")
async def run_again(run_id: str, actor: PageActorDep, state: StateDep) -> Response:
    """Start a run of the contracts for which this one made no draft, and show it."""
    require(actor, DRAFTING, "drafting")
    run = await found_run(state, run_id)
    keys = _keys_without_draft(run.report.results)
    if run.report.period is None or not keys:
        raise NotFound("This run has left no contract without a draft.")
    return await _started(state, MonthlyStart(period=run.report.period, by=actor.username, application_keys=keys))


@router.get("/{run_id}/cancel")
async def cancel_form(run_id: str, desk: DeskDep, actor: PageActorDep, state: StateDep) -> Response:
    """Ask whether the rest is to be cancelled."""
    require(actor, DRAFTING, "drafting")
    return form_response(desk, _cancel_page(await found_run(state, run_id)), {})


@router.post("/{run_id}/cancel")
async def cancel(request: Request, run_id: str, desk: DeskDep, actor: PageActorDep, state: StateDep) -> Response:
    """Cancel the contracts that the run has not reached, and show the run. A repetition changes nothing."""
    require(actor, DRAFTING, "drafting")
    key = form_key(await request.form(max_files=0, max_fields=5))
    try:
        await cancelled_run(state, run_id, actor.username)
    except NotFound:
        raise
    except EXPECTED as error:
        page = _cancel_page(await found_run(state, run_id))
        return refused_response(desk, page, {}, key, expected_error(request, error))
    return RedirectResponse(f"/runs/{quote(run_id, safe='')}", HTTPStatus.SEE_OTHER)


def _cancel_page(run: Run) -> FormPage:
    report, address = run.report, f"/runs/{quote(run.id, safe='')}"
    return FormPage(
        label=N_("Cancel the rest of the run"),
        busy=N_("Cancelling…"),
        text=N_(
            "Drafts that are made or begun stay. Contracts that the run has not reached get no draft; they can be "
            "drafted later."
        ),
        fields=(),
        address=f"{address}/cancel",
        cancel=address,
        about=(report.period.title if report.period else run.id,),
        is_dangerous=True,
    )


async def _newest(state: AppState, limit: int) -> list[RunSummary]:
    return [RunSummary.of(run) for run in await billing_runs.list_runs(await state.temporal.client(), limit)]


async def _started(state: AppState, start: MonthlyStart) -> Response:
    run_id = await billing_runs.start_run(await state.temporal.client(), start, state.update_timeout)
    return RedirectResponse(f"/runs/{run_id}", HTTPStatus.SEE_OTHER)


def _keys_without_draft(results: Iterable[ContractResult]) -> tuple[str, ...]:
    return tuple(each.application_key for each in results if each.outcome in WITHOUT_DRAFT)
