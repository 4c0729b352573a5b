"""What an operator can do wrong in the Web UI: the workflow lives, and the details say what was ignored."""

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
from tests.fixtures.activities import Outside
from tests.fixtures.invoice_driver import Desk
from worker import WORKFLOWS
from workflows.runtime.interceptors import GuardMessages

S = Status


def raw(encoding: str, data: bytes) -> RawValue:
    return RawValue(Payload(metadata={"encoding": encoding.encode()}, data=data))


MISFITS: dict[str, tuple[list[Any], str]] = {
    "nothing": ([], "reason: Field required"),
    "null": ([None], "reason: Field required"),
    "an empty object": ([{}], "reason: Field required"),
    "a text": (["please"], "input: Input should be a valid dictionary"),
    "a number": ([42], "input: Input should be a valid dictionary"),
    "a list": ([[{"reason": "wrong hours"}]], "input: Input should be a valid dictionary"),
    "a wrong field": ([{"reason": "wrong hours", "resaon": "x"}], "resaon: Extra inputs are not permitted"),
    "a wrong type": ([{"reason": {"a": 1}}], "reason: Input should be a valid string"),
    "too short a reason": ([{"reason": "x"}], "reason: String should have at least 3 characters"),
    "two arguments": ([{"reason": "wrong hours"}, "and more"], "it takes one JSON object, and 2 arguments came"),
    "bytes": ([raw("binary/plain", b"\xff\x00")], "input: Input should be a valid dictionary"),
}


@pytest.mark.parametrize("name", MISFITS)
async def test_a_bad_signal_is_noted_and_the_next_command_works(desk: Desk, name: str) -> None:
    args, said = MISFITS[name]
    await desk.handle.signal("hold", args=args)
    shown = await desk.until_details(said)
    assert "Ignored `hold`" in shown
    assert (await desk.state()).held is None
    await desk.handle.signal("hold", {"reason": "client called"})
    assert (await desk.until(lambda invoice: invoice.held is not None)).held


@pytest.mark.parametrize(
    "payload", [raw("json/plain", b"{not json"), raw("unheard/of", b"x")], ids=["json", "encoding"]
)
async def test_an_undecodable_signal_is_dropped_and_the_invoice_lives(desk: Desk, payload: RawValue) -> None:
    await desk.handle.signal("hold", payload)
    assert (await desk.finalize()).status is S.NEEDS_REVIEW


async def test_a_refused_signal_says_why(desk: Desk) -> None:
    await desk.handle.signal("approve", {"digest": "0" * 64})
    assert "approve is not possible" in await desk.until_details("Ignored `approve`")


async def test_an_unknown_signal_is_harmless(desk: Desk) -> None:
    await desk.handle.signal("pay_me", {"now": True})
    assert (await desk.finalize()).status is S.NEEDS_REVIEW


async def test_a_command_without_fields_works_without_an_argument(desk: Desk) -> None:
    await desk.handle.signal("finalize")
    invoice = await desk.until_status(S.NEEDS_REVIEW)
    assert invoice.finalized is not None
    assert invoice.finalized.by == "operator (Web UI)"


async def test_a_signal_that_came_before_the_draft_is_obeyed_after_it(desk: Desk, outside: Outside, queue: str) -> None:
    go_on = outside.hold_up("prefill.draft")
    other = await Desk.start(desk.client, outside, queue)
    await desk.until_called("prefill.draft", 2)
    await other.handle.signal("hold", {"reason": "not yet"})
    go_on.set()
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
async def test_a_bad_update_is_refused_without_a_trace(desk: Desk, name: str, args: list[Any]) -> None:
    before = await desk.events()
    with pytest.raises(WorkflowUpdateFailedError):
        await desk.handle.execute_update(name, args=args)
    assert await desk.events() == before
    assert (await desk.state()).held is None


async def test_an_update_that_needs_nothing_takes_whatever_comes(desk: Desk) -> None:
    await desk.handle.execute_update("opened", {"any": "thing"})
    with pytest.raises(WorkflowUpdateFailedError):
        await desk.handle.execute_update("opened", args=[1, 2])
    assert (await desk.finalize()).status is S.NEEDS_REVIEW


async def test_cancel_is_noted_and_ignored(desk: Desk) -> None:
    await desk.handle.cancel()
    assert "discard the draft or void the invoice" in await desk.until_details("Ignored `cancel`")
    await desk.finalize()
    await desk.handle.cancel()
    await desk.approve()
    await desk.until_done(EffectName.ARCHIVE, EffectName.ACCOUNTING, EffectName.NOTICE)
    await desk.email()
    await desk.pay()
    assert (await desk.handle.result()).status is S.CLOSED


async def test_a_worker_that_remembers_nothing_replays_at_every_step(
    temporal: Client, outside: Outside, queue: str
) -> None:
    """Each task replays the whole history, the ignored messages and the pressed Cancel included."""
    forgetful = Worker(
        temporal,
        task_queue=queue,
        workflows=WORKFLOWS,
        activities=outside.activities(),
        interceptors=[GuardMessages()],
        max_cached_workflows=0,
    )
    async with forgetful:
        desk = await Desk.open(temporal, outside, queue)
        await desk.handle.signal("hold", args=[{"reason": "x"}, 2])
        await desk.handle.cancel()
        await desk.until_details("Ignored `cancel`")
        await desk.send(Finalize(by="amina"), update_id=str(uuid4()))
        await desk.approve()
        await desk.until_done(EffectName.ARCHIVE, EffectName.ACCOUNTING, EffectName.NOTICE)
        await desk.email()
        await desk.pay()
        assert (await desk.handle.result()).status is S.CLOSED
    assert outside.repeated() == []
