"""Endpoints on a real PostgreSQL: what they get, when they are disabled, rotation, replay and test calls."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import text

from activities.events.webhooks.sealing import Sealing
from activities.invoice.projection import InvoiceProjection
from activities.quotes.projection import QuoteProjection
from api.events import deliveries as requested
from api.events.endpoints import EndpointStore
from api.events.schemas import DeliveryFilter
from api.events.webhook_calls import shown
from models.events.webhooks.endpoint import Replay, Rotation
from models.events.webhooks.ports import AttemptRequest
from tests.activities.events.webhooks import KEYS, LAPTOP, NOW, PAUSES, D, G, N, R, Webhooks, added
from tests.fixtures.database_invoices import events, invoice
from tests.fixtures.quotes import accepted, draft, sent


async def test_410_disables_the_endpoint_and_gives_up_what_waits(hooks: Webhooks) -> None:
    made, other = await hooks.record(2), await hooks.record()
    hooks.receiver.fault("status", path="receive", status=410)
    assert (await hooks.attempt(made)).outcome is G
    enabled, reason = await hooks.one("enabled, disabled_reason")
    assert enabled is False
    assert "410" in reason
    assert {row[0] for row in await hooks.rows("state")} == {"failed"}
    assert (await hooks.attempt(other)).outcome is N
    await hooks.record()  # is not stored for it
    assert len(await hooks.rows()) == 3
    async with hooks.engine.connect() as connection:
        query = text("SELECT by, reason, after FROM settings_history WHERE area = 'webhook-endpoints' ORDER BY id DESC")
        newest = (await connection.execute(query)).first()
    assert newest is not None
    assert (newest.by, newest.reason, newest.after["enabled"]) == ("aktum", reason, False)


async def test_an_endpoint_that_takes_nothing_for_days_is_disabled_with_the_reason(hooks: Webhooks) -> None:
    """A success in between starts the time anew."""
    hooks.receiver.fault("status", path="receive", status=503)
    first = await hooks.record()
    await hooks.attempt(first)
    assert (await hooks.one("failing_since"))[0] == NOW
    await hooks.attempt(first, NOW + timedelta(days=1))
    assert await hooks.one("failing_since, enabled") == (None, True)

    hooks.receiver.fault("status", path="receive", status=503, times=9)
    start = NOW + timedelta(days=2)
    for day in range(3):
        await hooks.attempt(await hooks.record(), start + timedelta(days=day))
    assert (await hooks.one("enabled"))[0] is True
    last = await hooks.attempt(await hooks.record(), start + timedelta(days=5))
    assert last.outcome is G
    enabled, reason = await hooks.one("enabled, disabled_reason")
    assert enabled is False
    assert "2026-05-03 09:00" in reason  # 1 May + 2 days


async def test_enabled_again_it_gets_what_is_recorded_from_then_on_and_the_rest_by_a_replay(hooks: Webhooks) -> None:
    await hooks.change(enabled=False)
    missed = await hooks.record()
    await hooks.change(enabled=True)
    later = await hooks.record()
    assert await hooks.outcomes(later, 2) == [D, N]
    assert (await hooks.attempt(missed)).outcome is N

    async with hooks.store.writing("anna") as transaction:
        wanted = Replay(since=datetime(2020, 1, 1, tzinfo=UTC), only_failed=False)
        assert await requested.replay(transaction.connection, hooks.endpoint.id, wanted) == 1  # the delivered one
    await hooks.consumer._add_replayed()
    assert await hooks.outcomes(missed, 2) == [D, N]
    assert await hooks.outcomes(later, 2) == [D, N]
    assert sorted(count for _, count in hooks.received()) == [1, 2]  # `later` came twice, with one id


async def test_an_event_from_before_the_subscription_is_not_stored(hooks: Webhooks) -> None:
    """It was recorded, and the feed had not reached it when the second endpoint was added."""
    made = invoice(revision=1, journal=events(1))
    await InvoiceProjection(hooks.engine).project(made)
    await added(hooks.store, f"{hooks.receiver.url}/receive")
    await hooks.feed()
    assert [row[0] for row in await hooks.rows("endpoint_id")] == [hooks.endpoint.id]


async def test_an_endpoint_gets_the_types_that_it_wants(hooks: Webhooks) -> None:
    await hooks.change(event_types=["invoice.paid"])
    await hooks.record()
    assert await hooks.rows() == []


async def test_the_events_of_a_quote_have_a_lane_of_their_own_and_are_stored_once(hooks: Webhooks) -> None:
    made = await hooks.record()
    quote = accepted(sent(draft(quote_id=str(uuid4()))))
    for _ in range(2):
        await QuoteProjection(hooks.engine).project(quote)
        await hooks.feed()
    stored = await hooks.rows("event_type, event_id, invoice_id")
    names = ["created", "sent", "viewed", "accepted"]  # revisions 1, 4, 5 and 6: 2 and 3 ask for the number and take it
    ids = [f"evt_{quote.id.replace('-', '')}_{seq}_{name}" for seq, name in zip((1, 4, 5, 6), names, strict=True)]
    assert stored[1:] == [(f"quote.{name}", each, quote.id) for name, each in zip(names, ids, strict=True)]
    async with hooks.store.writing("anna") as transaction:
        wanted = Replay(since=datetime(2020, 1, 1, tzinfo=UTC), only_failed=False)
        await requested.replay(transaction.connection, hooks.endpoint.id, wanted)
    await hooks.consumer._add_replayed()
    assert len(await hooks.rows()) == len(stored)
    lane = AttemptRequest(endpoint_id=hooks.endpoint.id, invoice_id=quote.id, now=NOW)
    assert [(await hooks.deliveries.attempt(lane)).outcome for _ in range(5)] == [D, D, D, D, N]
    bodies = [json.loads(each["record"]["body"]) for each in hooks.receiver.effects()]
    assert [body["id"] for body in bodies] == ids
    assert bodies[-1]["data"]["accepted_by"] == "Olga Weber"
    assert await hooks.outcomes(made, 2) == [D, N]
    async with hooks.engine.connect() as connection:
        rows, _ = await requested.page(connection, hooks.endpoint.id, DeliveryFilter(per_page=1))
    assert (shown(rows[0])["quote_id"], shown(rows[0])["invoice_id"]) == (quote.id, None)


async def test_one_failed_delivery_is_replayed_with_its_id_and_all_its_attempts(hooks: Webhooks) -> None:
    made = await hooks.record()
    hooks.receiver.fault("status", path="receive", status=500, times=3)
    for moment in (NOW, NOW + timedelta(seconds=5), NOW + timedelta(seconds=305)):
        await hooks.attempt(made, moment)
    [(delivery, event_id)] = await hooks.rows("id, event_id")
    async with hooks.store.writing("anna") as transaction:
        again = await requested.replay_one(transaction.connection, delivery)
    assert (again.state, again.next_attempt_at) == ("pending", None)
    hooks.receiver.fault("status", path="receive", status=500)
    assert (await hooks.attempt(made)).outcome is R  # the pauses begin anew
    assert (await hooks.attempt(made, NOW + PAUSES[0])).outcome is D
    assert await hooks.rows("state, attempts, event_id") == [("delivered", 5, event_id)]


async def test_all_failed_deliveries_since_a_time_are_replayed(hooks: Webhooks) -> None:
    good, bad = await hooks.record(), await hooks.record()
    await hooks.attempt(good)
    hooks.receiver.fault("status", path="receive", status=500, times=3)
    for moment in (NOW, NOW + timedelta(seconds=5), NOW + timedelta(seconds=305)):
        await hooks.attempt(bad, moment)
    async with hooks.store.writing("anna") as transaction:
        future = Replay(since=datetime(2099, 1, 1, tzinfo=UTC))
        assert await requested.replay(transaction.connection, hooks.endpoint.id, future) == 0
        past = Replay(since=datetime(2020, 1, 1, tzinfo=UTC))
        assert await requested.replay(transaction.connection, hooks.endpoint.id, past) == 1
    assert await hooks.outcomes(bad, 2) == [D, N]
    assert await hooks.outcomes(good, 1) == [N]


async def test_during_a_rotation_both_secrets_sign_and_afterwards_only_the_new_one(hooks: Webhooks) -> None:
    async with hooks.store.writing("anna") as transaction:
        endpoints = EndpointStore(transaction, LAPTOP, Sealing(KEYS))
        _, new = await endpoints.rotate(hooks.endpoint, Rotation(overlap_hours=1), datetime.now(UTC))
    made = await hooks.record(3)
    assert (await hooks.attempt(made)).outcome is D  # the receiver knows the old secret only
    hooks.receiver.admin("secrets", {"secrets": [new]})
    assert (await hooks.attempt(made)).outcome is D
    assert [each["record"]["signatures"] for each in hooks.receiver.effects()] == [2, 2]
    async with hooks.engine.begin() as connection:
        await connection.execute(text("UPDATE webhook_endpoints SET old_secret_until = now() - interval '1 second'"))
    assert (await hooks.attempt(made)).outcome is D
    assert hooks.receiver.effects()[-1]["record"]["signatures"] == 1


async def test_a_wrong_signature_is_refused_by_the_receiver(hooks: Webhooks) -> None:
    hooks.receiver.admin("secrets", {"secrets": ["whsec_" + "QUFB" * 8]})
    made = await hooks.record()
    assert (await hooks.attempt(made)).outcome is R
    [(_, _, status, _)] = await hooks.rows()
    assert status == 401
    assert hooks.received() == []


async def test_a_test_call_is_sent_once_also_to_a_disabled_endpoint(hooks: Webhooks) -> None:
    await hooks.change(enabled=False)
    async with hooks.store.writing("anna") as transaction:
        call = await requested.request_test(transaction.connection, hooks.endpoint.id, NOW)
    hooks.receiver.fault("status", path="receive", status=410)
    lane = AttemptRequest(endpoint_id=hooks.endpoint.id, invoice_id=call.invoice_id, now=NOW)
    assert (await hooks.deliveries.attempt(lane)).outcome is G
    async with hooks.store.writing("anna") as transaction:
        call = await requested.request_test(transaction.connection, hooks.endpoint.id, NOW)
    lane = AttemptRequest(endpoint_id=hooks.endpoint.id, invoice_id=call.invoice_id, now=NOW)
    assert (await hooks.deliveries.attempt(lane)).outcome is D
    [effect] = hooks.receiver.effects()
    assert json.loads(effect["record"]["body"])["type"] == "webhook_endpoint.test"


async def test_the_secret_stands_in_no_table_and_no_history(hooks: Webhooks) -> None:
    await hooks.record()
    secret = SecretStr(hooks.secret).get_secret_value()
    async with hooks.engine.connect() as connection:
        for table in ("webhook_endpoints", "webhook_deliveries", "settings_history"):
            found = await connection.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} t"))
            assert all(secret not in row for row in found)
