"""Billing runs by their ids: one that is read, and the cancellation of its rest."""

from api.deps import AppState
from api.errors import Conflict, NotFound
from api.http.envelopes import ConflictDetails
from workflows.client import billing_runs
from workflows.client.billing_runs import Run, RunState
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


async def cancelled_run(state: AppState, run_id: str, by: str) -> Run:
    """Cancel the contracts that the run has not reached, and return the run.

    Raise NotFound if there is none, and Conflict if it has ended.
    """
    run = await found_run(state, run_id)
    try:
        if run.state is not RunState.RUNNING:
            raise WorkflowClosed(run_id)
        await billing_runs.cancel_rest(await state.temporal.client(), run_id, by, state.update_timeout)
    except WorkflowClosed as error:
        message = "The run has ended, so nothing is left to cancel."
        raise Conflict(message, ConflictDetails(reason="RunEnded", allowed=[])) from error
    return await found_run(state, run_id)
