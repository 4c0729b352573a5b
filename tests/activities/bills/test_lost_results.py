"""A worker that dies at each step of the ingest: every step is repeated, and there is one bill and one push.

A worker that is killed after a step has been carried out, and before Temporal knows of it, is what matters: the step is
carried out again. tests/acceptance/test_bill_survives_kills.py kills a real process.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor, Worker

from activities.bills import matching_wiring
from activities.bills.finance_push import FinancePush
from activities.bills.ingest.bill_writer import BillWriter
from activities.bills.ingest.file_ingest import FileIngest
from activities.runtime.failures import ShortFailures
from models.bills.bill import BillKey
from models.bills.ports import WriteOutcome
from settings import Settings
from tests.activities.bills.pushing import invoices
from tests.fixtures.ingested_bills import Ingest, digitalocean_csv, droplet, tax
from tests.fixtures.sandboxes import Sandbox
from workflows.bills.bill import VendorBillWorkflow
from workflows.bills.file import VendorBillFileWorkflow
from workflows.bills.messages import FileStart
from workflows.runtime import ids
from workflows.runtime.sandbox import RUNNER

STEPS = {
    "bills.read_file",
    "bills.start_bills",
    "bills.write_bill",
    "bills.match_resources",
    "bills.find_anomalies",
    "bills.push_to_finance",
    "bills.record_done",
}


class LosesResults(Interceptor):
    """Lets the first attempts of each activity fail after the activity was carried out, or before."""

    def __init__(self, times: int, *, after: bool) -> None:
        self.times, self.after = times, after
        self.lost = Counter[str]()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        outer = self

        class Losing(ActivityInboundInterceptor):
            async def execute_activity(self, input: ExecuteActivityInput) -> Any:
                name = activity.info().activity_type
                lost = outer.lost[name] < outer.times
                outer.lost[name] += lost
                result = await self.next.execute_activity(input) if outer.after or not lost else None
                if lost:
                    raise ConnectionError("the worker died")
                return result

        return Losing(next)


@pytest.mark.parametrize(("times", "after"), [(1, True), (2, True), (1, False)])
async def test_one_bill_and_one_push(
    temporal: Client,
    engine: AsyncEngine,
    ingest: Ingest,
    push: FinancePush,
    finance_sandbox: Sandbox,
    queue: str,
    times: int,
    after: bool,
) -> None:
    losing = LosesResults(times, after=after)
    files, writer = FileIngest(engine, ingest.files), BillWriter(engine, ingest.files)
    bulk: list[Callable[..., Any]] = [
        files.read_file,
        files.start_bills,
        writer.write_bill,
        writer.find_bill,
        writer.record_done,
        *matching_wiring.activities(Settings(), engine),
    ]
    mark = uuid4().hex[:12]
    content = digitalocean_csv([droplet("web-1", "12.00"), droplet("api-1", "6.00"), tax("1.80")], mark)
    file = await ingest.upload(content, provider_invoice_id=mark)
    workflows = [VendorBillFileWorkflow, VendorBillWorkflow]
    interceptors = [ShortFailures(), losing]
    async with (
        Worker(
            temporal,
            task_queue=queue,
            workflows=workflows,
            workflow_runner=RUNNER,
            activities=[push.push],
            interceptors=interceptors,
        ),
        Worker(temporal, task_queue=ids.bills_queue(queue), activities=bulk, interceptors=interceptors),
    ):
        report = await temporal.execute_workflow(
            VendorBillFileWorkflow.run, FileStart(file=file), id=f"file.{mark}", task_queue=queue
        )
        assert report.started == 1

        key = BillKey(provider="digitalocean", account="main", provider_invoice_id=mark)
        await temporal.get_workflow_handle(key.workflow_id).result()
    [bill] = await ingest.rows("SELECT * FROM vendor_bills WHERE provider_invoice_id = :id", id=mark)
    assert set(losing.lost) == STEPS
    assert set(losing.lost.values()) == {times}
    assert (bill["version"], bill["line_count"], bill["push_state"]) == (1, 3, "pushed")
    assert bill["done_at"] is not None
    assert len(await ingest.rows("SELECT * FROM vendor_bill_versions WHERE bill_id = :id", id=bill["id"])) == 1
    lines = await ingest.rows("SELECT count(*) AS n FROM vendor_bill_lines WHERE bill_id = :id", id=bill["id"])
    assert lines == [{"n": 3}]
    [head] = await ingest.rows("SELECT outcome FROM bill_file_heads WHERE file_sha256 = :s", s=file.sha256)
    assert head["outcome"] == WriteOutcome.CREATED.value
    assert len(invoices(finance_sandbox)) == 1
