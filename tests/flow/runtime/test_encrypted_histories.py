"""With encryption keys Temporal keeps nothing about a client in clear; where a key is missing, the invoice waits."""

import secrets

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer

from models.invoice.commands import Hold
from models.invoice.effects import EffectName
from models.invoice.status import Status
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver, eventually
from worker import build_worker
from workflows.client.connection import connect, data_converter
from workflows.client.errors import refusal_of
from workflows.client.payload_encryption import PayloadUnreadable
from workflows.invoice.workflow import InvoiceWorkflow
from workflows.registry import WORKFLOWS
from workflows.runtime.interceptors import GuardMessages

OLD, NEW = {"old": secrets.token_bytes(32)}, {"new": secrets.token_bytes(32)}
REASON = "the contractor Horns and Hooves is unknown"
NOTE = "Horns and Hooves asked for a pause"


async def encrypting(temporal: Client, keys: dict[str, bytes]) -> Client:
    return await connect(temporal.service_client.config.target_host, temporal.namespace, encryption_keys=keys)


@pytest.fixture
async def client(temporal: Client) -> Client:
    return await encrypting(temporal, NEW)


async def kept(driver: InvoiceDriver) -> bytes:
    """All that Temporal keeps about the workflow, as it keeps it."""
    history = await driver.handle.fetch_history()
    described = (await driver.handle.describe()).raw_description
    return b"".join(event.SerializeToString() for event in history.events) + described.SerializeToString()


async def secrets_of(driver: InvoiceDriver) -> set[bytes]:
    """Return what must not be readable: names, contacts, bank data, amounts, and notes of people and vendors."""
    content = (await driver.state()).content
    customer, party = content.customer, content.issuer.party
    texts: set[str | None] = {
        customer.name,
        customer.tin,
        customer.account_number,
        customer.swift_bic,
        *content.recipients,
        party.name,
    }
    texts |= {str(content.totals.total_amount), content.issuer.notice_email, REASON, NOTE}
    return {text.encode() for text in texts if text}


async def live(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    """A life with a refusal, a hold with a note, a delivery and a payment in it."""
    activities.fail("accounting.post", refusal(REASON))
    await driver.finalize()
    await driver.approve()
    await driver.until(lambda invoice: bool(invoice.blocked))
    await driver.send(Hold(by="boss", reason=NOTE))


async def test_nothing_about_a_client_is_readable(client: Client, activities: InMemoryActivities, queue: str) -> None:
    async with build_worker(client, activities.all(), queue):
        driver = await InvoiceDriver.open(client, activities, queue)
        await live(driver, activities)
        found = await kept(driver)
        assert b"binary/encrypted" in found
        assert {text for text in await secrets_of(driver) if text in found} == set()
        assert "Horns and Hooves" in await driver.details()  # who has the key reads everything
    replayer = Replayer(workflows=WORKFLOWS, data_converter=data_converter(NEW), interceptors=[GuardMessages()])
    await replayer.replay_workflow(await driver.handle.fetch_history())


async def test_without_keys_it_is_readable(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    """So the test above can fail."""
    await live(driver, activities)
    found = await kept(driver)
    texts = await secrets_of(driver)
    assert {text for text in texts if text in found} == texts


async def test_why_an_activity_is_tried_again_is_read_by_who_has_the_key(
    client: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.outages["accounting.post"] = ApplicationError(REASON)
    async with build_worker(client, activities.all(), queue):
        driver = await InvoiceDriver.open(client, activities, queue)
        await driver.finalize()
        await driver.approve()

        async def message_of(failure: Failure) -> str:
            return refusal_of(await client.data_converter.decode_failure(failure)).message

        async def failures() -> list[str]:
            pending = (await driver.handle.describe()).raw_description.pending_activities
            return [await message_of(each.last_failure) for each in pending if each.last_failure.message]

        assert REASON in await eventually(failures, bool)
        assert REASON.encode() not in await kept(driver)
        del activities.outages["accounting.post"]
        await driver.until_completed(EffectName.ACCOUNTING)


def the_same(driver: InvoiceDriver, client: Client) -> InvoiceDriver:
    """The invoice of `driver`, as another client sees it."""
    return InvoiceDriver(
        client, driver.activities, client.get_workflow_handle_for(InvoiceWorkflow.run, driver.handle.id)
    )


async def test_an_invoice_goes_on_over_switching_on_and_a_rotation(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    """Started in clear, continued with one key, ended with the next: each worker reads all that came before."""
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue)
        await driver.finalize()
    first = await encrypting(temporal, OLD)
    async with build_worker(first, activities.all(), queue):
        driver = the_same(driver, first)
        await driver.approve()
        await driver.until_completed(EffectName.ARCHIVE, EffectName.ACCOUNTING, EffectName.NOTICE)
    second = await encrypting(temporal, NEW | OLD)
    async with build_worker(second, activities.all(), queue):
        driver = the_same(driver, second)
        await driver.send_by_email()
        await driver.pay()
        assert (await driver.handle.result()).status is Status.CLOSED
    assert activities.repeated_effects() == []


async def test_a_missing_key_stops_and_ends_nothing(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    client = await encrypting(temporal, NEW)
    async with build_worker(client, activities.all(), queue):
        driver = await InvoiceDriver.open(client, activities, queue)
        with pytest.raises(PayloadUnreadable, match="'new'"):
            await the_same(driver, await encrypting(temporal, OLD)).state()
    without = await encrypting(temporal, OLD)
    async with build_worker(without, activities.all(), queue):
        await driver.handle.signal("hold", {"by": "boss", "reason": NOTE})
        await driver.until_events(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    async with build_worker(client, activities.all(), queue):
        assert (await driver.until(lambda invoice: invoice.held is not None)).status is Status.DRAFT
