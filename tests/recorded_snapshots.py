"""The recorded daily snapshot: one that is taken after an outage of PostgreSQL."""

from datetime import date
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.snapshots import InMemorySnapshots
from worker import build_worker
from workflows.accounting.daily_snapshot import FinanceSnapshotWorkflow
from workflows.accounting.messages import SnapshotStart

Handle = WorkflowHandle[object, object]


async def finance_snapshot(client: Client, _: InMemoryActivities, queue: str) -> list[Handle]:
    snapshots = InMemorySnapshots(faults=[ConnectionError("no connection to PostgreSQL")])
    async with build_worker(client, snapshots.all(), f"{queue}-snapshot"):
        handle = await client.start_workflow(
            FinanceSnapshotWorkflow.run,
            SnapshotStart(zone="Asia/Kuala_Lumpur", day=date(2026, 3, 4)),
            id=f"finance-snapshot.{uuid4().hex[:8]}",
            task_queue=f"{queue}-snapshot",
        )
        await handle.result()
    return [client.get_workflow_handle(handle.id)]
