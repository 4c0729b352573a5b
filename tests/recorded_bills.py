"""The recorded ingest of vendor bills: a file in pages, a bill corrected while finance is down, and a fetch."""

from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from models.bills.finance.ports import PUSH_BILL
from models.bills.ports import FETCH_INVOICES, PUSH_WANTED, PushWanted
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.bill_activities import InMemoryBills, bill_key, file
from tests.fixtures.invoice_driver import eventually
from worker import build_bill_worker, build_worker
from workflows.bills.bill import VendorBillWorkflow
from workflows.bills.fetch import VendorBillFetchWorkflow
from workflows.bills.file import VendorBillFileWorkflow
from workflows.bills.messages import FetchStart, FileStart

Handle = WorkflowHandle[object, object]


async def vendor_bill(client: Client, _: InMemoryActivities, queue: str) -> list[Handle]:
    """The file, the bill that it starts, and the bill of a corrected file, for which a person asks to push at once."""
    queue, bills = f"{queue}-vendor", InMemoryBills()
    keys = [bill_key(f"{uuid4().hex[:8]}-{number}") for number in range(3)]
    bills.files |= {"f1": keys, "f2": keys[:1]}
    bills.outages[PUSH_BILL.name] = ConnectionError("finance does not answer")
    async with build_worker(client, bills.others(), queue), build_bill_worker(client, bills.bulk(), queue):
        file_handle = await _read(client, queue, "f1")
        await eventually(lambda: _calls(bills, PUSH_BILL.name), lambda calls: calls >= 3)
        await _read(client, queue, "f2")
        bill = client.get_workflow_handle_for(VendorBillWorkflow.run, keys[0].workflow_id)

        async def version() -> int:
            current = (await bill.query(VendorBillWorkflow.report)).current
            return current.version if current else 0

        await eventually(version, lambda found: found == 2)
        bills.outages.clear()
        await bill.signal(PUSH_WANTED, PushWanted(by="marat", forced=True))
        await bill.result()
    return [file_handle, client.get_workflow_handle(bill.id)]


async def vendor_bill_fetch(client: Client, _: InMemoryActivities, queue: str) -> list[Handle]:
    """A fetch after an outage of the provider."""
    queue, bills = f"{queue}-vendor", InMemoryBills()
    sha256 = uuid4().hex
    bills.files[sha256], bills.invoices["2026-04"] = [bill_key(sha256[:8])], [file(sha256)]
    bills.faults[FETCH_INVOICES.name] = [ConnectionError("no DigitalOcean")]
    async with build_worker(client, bills.others(), queue), build_bill_worker(client, bills.bulk(), queue):
        handle = await client.start_workflow(
            VendorBillFetchWorkflow.run,
            FetchStart(account="main", month="2026-04"),
            id=f"vendor-bill-fetch.digitalocean.main.2026-04.{sha256[:8]}",
            task_queue=queue,
        )
        await handle.result()
    return [client.get_workflow_handle(handle.id)]


async def _read(client: Client, queue: str, sha256: str) -> Handle:
    handle = await client.start_workflow(
        VendorBillFileWorkflow.run,
        FileStart(file=file(sha256)),
        id=f"vendor-bill-file.{sha256}.{uuid4().hex[:8]}",
        task_queue=queue,
    )
    await handle.result()
    return client.get_workflow_handle(handle.id)


async def _calls(bills: InMemoryBills, name: str) -> int:
    return bills.calls[name]
