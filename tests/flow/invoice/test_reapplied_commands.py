"""A reset that applies commands and signals again leads to a history that can be replayed."""

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.worker import Replayer

from models.invoice.commands import Edit, Hold, Release
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver, eventually
from worker import build_worker
from workflows.client.connection import DATA_CONVERTER
from workflows.registry import WORKFLOWS
from workflows.runtime.interceptors import GuardMessages
from workflows.runtime.sandbox import RUNNER

EDITS = ("edit", "signal hold", "signal release", "hold", "release", "edit")
HOLDS = ("signal hold", "edit", "signal release", "edit", "hold", "release", "signal hold")


async def give(driver: InvoiceDriver, step: str) -> None:
    revision = (await driver.state()).revision
    match step:
        case "edit":
            await driver.send(Edit(by="amina", expected_revision=revision, payment_days=30 + revision))
        case "hold":
            await driver.send(Hold(by="boss", reason="look"))
        case "release":
            await driver.send(Release(by="boss"))
        case "signal hold":
            await driver.handle.signal("hold", {"by": "boss", "reason": "look"})
            await driver.until(lambda found: found.held is not None)
        case "signal release":
            await driver.handle.signal("release", {"by": "boss"})
            await driver.until(lambda found: found.held is None)
        case _:
            raise AssertionError(f"unknown step {step}")


async def reset_to_the_first_draft(client: Client, driver: InvoiceDriver) -> None:
    """Reset to the task after which the draft could be read, and apply all that came later again, in one task."""
    events = [event async for event in driver.handle.fetch_history_events()]
    tasks = [e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
    first = next(e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED)
    run = WorkflowExecution(workflow_id=driver.handle.id, run_id=await driver.run_id())
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=run,
            reason="a drill",
            workflow_task_finish_event_id=max(task for task in tasks if task < first),
            request_id=driver.handle.id,
            reset_reapply_type=ResetReapplyType.RESET_REAPPLY_TYPE_ALL_ELIGIBLE,
        )
    )


@pytest.mark.parametrize("steps", [EDITS, HOLDS], ids=["edits", "holds"])
async def test_the_history_after_a_reset_is_replayed(
    steps: tuple[str, ...], temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue)
        for step in steps:
            await give(driver, step)
    # No worker runs while it is reset, so that one task gets all of it.
    await reset_to_the_first_draft(temporal, driver)
    async with build_worker(temporal, activities.all(), queue):
        saved = await eventually(driver.state, lambda found: found.revision > 1)
    history = await driver.handle.fetch_history()
    replayer = Replayer(
        workflows=WORKFLOWS, data_converter=DATA_CONVERTER, interceptors=[GuardMessages()], workflow_runner=RUNNER
    )
    await replayer.replay_workflow(history)
    assert saved.revision > 1
