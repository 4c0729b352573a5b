"""How far a file of bills is, while the row in the database is still the one of an earlier reading."""

from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from api.bills.calls.files import state_of
from models.bills.ports import FileToRead
from tests.fixtures.ingested_bills import digitalocean_csv, droplet
from tests.http.bills.ingesting import imported, when_done
from tests.http.callers import Caller, data_of
from workflows.bills.file import VendorBillFileWorkflow
from workflows.bills.messages import FileStart
from workflows.client.billing_runs import RunState
from workflows.runtime import ids

RUNNING, COMPLETED, FAILED, FORGOTTEN = RunState.RUNNING, RunState.COMPLETED, RunState.FAILED, None
NOT_READ = None
REFUSED = {"refusal": "It holds no bill.", "outcomes": {}}
WAITING = {"refusal": None, "outcomes": {"created": 3, "waiting": 1}}
WRITTEN = {"refusal": None, "outcomes": {"created": 4}}


@pytest.mark.parametrize(
    ("row", "running", "completed", "failed", "forgotten"),
    [
        (NOT_READ, "reading", "failed", "failed", "failed"),
        (REFUSED, "reading", "refused", "failed", "refused"),
        (WAITING, "writing", "writing", "failed", "writing"),
        (WRITTEN, "reading", "done", "failed", "done"),
    ],
)
def test_state_of_a_file(row: dict[str, Any] | None, running: str, completed: str, failed: str, forgotten: str) -> None:
    found = [state_of(row, run) for run in (RUNNING, COMPLETED, FAILED, FORGOTTEN)]
    assert found == [running, completed, failed, forgotten]


async def test_a_file_that_is_read_again_is_not_done_before_it_is_read(lena: Caller, temporal: Client) -> None:
    """The run waits on a task queue without a worker; the row and its outcomes are those of the first reading."""
    content = digitalocean_csv([droplet("web", "12.00")], uuid4().hex[:8])
    bill = await imported(lena, content, provider_invoice_id=f"inv-{uuid4().hex[:12]}")
    sha256 = bill["file"]["sha256"]
    file = FileToRead(sha256=sha256, name="bill.csv", size=len(content), by="lena", again=True)
    run = await temporal.start_workflow(
        VendorBillFileWorkflow.run,
        FileStart(file=file),
        id=ids.bill_file(sha256),
        task_queue=f"without-worker-{uuid4().hex[:8]}",
    )
    found = data_of(await lena.get(f"/vendor-bills/files/{sha256}"))
    assert (found["state"], found["bills"][0]["outcome"]) == ("reading", "created")
    await run.terminate(reason="The test has no worker for it.")
    assert (await when_done(lena, sha256))["state"] == "failed"
