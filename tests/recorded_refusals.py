"""The scenarios of `tests/record_histories.py` in which PostgreSQL refuses what an invoice wants to save."""

from temporalio.client import Client, WorkflowHandle

from models.contracts.contract import DealType
from models.invoice.commands import CheckFacts, Regenerate, TakeIn
from models.invoice.effects import EffectName as E
from models.invoice.ports import CLAIM_WORKLOGS, PROJECT
from models.values.failure_codes import Failure
from tests.fixtures import invoices
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver

Handle = WorkflowHandle[object, object]


async def claimed_work(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """Work that is claimed by a new draft, regenerate and take in; each time another invoice is faster once."""
    taken = refusal("Another invoice bills worklog w1.", Failure.WORK_TAKEN)

    def log(*ids: str) -> None:
        worklogs = [invoices.worklog(1, worklog_id=each) for each in ids]
        activities.records = lambda key: invoices.contract(worklogs, DealType.HR, application_key=key)

    log("w1")
    activities.fail(PROJECT.name, taken)
    driver = await InvoiceDriver.open(client, activities, queue)
    log("w1", "w2")
    activities.fail(CLAIM_WORKLOGS.name, taken)
    await driver.send(Regenerate(by="amina"))
    log("w1", "w2", "w3")
    checked = await driver.send(CheckFacts(by="amina"))
    activities.fail(CLAIM_WORKLOGS.name, taken)
    await driver.handle.signal("take_in", {"expected_revision": checked.revision})
    await driver.until_details("Ignored `take_in`")
    await driver.send(TakeIn(by="amina", expected_revision=checked.revision))
    return [driver.handle]


async def stopped(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """PostgreSQL refuses a revision while one effect is retried and a timer runs."""
    activities.outages["accounting.post"] = ConnectionError("no PlanFact")
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.finalize()
    await driver.approve()
    await driver.until_completed(E.ARCHIVE, E.NOTICE)
    await driver.until_details("Attempt 2 failed")
    await driver.send_by_email()
    activities.fail(PROJECT.name, refusal("Event 9 is stored with different content.", Failure.AUDIT_BROKEN))
    await driver.handle.signal("hold", {"by": "boss", "reason": "look at this"})
    await driver.until_details("**STOPPED**")
    await driver.handle.signal("release", {"by": "boss"})
    await driver.until(lambda invoice: bool(invoice.notes))
    return [driver.handle]
