"""The files of the Temporal server: with encryption keys, nothing about a client can be read in them."""

import secrets

import pytest

from local.engines.temporal_server import NAMESPACE
from local.stack.stack import Stack
from models.invoice.commands import Hold
from models.invoice.content.content import Content
from models.invoice.status import Status
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver
from tests.stack.conftest import StartStack
from worker import build_worker
from workflows.client.connection import connect
from workflows.runtime.ids import TASK_QUEUE

KEYS = {"k1": secrets.token_bytes(32)}
NOTE = "The client asked for a pause"


def private(content: Content) -> set[str]:
    customer, issuer = content.customer, content.issuer.party
    found = {customer.name, customer.tin, customer.account_number, *content.recipients}
    found |= {issuer.name, issuer.account_number, str(content.totals.total_amount), NOTE}
    return {text for text in found if text}


def stored(stack: Stack) -> bytes:
    """Return the database of Temporal with its write-ahead log."""
    files = sorted(stack.directory.path.glob("temporal.db*"))
    assert files
    return b"".join(file.read_bytes() for file in files)


@pytest.mark.parametrize("keys", [KEYS, {}], ids=["with keys", "without"])
async def test_the_database_of_temporal(start_stack: StartStack, keys: dict[str, bytes]) -> None:
    """Without keys everything can be read, so the test can fail."""
    stack, activities = start_stack("temporal"), InMemoryActivities()
    client = await connect(stack.env["AKTUM_TEMPORAL__ADDRESS"], NAMESPACE, encryption_keys=keys)
    async with build_worker(client, activities.all(), TASK_QUEUE):
        driver = await InvoiceDriver.open(client, activities, TASK_QUEUE)
        await driver.send(Hold(by="boss", reason=NOTE))
        texts = private((await driver.state()).content)
        other = await InvoiceDriver.open(client, activities, TASK_QUEUE)
        await other.finalize_and_approve()
        await other.send_by_email()
        await other.pay()
        assert (await other.handle.result()).status is Status.CLOSED
    found = stored(stack)
    assert driver.handle.id.encode() in found
    assert other.handle.id.encode() in found
    assert {text for text in texts if text.encode() in found} == (set() if keys else texts)
    assert (b"binary/encrypted" in found) is bool(keys)
