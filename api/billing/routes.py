"""Routes to start a billing run and to read its progress."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.access.deps import DrafterDep, actor
from api.billing.bodies import GenerateBulk
from api.billing.runs import cancelled_run, found_run
from api.billing.schemas import RunAnswer, RunSummary
from api.deps import StateDep, TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from models.values.typed_values import WholeParameter
from workflows.billing.messages import MonthlyStart
from workflows.client import billing_runs
from workflows.client.billing_runs import RunState

MOST_RUNS = 50

router = APIRouter(prefix="/invoices", tags=["invoices"], route_class=DecimalJsonRoute)


@router.post(
    "/generate-bulk",
    summary="Create drafts for many contracts",
    responses={
        202: {"model": RunAnswer, "description": "The run continues; read it again by `meta.run_id`."},
        **errors(400, 401, 403, 500, 503, 504),
    },
)
async def generate_bulk(
    body: GenerateBulk, state: StateDep, user: DrafterDep, today: TodayDep, response: Response
) -> RunAnswer:
    """Starts the same run as the monthly schedule. A repeated request creates nothing twice: it returns the run of the
    same period and contracts when that is in progress, and a contract that has an invoice is listed with that invoice.
    An Idempotency-Key is ignored, because a run is identified by its period and contracts."""
    start = MonthlyStart(period=body.period(today), by=user.username, application_keys=body.application_keys)
    run = await billing_runs.draft_many(await state.temporal.client(), start, state.update_timeout)
    if run.state is RunState.RUNNING:
        response.status_code = 202
    return RunAnswer.of(run)


@router.get(
    "/runs",
    summary="The newest billing runs",
    responses=errors(400, 401, 503),
    dependencies=[Depends(actor)],
)
async def list_runs(
    state: StateDep, limit: Annotated[WholeParameter, Query(ge=1, le=MOST_RUNS)] = 10
) -> Envelope[list[RunSummary]]:
    """Returns the runs that people and the monthly schedule have started, the newest first, as long as Temporal keeps
    them. A run is identified by its period and contracts: when it was repeated, the last one is listed."""
    runs = await billing_runs.list_runs(await state.temporal.client(), limit)
    return Envelope(data=[RunSummary.of(run) for run in runs])


@router.get(
    "/runs/{run_id}",
    summary="Progress of a billing run",
    responses=errors(401, 404, 503),
    dependencies=[Depends(actor)],
)
async def get_run(run_id: str, state: StateDep) -> RunAnswer:
    """Returns a run, also one that the monthly schedule has started: `monthly-drafts-2026-03-01T01:00:00Z`."""
    return RunAnswer.of(await found_run(state, run_id))


@router.post(
    "/runs/{run_id}/cancel",
    summary="Cancel the rest of a billing run",
    responses=errors(401, 403, 404, 409, 503, 504),
)
async def cancel_run(run_id: str, state: StateDep, user: DrafterDep) -> RunAnswer:
    """The drafts that the run has made or begun stay. Contracts that it has not reached get the outcome `cancelled`, as
    soon as the step that the run is at has ended. A repetition changes nothing; a run that has ended is a 409."""
    return RunAnswer.of(await cancelled_run(state, run_id, user.username))
