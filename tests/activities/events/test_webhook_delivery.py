"""Deliveries on a real PostgreSQL and the receiver with its faults: order, repetition, giving up."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from activities.events.webhooks.delivery import WebhookDeliveries
from models.events.webhooks.ports import Outcome
from tests.activities.events.webhooks import NOW, PAUSES, D, G, N, R, Webhooks


class Killed(BaseException):
    """Ends the attempt as a killed worker does."""


async def test_the_events_of_an_invoice_arrive_in_order_and_once(hooks: Webhooks) -> None:
    made = await hooks.record(3)
    assert await hooks.outcomes(made, 4) == [D, D, D, N]
    assert hooks.received() == [(1, 1), (2, 1), (3, 1)]
    assert await hooks.rows("state, attempts, last_status, last_error") == [("delivered", 1, 200, None)] * 3
    [first, *_] = hooks.receiver.effects()
    body = json.loads(first["record"]["body"])
    assert body["id"] == first["id"]
    assert (body["type"], body["data"]["invoice_id"]) == ("invoice.updated", made.id)
    assert body["data"]["invoice"]["total_amount"] == "15000000.00"


@pytest.mark.parametrize(
    ("fault", "attempts", "arrived"),
    [
        ({"kind": "status", "status": 500}, [R, D, D, N], [(1, 1), (2, 1)]),
        ({"kind": "status", "status": 400}, [R, D, D, N], [(1, 1), (2, 1)]),
        ({"kind": "status", "status": 302}, [R, D, D, N], [(1, 1), (2, 1)]),
        ({"kind": "status", "status": 429}, [R, D, D, N], [(1, 1), (2, 1)]),
        ({"kind": "html_502"}, [R, D, D, N], [(1, 1), (2, 1)]),
        ({"kind": "one_writer_lock"}, [R, D, D, N], [(1, 1), (2, 1)]),
        ({"kind": "reset_before"}, [R, D, D, N], [(1, 1), (2, 1)]),
        # The receiver has it and the answer was lost: it gets the same id again, and recognises it.
        ({"kind": "commit_then_reset"}, [R, D, D, N], [(1, 2), (2, 1)]),
        ({"kind": "delay", "seconds": 1.5}, [R, D, D, N], [(1, 2), (2, 1)]),
        # A success without a body, or with half of one, is a success.
        ({"kind": "empty_200"}, [D, D, N], [(1, 1), (2, 1)]),
        ({"kind": "malformed_body"}, [D, D, N], [(1, 1), (2, 1)]),
    ],
    ids=lambda value: value.get("kind", "") if isinstance(value, dict) else "",
)
async def test_every_fault_ends_with_all_events_in_order(
    hooks: Webhooks, fault: dict[str, Any], attempts: list[Outcome], arrived: list[tuple[int, int]]
) -> None:
    made = await hooks.record(2)
    hooks.receiver.fault(path="receive", **fault)
    now, outcomes = NOW, list[Outcome]()
    for _ in attempts:
        tried = await hooks.attempt(made, now)
        outcomes.append(tried.outcome)
        now += tried.retry_in or timedelta()
    assert outcomes == attempts
    assert hooks.received() == arrived
    assert all(each["record"]["same_body"] for each in hooks.receiver.effects())
    assert {row[0] for row in await hooks.rows("state")} == {"delivered"}


async def test_an_event_that_reaches_the_receiver_late_is_recognised_by_its_id(hooks: Webhooks) -> None:
    made = await hooks.record()
    hooks.receiver.fault("late_commit", path="receive", seconds=0.2)
    assert (await hooks.attempt(made)).outcome is R
    assert (await hooks.attempt(made, NOW + PAUSES[0])).outcome is D
    async with hooks.engine.connect() as connection:  # a round trip or more, until the late one has arrived
        while hooks.received() != [(1, 2)]:
            await connection.execute(text("SELECT pg_sleep(0.05)"))


async def test_an_attempt_waits_for_its_time_and_later_events_wait_for_earlier_ones(hooks: Webhooks) -> None:
    made = await hooks.record(2)
    hooks.receiver.fault("status", path="receive", status=500)
    first = await hooks.attempt(made)
    assert (first.outcome, first.retry_in) == (R, timedelta(seconds=5))
    assert "500" in (first.error or "")
    early = await hooks.attempt(made, NOW + timedelta(seconds=2))
    assert (early.outcome, early.retry_in) == (R, timedelta(seconds=3))
    assert len(hooks.receiver.requests()) == 1
    assert (await hooks.attempt(made, NOW + timedelta(seconds=5))).outcome is D
    assert hooks.received() == [(1, 1)]


async def test_another_invoice_does_not_wait(hooks: Webhooks) -> None:
    stuck, free = await hooks.record(), await hooks.record()
    hooks.receiver.fault("status", path="receive", status=500)
    assert (await hooks.attempt(stuck)).outcome is R
    assert (await hooks.attempt(free)).outcome is D


async def test_a_delivery_is_given_up_after_the_last_pause_and_the_next_one_follows(hooks: Webhooks) -> None:
    made = await hooks.record(2)
    hooks.receiver.fault("status", path="receive", status=500, times=3)
    moments = [NOW, NOW + timedelta(seconds=5), NOW + timedelta(seconds=305)]
    assert [(await hooks.attempt(made, each)).outcome for each in moments] == [R, R, G]
    assert await hooks.outcomes(made, 2) == [D, N]
    assert hooks.received() == [(2, 1)]
    [(state, attempts, status, error), _] = await hooks.rows()
    assert (state, attempts, status) == ("failed", 3, 500)
    assert "500" in error


async def test_a_worker_killed_before_it_records_sends_the_same_event_again(
    hooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await hooks.record()

    async def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(WebhookDeliveries, "_record", killed)
        with pytest.raises(Killed):
            await hooks.attempt(made)
    assert (await hooks.attempt(made)).outcome is D
    assert hooks.received() == [(1, 2)]
    [only] = hooks.receiver.effects()
    assert only["record"]["same_body"]
