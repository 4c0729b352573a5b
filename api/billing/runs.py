"""Billing runs by their ids."""

from api.deps import AppState
from api.errors import NotFound
from workflows.client import billing_runs
from workflows.client.billing_runs import Run
from workflows.client.errors import WorkflowClosed
from workflows.runtime import ids


async def found_run(state: AppState, run_id: str) -> Run:
    """Return the run. Raise NotFound if there is none."""
    if not ids.is_monthly_run(run_id):
        raise NotFound(f"There is no run {run_id}.")
    try:
        return await billing_runs.describe_run(await state.temporal.client(), run_id)
    except WorkflowClosed as error:
        raise NotFound(f"There is no run {run_id}, or Temporal no longer keeps it.") from error
