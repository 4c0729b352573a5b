"""The workflows of vendor bills on the real server: every step, corrected files, wishes, and finance that is down."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from models.bills.bill import BillKey, PushState
from models.bills.finance.ports import PUSH_BILL
from models.bills.ingest import BillReport, FileReport, Step
from models.bills.matching.ports import FIND_ANOMALIES, MATCH_RESOURCES, BillVersion
from models.bills.ports import (
    FILE_ARRIVED,
    PUSH_WANTED,
    READ_FILE,
    RECORD_DONE,
    START_BILLS,
    WRITE_BILL,
    BillOfFile,
    FileToRead,
    PushWanted,
)
from tests.fixtures.bill_activities import InMemoryBills, bill_key, file, tell
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.temporal import fast_forward
from worker import build_bill_worker, build_worker
from workflows.bills.bill import VendorBillWorkflow
from workflows.bills.file import VendorBillFileWorkflow
from workflows.bills.messages import BillStart, FileStart

# With a pause of its own, so that a day has few attempts.
NO_FINANCE = ApplicationError("finance does not answer", type="Transient", next_retry_delay=timedelta(hours=6))


@pytest.fixture
def bills() -> InMemoryBills:
    return InMemoryBills()


@pytest.fixture
async def client(temporal: Client, bills: InMemoryBills, queue: str) -> AsyncIterator[Client]:
    async with build_worker(temporal, bills.others(), queue), build_bill_worker(temporal, bills.bulk(), queue):
        yield temporal


@pytest.fixture
def key() -> BillKey:
    return bill_key(uuid4().hex[:12])


async def read(client: Client, queue: str, to_read: FileToRead) -> FileReport:
    return await client.execute_workflow(
        VendorBillFileWorkflow.run, FileStart(file=to_read), id=f"file.{uuid4()}", task_queue=queue
    )


def bill_of(client: Client, key: BillKey) -> WorkflowHandle[Any, BillReport]:
    return client.get_workflow_handle_for(VendorBillWorkflow.run, key.workflow_id)


async def report_when(client: Client, key: BillKey, wanted: Any) -> BillReport:
    async def report() -> BillReport:
        return await bill_of(client, key).query(VendorBillWorkflow.report)

    return await eventually(report, wanted)


async def test_a_file_makes_its_bill_and_pushes_it(
    client: Client, bills: InMemoryBills, queue: str, key: BillKey
) -> None:
    bills.files["f1"] = [key]
    report = await read(client, queue, file())
    assert (report.started, report.is_complete) == (1, True)
    done = await bill_of(client, key).result()
    version = BillVersion(bill_id=f"id-{key.provider_invoice_id}", version=1)
    assert (done.step, done.current, done.is_recorded) == (Step.DONE, version, True)
    assert done.pushed is not None
    assert (done.pushed.state, done.pushed.action) == (PushState.PUSHED, "created")
    assert (bills.done, len(bills.pushes)) == ([version], 1)
    description = await bill_of(client, key).describe()
    shown = {pair.key.name: pair.value for pair in description.typed_search_attributes}
    expected = {"BillStatus": "pushed", "BillProvider": "digitalocean", "InvoicePeriod": "2026-04"}
    assert expected | {"InvoiceNumber": "512345678"} == {name: shown[name] for name in (*expected, "InvoiceNumber")}


async def test_all_bills_of_a_file_are_started_in_pages(client: Client, bills: InMemoryBills, queue: str) -> None:
    """Five bills are three pages of two."""
    keys = [bill_key(uuid4().hex[:12]) for _ in range(5)]
    bills.files["f1"] = keys
    report = await read(client, queue, file())
    for key in keys:
        await bill_of(client, key).result()
    assert (report.started, bills.calls[START_BILLS.name]) == (5, 3)
    assert len(bills.finance) == 5


async def test_a_long_file_continues_as_new(client: Client, bills: InMemoryBills, queue: str) -> None:
    """The carried report starts with the third bill of five."""
    keys = [bill_key(uuid4().hex[:12]) for _ in range(5)]
    bills.files["f1"] = keys
    before = FileReport(read=await bills.read_file(file()), started=2, after=1)
    handle = await client.start_workflow(
        VendorBillFileWorkflow.run, FileStart(file=file(), report=before), id=f"file.{uuid4()}", task_queue=queue
    )
    assert (await handle.result()).started == 5
    assert bills.calls[READ_FILE.name] == 1
    for key in keys[2:]:
        await bill_of(client, key).result()


async def test_a_file_that_is_no_bill_starts_none(client: Client, bills: InMemoryBills, queue: str) -> None:
    bills.refused["f1"] = "Found: name, price. A bill has ..."
    report = await read(client, queue, file())
    assert report.read is not None
    assert (report.read.refusal, report.started, report.is_complete) == (bills.refused["f1"], 0, True)


async def test_the_same_file_twice_is_one_version_and_changes_nothing_at_finance(
    client: Client, bills: InMemoryBills, queue: str, key: BillKey
) -> None:
    bills.files["f1"] = [key]
    for _ in range(2):
        await read(client, queue, file())
        await bill_of(client, key).result()
    assert bills.versions[key] == ["f1"]
    assert not any(push.forced for push in bills.pushes)


async def test_finance_is_down_for_a_day_and_the_bill_is_pushed_once(
    client: Client, bills: InMemoryBills, queue: str, key: BillKey
) -> None:
    bills.files["f1"] = [key]
    bills.outages[PUSH_BILL.name] = NO_FINANCE
    await read(client, queue, file())
    handle = bill_of(client, key)
    await eventually(lambda: _calls(bills, PUSH_BILL.name), lambda calls: calls >= 1)
    assert (await handle.query(VendorBillWorkflow.report)).step is Step.PUSH
    await fast_forward(client, handle, timedelta(days=1))
    await eventually(lambda: _calls(bills, PUSH_BILL.name), lambda calls: calls >= 4)
    del bills.outages[PUSH_BILL.name]
    await fast_forward(client, handle, timedelta(hours=7))
    done = await handle.result()
    assert done.pushed is not None
    assert done.pushed.state is PushState.PUSHED
    assert len(bills.pushes) == 1


async def test_a_corrected_file_reaches_a_bill_that_waits_for_finance(
    client: Client, bills: InMemoryBills, queue: str, key: BillKey
) -> None:
    """Only the corrected version is pushed."""
    bills.files |= {"f1": [key], "f2": [key]}
    bills.outages[PUSH_BILL.name] = NO_FINANCE
    await read(client, queue, file("f1"))
    await eventually(lambda: _calls(bills, PUSH_BILL.name), lambda calls: calls >= 1)
    await read(client, queue, file("f2"))
    await report_when(client, key, lambda report: report.current and report.current.version == 2)
    del bills.outages[PUSH_BILL.name]
    await bill_of(client, key).signal(PUSH_WANTED, PushWanted(by="lena"))
    await bill_of(client, key).result()
    assert bills.versions[key] == ["f1", "f2"]
    assert [push.version for push in bills.pushes] == [2]


async def test_a_refused_file_leaves_the_push_of_the_bill_standing(
    client: Client, bills: InMemoryBills, queue: str, key: BillKey
) -> None:
    bills.files["f1"] = [key]
    bills.outages[PUSH_BILL.name] = NO_FINANCE
    await read(client, queue, file("f1"))
    await eventually(lambda: _calls(bills, PUSH_BILL.name), lambda calls: calls >= 1)
    del bills.outages[PUSH_BILL.name]
    bills.refused["f2"] = "This file has only 3 lines."
    await bill_of(client, key).signal(FILE_ARRIVED, BillOfFile(sha256="f2", bill_no=0, key=key))
    done = await bill_of(client, key).result()
    assert done.refused == ("This file has only 3 lines.",)
    assert [push.version for push in bills.pushes] == [1]


async def test_a_person_pushes_again_and_may_force_it(
    client: Client, bills: InMemoryBills, queue: str, key: BillKey
) -> None:
    bills.files["f1"] = [key]
    await read(client, queue, file())
    await bill_of(client, key).result()
    for forced in (False, True):
        handle = await client.start_workflow(
            VendorBillWorkflow.run,
            BillStart(key=key),
            id=key.workflow_id,
            task_queue=queue,
            start_signal=PUSH_WANTED,
            start_signal_args=[PushWanted(by="marat", forced=forced)],
        )
        await handle.result()
    assert [push.forced for push in bills.pushes] == [False, False, True]
    assert bills.versions[key] == ["f1"]


async def test_a_wish_for_a_bill_that_is_not_there_pushes_nothing(
    client: Client, bills: InMemoryBills, queue: str, key: BillKey
) -> None:
    handle = await client.start_workflow(
        VendorBillWorkflow.run,
        BillStart(key=key),
        id=key.workflow_id,
        task_queue=queue,
        start_signal=PUSH_WANTED,
        start_signal_args=[PushWanted(by="marat")],
    )
    assert (await handle.result()).current is None
    assert bills.pushes == []


async def test_signals_that_somebody_typed_do_not_stick_the_workflow(
    client: Client, bills: InMemoryBills, queue: str, key: BillKey
) -> None:
    bills.files["f1"] = [key]
    bills.outages[WRITE_BILL.name] = ConnectionError("no PostgreSQL")
    await tell(client, BillOfFile(sha256="f1", bill_no=0, key=key), queue)
    handle = bill_of(client, key)
    await handle.signal(FILE_ARRIVED)
    await handle.signal(FILE_ARRIVED, "please")
    await handle.signal(FILE_ARRIVED, args=[{}, {}])
    await handle.signal(PUSH_WANTED)
    await eventually(lambda: _calls(bills, WRITE_BILL.name), lambda calls: calls >= 2)
    bills.outages.clear()
    await handle.result()
    assert bills.versions[key] == ["f1"]
    assert [push.forced for push in bills.pushes] == [False]


async def test_a_workflow_that_a_person_starts_with_another_input_fails(client: Client, queue: str) -> None:
    for name in ("VendorBillFile", "VendorBill", "VendorBillFetch"):
        for argument in ({}, {"key": "x"}):
            with pytest.raises(WorkflowFailureError):
                await client.execute_workflow(name, argument, id=f"typed.{uuid4()}", task_queue=queue)


async def test_each_step_is_repeated_after_an_outage(
    client: Client, bills: InMemoryBills, queue: str, key: BillKey
) -> None:
    bills.files["f1"] = [key]
    steps = (READ_FILE, START_BILLS, WRITE_BILL, MATCH_RESOURCES, FIND_ANOMALIES, PUSH_BILL, RECORD_DONE)
    bills.faults = {step.name: [ConnectionError("gone")] for step in steps}
    await read(client, queue, file())
    await bill_of(client, key).result()
    assert bills.versions[key] == ["f1"]
    assert len(bills.pushes) == 1


async def _calls(bills: InMemoryBills, name: str) -> int:
    return bills.calls[name]
