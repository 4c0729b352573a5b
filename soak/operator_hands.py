"""What an operator does to a workflow in Temporal's Web UI: signals, reset, cancel, terminate and delete."""

from random import Random
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyType
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import Client, WorkflowExecutionStatus

from models.invoice.status import CommandName

BY = "an operator"
REAPPLY = (ResetReapplyType.RESET_REAPPLY_TYPE_NONE, ResetReapplyType.RESET_REAPPLY_TYPE_ALL_ELIGIBLE)
JUNK: tuple[tuple[str, list[Any]], ...] = (
    ("frobnicate", [{"reason": "no such command"}]),
    ("hold", []),
    ("hold", [None]),
    ("hold", [{"reason": ["not", "a", "text"]}]),
    ("hold", [{"reason": "two arguments"}, {"reason": "two arguments"}]),
    ("decline", [5]),
    ("void", ["wrong"]),
    ("record_payment", [{"payment_id": "X", "amount": "NaN", "paid_on": "2026-02-30", "reference": "x"}]),
    ("record_payment", [{"amount": "1e400"}]),
    ("approve", [{"digest": "0" * 64, "by": ""}]),
    ("edit", [{"expected_revision": -1, "line_changes": [{"op": "explode"}]}]),
    ("retry_effect", [{"effect_id": "none"}]),
    ("hold", [{"reason": "x" * 100_000}]),
)


def signal(random: Random, payment_id: str) -> tuple[str, list[Any]]:
    """Return a signal with its arguments: a command in order or out of order, or junk."""
    if random.random() < 0.5:
        return random.choice(JUNK)
    name = random.choice((CommandName.HOLD, CommandName.RELEASE, CommandName.DELIVER, CommandName.APPROVE, "payment"))
    fields: dict[str, Any] = {"by": BY}
    match name:
        case CommandName.HOLD:
            fields["reason"] = "let me look at this"
        case CommandName.APPROVE:
            fields |= {"digest": "0" * 64, "role": "manager"}
        case "payment":
            name = CommandName.RECORD_PAYMENT
            fields |= {"payment_id": payment_id, "amount": "1000.00", "paid_on": "2026-03-01", "reference": "by hand"}
    return str(name), [fields]


async def send_signal(client: Client, workflow_id: str, random: Random, payment_id: str) -> str:
    """Send a signal, now and then twice, and return what was sent."""
    name, arguments = signal(random, payment_id)
    times = random.choice((1, 1, 2))
    for _ in range(times):
        await client.get_workflow_handle(workflow_id).signal(name, args=arguments)
    return f"{times} x signal {name}({str(arguments)[1:-1][:80]})"


async def is_running(client: Client, workflow_id: str) -> bool:
    described = await client.get_workflow_handle(workflow_id).describe()
    return described.status is WorkflowExecutionStatus.RUNNING


async def reset(client: Client, workflow_id: str, random: Random) -> str:
    """Reset a running workflow to one of its workflow tasks, and return to which."""
    handle = client.get_workflow_handle(workflow_id)
    description = await handle.describe()
    if description.status is not WorkflowExecutionStatus.RUNNING:
        return "no reset: the workflow does not run"
    tasks = [
        event.event_id
        async for event in handle.fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    if not tasks:  # a restored workflow whose worker is being restarted
        return "no reset: no workflow task is completed yet"
    task, reapply = random.choice(tasks), random.choice(REAPPLY)
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id, run_id=description.run_id),
            reason="the soak",
            workflow_task_finish_event_id=task,
            request_id=f"{workflow_id}:{description.run_id}:{task}",
            reset_reapply_type=reapply,
        )
    )
    return f"reset to event {task} of {tasks[-1]}, {ResetReapplyType.Name(reapply)}"


async def cancel(client: Client, workflow_id: str) -> str:
    await client.get_workflow_handle(workflow_id).cancel()
    return "cancelled, which the workflow only notes"


async def terminate(client: Client, workflow_id: str) -> str:
    await client.get_workflow_handle(workflow_id).terminate("the soak")
    return "terminated"


async def delete(client: Client, workflow_id: str) -> str:
    execution = WorkflowExecution(workflow_id=workflow_id)
    request = DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
    await client.workflow_service.delete_workflow_execution(request)
    return "deleted"
