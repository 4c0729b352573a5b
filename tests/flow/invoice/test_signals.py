"""Wrong input from the Web UI: the workflow continues, and its current details name the ignored message."""

from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.worker import Worker

from models.invoice.commands import Finalize
from models.invoice.effects import EffectName
from models.invoice.status import Status
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver
from workflows.registry import WORKFLOWS
from workflows.runtime.interceptors import GuardMessages

S = Status


def raw(encoding: str, data: bytes) -> RawValue:
    return RawValue(Payload(metadata={"encoding": encoding.encode()}, data=data))


BAD_INPUTS: dict[str, tuple[list[Any], str]] = {
    "nothing": ([], "reason: Field required"),
    "null": ([None], "reason: Field required"),
    "an empty object": ([{}], "reason: Field required"),
    "a text": (["please"], "input: Input should be a valid dictionary"),
    "a number": ([42], "input: Input should be a valid dictionary"),
    "a list": ([[{"reason": "wrong hours"}]], "input: Input should be a valid dictionary"),
    "a wrong field": ([{"reason": "wrong hours", "resaon": "x"}], "resaon: Extra inputs are not permitted"),
    "a wrong type": ([{"reason": {"a": 1}}], "reason: Input should be a valid string"),
    "too short a reason": ([{"reason": "x"}], "reason: String should have at least 3 characters"),
    "two arguments": ([{"reason": "wrong hours"}, "and more"], "it takes one JSON object, and 2 arguments were given"),
    "bytes": ([raw("binary/plain", b"\xff\x00")], "input: Input should be a valid dictionary"),
}


@pytest.mark.parametrize("name", BAD_INPUTS)
async def test_a_bad_signal_is_noted_and_the_next_command_works(driver: InvoiceDriver, name: str) -> None:
    args, problem = BAD_INPUTS[name]
    await driver.handle.signal("hold", args=args)
    details = await driver.until_details(problem)
    assert "Ignored `hold`" in details
    assert (await driver.state()).held is None
    await driver.handle.signal("hold", {"reason": "client called"})
    assert (await driver.until(lambda invoice: invoice.held is not None)).held


@pytest.mark.parametrize(
    "payload", [raw("json/plain", b"{not json"), raw("unheard/of", b"x")], ids=["json", "encoding"]
)
async def test_an_undecodable_signal_is_dropped(driver: InvoiceDriver, payload: RawValue) -> None:
    await driver.handle.signal("hold", payload)
    assert (await driver.finalize()).status is S.NEEDS_REVIEW


async def test_a_refused_signal_is_noted_with_its_reason(driver: InvoiceDriver) -> None:
    await driver.handle.signal("approve", {"digest": "0" * 64})
    assert "approve is not possible" in await driver.until_details("Ignored `approve`")


async def test_an_unknown_signal_is_ignored(driver: InvoiceDriver) -> None:
    await driver.handle.signal("pay_me", {"now": True})
    assert (await driver.finalize()).status is S.NEEDS_REVIEW


async def test_a_command_without_fields_works_without_an_argument(driver: InvoiceDriver) -> None:
    await driver.handle.signal("finalize")
    invoice = await driver.until_status(S.NEEDS_REVIEW)
    assert invoice.finalized is not None
    assert invoice.finalized.by == "operator (Web UI)"


async def test_a_signal_before_the_draft_is_applied_after_it(
    driver: InvoiceDriver, activities: InMemoryActivities, queue: str
) -> None:
    event = activities.pause("prefill.draft")
    other = await InvoiceDriver.start(driver.client, activities, queue)
    await driver.until_calls("prefill.draft", 2)
    await other.handle.signal("hold", {"reason": "not yet"})
    event.set()
    await other.handle.execute_update("opened")
    assert (await other.until(lambda invoice: invoice.held is not None)).held


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("hold", [{"reason": "wrong hours", "resaon": "x"}]),
        ("hold", []),
        ("hold", [{"reason": "wrong hours"}, 2]),
        ("hold", ["please"]),
        ("hold", [raw("json/plain", b"{not json")]),
        ("edit", [{"expected_revision": 1, "payment_day": 1}]),
        ("pay_me", [{}]),
        ("hold", [{"reason": "wrong hours"}, 2, 3]),
    ],
)
async def test_a_bad_update_is_refused_and_adds_no_event(driver: InvoiceDriver, name: str, args: list[Any]) -> None:
    before = await driver.events()
    with pytest.raises(WorkflowUpdateFailedError):
        await driver.handle.execute_update(name, args=args)
    assert await driver.events() == before
    assert (await driver.state()).held is None


async def test_the_update_opened_accepts_any_one_argument(driver: InvoiceDriver) -> None:
    await driver.handle.execute_update("opened", {"any": "thing"})
    with pytest.raises(WorkflowUpdateFailedError):
        await driver.handle.execute_update("opened", args=[1, 2])
    assert (await driver.finalize()).status is S.NEEDS_REVIEW


async def test_cancel_is_noted_and_ignored(driver: InvoiceDriver) -> None:
    await driver.handle.cancel()
    assert "discard the draft or void the invoice" in await driver.until_details("Ignored `cancel`")
    await driver.finalize()
    await driver.handle.cancel()
    await driver.approve()
    await driver.until_completed(EffectName.ARCHIVE, EffectName.ACCOUNTING, EffectName.NOTICE)
    await driver.send_by_email()
    await driver.pay()
    assert (await driver.handle.result()).status is S.CLOSED


async def test_a_worker_without_a_cache_replays_at_every_step(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    """Each task replays the whole history, including the ignored messages and the cancellation request."""
    worker = Worker(
        temporal,
        task_queue=queue,
        workflows=WORKFLOWS,
        activities=activities.all(),
        interceptors=[GuardMessages()],
        max_cached_workflows=0,
    )
    async with worker:
        driver = await InvoiceDriver.open(temporal, activities, queue)
        await driver.handle.signal("hold", args=[{"reason": "x"}, 2])
        await driver.handle.cancel()
        await driver.until_details("Ignored `cancel`")
        await driver.send(Finalize(by="amina"), update_id=str(uuid4()))
        await driver.approve()
        await driver.until_completed(EffectName.ARCHIVE, EffectName.ACCOUNTING, EffectName.NOTICE)
        await driver.send_by_email()
        await driver.pay()
        assert (await driver.handle.result()).status is S.CLOSED
    assert activities.repeated_effects() == []
