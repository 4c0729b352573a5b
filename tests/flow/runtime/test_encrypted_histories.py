"""With encryption keys Temporal keeps nothing about a client in clear; where a key is missing, the invoice waits."""

import secrets

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer

from models.invoice.commands import Hold
from models.invoice.effects import EffectName
from models.invoice.status import Status
from tests.fixtures.activities import Outside, refusal
from tests.fixtures.invoice_driver import Desk, eventually
from worker import WORKFLOWS, build_worker
from workflows.client.connection import connect, data_converter
from workflows.client.errors import failure_message
from workflows.client.payload_encryption import PayloadUnreadable
from workflows.invoice.workflow import InvoiceWorkflow
from workflows.runtime.interceptors import GuardMessages

OLD, NEW = {"old": secrets.token_bytes(32)}, {"new": secrets.token_bytes(32)}
REASON = "the contractor Horns and Hooves is unknown"
NOTE = "Horns and Hooves asked for a pause"


async def encrypting(temporal: Client, keys: dict[str, bytes]) -> Client:
    return await connect(temporal.service_client.config.target_host, temporal.namespace, encryption_keys=keys)


@pytest.fixture
async def client(temporal: Client) -> Client:
    return await encrypting(temporal, NEW)


async def kept(desk: Desk) -> bytes:
    """All that Temporal keeps about the workflow, as it keeps it."""
    history = await desk.handle.fetch_history()
    described = (await desk.handle.describe()).raw_description
    return b"".join(event.SerializeToString() for event in history.events) + described.SerializeToString()


async def secrets_of(desk: Desk) -> set[bytes]:
    """What a stranger must not read: names, contacts, bank data, amounts, and what people and vendors wrote."""
    content = (await desk.state()).content
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


async def live(desk: Desk, outside: Outside) -> None:
    """A life with a refusal, a hold with a note, a delivery and a payment in it."""
    outside.fail("accounting.post", refusal(REASON))
    await desk.finalize()
    await desk.approve()
    await desk.until(lambda invoice: bool(invoice.blocked))
    await desk.send(Hold(by="boss", reason=NOTE))


async def test_nothing_about_a_client_is_readable(client: Client, outside: Outside, queue: str) -> None:
    async with build_worker(client, outside.activities(), queue):
        desk = await Desk.open(client, outside, queue)
        await live(desk, outside)
        found = await kept(desk)
        assert b"binary/encrypted" in found
        assert {text for text in await secrets_of(desk) if text in found} == set()
        assert "Horns and Hooves" in await desk.details()  # who has the key reads everything
    replayer = Replayer(workflows=WORKFLOWS, data_converter=data_converter(NEW), interceptors=[GuardMessages()])
    await replayer.replay_workflow(await desk.handle.fetch_history())


async def test_without_keys_it_is_readable(desk: Desk, outside: Outside) -> None:
    """So the test above can fail."""
    await live(desk, outside)
    found = await kept(desk)
    texts = await secrets_of(desk)
    assert {text for text in texts if text in found} == texts


async def test_why_an_activity_is_tried_again_is_read_by_who_has_the_key(
    client: Client, outside: Outside, queue: str
) -> None:
    outside.down["accounting.post"] = ApplicationError(REASON)
    async with build_worker(client, outside.activities(), queue):
        desk = await Desk.open(client, outside, queue)
        await desk.finalize()
        await desk.approve()

        async def failures() -> list[str]:
            pending = (await desk.handle.describe()).raw_description.pending_activities
            return [await failure_message(client, each.last_failure) for each in pending if each.last_failure.message]

        assert REASON in await eventually(failures, bool)
        assert REASON.encode() not in await kept(desk)
        del outside.down["accounting.post"]
        await desk.until_done(EffectName.ACCOUNTING)


def the_same(desk: Desk, client: Client) -> Desk:
    """The invoice of `desk`, as another client sees it."""
    return Desk(client, desk.outside, client.get_workflow_handle_for(InvoiceWorkflow.run, desk.handle.id))


async def test_an_invoice_goes_on_over_switching_on_and_a_rotation(
    temporal: Client, outside: Outside, queue: str
) -> None:
    """Started in clear, continued with one key, ended with the next: each worker reads all that came before."""
    async with build_worker(temporal, outside.activities(), queue):
        desk = await Desk.open(temporal, outside, queue)
        await desk.finalize()
    first = await encrypting(temporal, OLD)
    async with build_worker(first, outside.activities(), queue):
        desk = the_same(desk, first)
        await desk.approve()
        await desk.until_done(EffectName.ARCHIVE, EffectName.ACCOUNTING, EffectName.NOTICE)
    second = await encrypting(temporal, NEW | OLD)
    async with build_worker(second, outside.activities(), queue):
        desk = the_same(desk, second)
        await desk.email()
        await desk.pay()
        assert (await desk.handle.result()).status is Status.CLOSED
    assert outside.repeated() == []


async def test_a_missing_key_stops_and_ends_nothing(temporal: Client, outside: Outside, queue: str) -> None:
    client = await encrypting(temporal, NEW)
    async with build_worker(client, outside.activities(), queue):
        desk = await Desk.open(client, outside, queue)
        with pytest.raises(PayloadUnreadable, match="'new'"):
            await the_same(desk, await encrypting(temporal, OLD)).state()
    without = await encrypting(temporal, OLD)
    async with build_worker(without, outside.activities(), queue):
        await desk.handle.signal("hold", {"by": "boss", "reason": NOTE})
        await desk.until_events(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    async with build_worker(client, outside.activities(), queue):
        assert (await desk.until(lambda invoice: invoice.held is not None)).status is Status.DRAFT
