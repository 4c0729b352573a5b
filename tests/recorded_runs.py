"""The recorded billing runs whose rest was cancelled: while drafts were prepared, and while one was being made."""

from datetime import timedelta
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from models.billing.ports import FETCH_DRAFT, PREPARE_BATCH
from models.values.period import Period
from tests.fixtures.activities import InMemoryActivities, contract_keys
from tests.fixtures.invoice_driver import eventually
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.billing.messages import MonthlyStart
from workflows.client.billing_runs import cancel_rest

Handle = WorkflowHandle[object, object]


async def cancelled_run(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    activities.contracts = contract_keys("BAD")
    handles: list[Handle] = []
    for paused in (PREPARE_BATCH.name, FETCH_DRAFT.name):
        step = activities.pause(paused)
        run_id = f"monthly-drafts.{uuid4().hex[:8]}"
        await client.start_workflow(
            MonthlyDraftsWorkflow.run, MonthlyStart(period=Period.month(2026, 2)), id=run_id, task_queue=queue
        )

        async def calls(name: str = paused) -> int:
            return activities.calls[name]

        await eventually(calls, lambda n: n > 0)
        await cancel_rest(client, run_id, "amina", timedelta(seconds=30))
        if paused == PREPARE_BATCH.name:
            step.set()
        await client.get_workflow_handle(run_id).result()
        step.set()
        handles.append(client.get_workflow_handle(run_id))
    return handles
