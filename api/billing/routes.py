"""Drafts for many contracts at once, and how far such a run is."""

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
    summary="Make drafts for many contracts",
    responses={
        202: {"model": RunAnswer, "description": "The run goes on; `meta.run_id` is what to ask for."},
        **errors(400, 401, 403, 500, 503, 504),
    },
)
async def generate_bulk(
    body: GenerateBulk, state: StateDep, user: DrafterDep, today: TodayDep, response: Response
) -> RunAnswer:
    """The same run as the monthly schedule's. Asking twice makes nothing twice: a run of the same period and contracts
    that is under way is joined, and a contract that has an invoice already is listed with it. An Idempotency-Key is
    not looked at: another period or other contracts are another run."""
    start = MonthlyStart(period=body.period(today), by=user.username, application_keys=body.application_keys)
    run = await billing_runs.draft_many(await state.temporal.client(), start, state.update_timeout)
    if run.state is RunState.RUNNING:
        response.status_code = 202
    return RunAnswer.of(run)


@router.get(
    "/runs/{run_id}",
    summary="How far a run over many contracts is",
    responses=errors(401, 404, 503),
    dependencies=[Depends(actor)],
)
async def get_run(run_id: str, state: StateDep) -> RunAnswer:
    """Also those that the monthly schedule started: `monthly-drafts-2026-03-01T01:00:00Z`."""
    if not ids.is_monthly_run(run_id):
        raise NotFound(f"There is no run {run_id}.")
    try:
        return RunAnswer.of(await billing_runs.describe_run(await state.temporal.client(), run_id))
    except WorkflowClosed as error:
        raise NotFound(f"There is no run {run_id}, or it is so long ago that Temporal has forgotten it.") from error
