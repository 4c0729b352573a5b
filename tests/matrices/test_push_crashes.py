"""The worker is killed with SIGKILL at three points of a push to finance: each bill is pushed once."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowHandle

from activities.bills.finance_push import push_key
from activities.bills.push_records import PushRecords
from local.stack.stack import Stack
from models.bills.bill import Bill, PushState
from models.bills.finance.bill_payload import bill_payload
from models.bills.finance.ports import PushRequest, PushResult
from tests.activities.bills.pushing import imports, invoices, ledger_states, request
from tests.fixtures.push_one_bill import PushOneBill
from tests.fixtures.pushed_bills import april_lines, bill_of, recorded, write
from tests.fixtures.sandboxes import Sandbox
from tests.matrices.running import LONGEST_SECONDS, WorkerProcess, until_all
from tests.matrices.worker_process import BEFORE_RECORD, BEFORE_SEND, TASK_QUEUE

pytestmark = pytest.mark.timeout(900)

Push = WorkflowHandle[PushOneBill, PushResult]
# Longer than the test needs to kill the worker; the client waits even longer.
LATE_SECONDS, TIMEOUT_SECONDS = 60, "100"


@pytest.fixture
def sandbox(stack: Stack) -> Sandbox:
    found = Sandbox(f"http://127.0.0.1:{stack.describe()['ports']['sandboxes']}/finance")
    found.reset()
    return found


@pytest.fixture
def worker(stack: Stack, sandbox: Sandbox, tmp_path: Path) -> Iterator[WorkerProcess]:
    finance = {"AKTUM_FINANCE__URL": sandbox.url, "AKTUM_FINANCE__TIMEOUT_SECONDS": TIMEOUT_SECONDS}
    process = WorkerProcess({**stack.env, **finance}, tmp_path)
    yield process
    process.kill()


async def test_each_bill_is_pushed_once(
    worker: WorkerProcess, sandbox: Sandbox, engine: AsyncEngine, temporal: Client
) -> None:
    bills = [await write(engine, bill_of(april_lines()), april_lines()) for _ in range(3)]
    unanswered, unsent, unrecorded = bills
    stopped = {
        await key_of(engine, unsent): BEFORE_SEND,
        await key_of(engine, unrecorded): BEFORE_RECORD,
    }
    worker.start(stopped)
    sandbox.fault("delay", method="POST", seconds=LATE_SECONDS)
    pushes = [await start(temporal, unanswered)]
    await until_all([("carried out, without an answer", lambda: len(invoices(sandbox)) == 1)])
    pushes += [await start(temporal, bill) for bill in (unsent, unrecorded)]
    await until_all((key, partial(worker.is_stopped, key)) for key in stopped)
    worker.kill()
    assert imports(sandbox) == 2

    worker.start({})
    async with asyncio.timeout(LONGEST_SECONDS):
        results = [await push.result() for push in pushes]
    assert [(result.state, result.action) for result in results] == [
        (PushState.PUSHED, "updated"),
        (PushState.PUSHED, "created"),
        (PushState.PUSHED, "updated"),
    ]
    found = {each["external_id"]: each for each in invoices(sandbox)}
    assert found.keys() == {bill.key.provider_invoice_id for bill in bills}
    assert imports(sandbox) == 3  # nothing was sent twice
    for bill, result in zip(bills, results, strict=True):
        assert result.finance_invoice_id == found[bill.key.provider_invoice_id]["invoice_id"]
        row = await recorded(engine, bill)
        assert (row["push_state"], row["finance_invoice_id"]) == ("pushed", result.finance_invoice_id)
        assert [state for state, _ in await ledger_states(engine, bill)] == ["done"]


async def key_of(engine: AsyncEngine, bill: Bill) -> str:
    records = PushRecords(engine)
    payload = bill_payload(bill, *await records.lines(bill))
    return push_key(await records.read(bill.id), payload.digest)


async def start(temporal: Client, bill: Bill) -> Push:
    asked: PushRequest = request(bill)
    return await temporal.start_workflow(PushOneBill.run, asked, id=f"push-{bill.id}", task_queue=TASK_QUEUE)
