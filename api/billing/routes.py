"""Routes to start a billing run and to read its progress."""

from fastapi import APIRouter, Depends, Response

from api.access.deps import DrafterDep, actor
from api.billing.bodies import GenerateBulk
from api.billing.schemas import RunAnswer
from api.deps import StateDep, TodayDep
from api.errors import NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.error_responses import errors
from workflows.billing.messages import MonthlyStart
from workflows.client import billing_runs
from workflows.client.billing_runs import RunState
from workflows.client.errors import WorkflowClosed
from workflows.runtime import ids

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
    "/runs/{run_id}",
    summary="Progress of a billing run",
    responses=errors(401, 404, 503),
    dependencies=[Depends(actor)],
)
async def get_run(run_id: str, state: StateDep) -> RunAnswer:
    """Returns a run, also one that the monthly schedule has started: `monthly-drafts-2026-03-01T01:00:00Z`."""
    if not ids.is_monthly_run(run_id):
        raise NotFound(f"There is no run {run_id}.")
    try:
        return RunAnswer.of(await billing_runs.describe_run(await state.temporal.client(), run_id))
    except WorkflowClosed as error:
        raise NotFound(f"There is no run {run_id}, or Temporal no longer keeps it.") from error
