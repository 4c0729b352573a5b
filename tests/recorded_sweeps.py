"""The recorded archive sweeps: pages of all phases, a retried page, findings."""

from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from models.archive.sweep import FindingKind
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.sweeps import InMemorySweep, page
from worker import build_worker
from workflows.archive.messages import SweepStart
from workflows.archive.sweep import ArchiveSweepWorkflow

Handle = WorkflowHandle[object, object]


async def archive_sweep(client: Client, _: InMemoryActivities, queue: str) -> list[Handle]:
    sweep = InMemorySweep(
        invoices=[page("i-1", FindingKind.MISSING, total=20), page(None, FindingKind.DIFFERENT)],
        objects=[page("k-1"), page(None, FindingKind.EXTRA)],
        faults=[ConnectionError("no connection to the archive")],
    )
    async with build_worker(client, sweep.all(), f"{queue}-sweep"):
        handle = await client.start_workflow(
            ArchiveSweepWorkflow.run,
            SweepStart(),
            id=f"archive-sweep.{uuid4().hex[:8]}",
            task_queue=f"{queue}-sweep",
        )
        await handle.result()
    return [client.get_workflow_handle(handle.id)]


async def archive_sweep_quotes(client: Client, _: InMemoryActivities, queue: str) -> list[Handle]:
    """A sweep of the releases that compare quotes too."""
    sweep = InMemorySweep(
        invoices=[page(None, total=10)],
        quotes=[page("q-1", FindingKind.MISSING, total=20), page(None)],
        objects=[page(None, FindingKind.EXTRA)],
    )
    async with build_worker(client, sweep.all(), f"{queue}-sweep"):
        handle = await client.start_workflow(
            ArchiveSweepWorkflow.run,
            SweepStart(),
            id=f"archive-sweep.{uuid4().hex[:8]}",
            task_queue=f"{queue}-sweep",
        )
        await handle.result()
    return [client.get_workflow_handle(handle.id)]
