"""One attempt of a lane's next delivery, and what is recorded about it.

A worker that is killed after the request and before the record sends the same event with the same id again: webhooks
arrive at least once, and receivers recognise a repetition by `webhook-id` (docs/specification/events.md 6.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col
from temporalio import activity

from activities.events.webhooks.sealing import Sealing
from activities.events.webhooks.sender import Answer, Message, WebhookSender
from models.events.tables import WebhookDelivery, WebhookEndpoint
from models.events.webhooks.endpoint import TEST_EVENT, EndpointState
from models.events.webhooks.ports import ATTEMPT, Attempted, AttemptRequest, Outcome
from models.events.webhooks.retries import is_delivered, next_pause, reason_to_disable
from models.settings.area import Area
from models.settings.tables import SettingsHistory

log = structlog.get_logger()

SYSTEM: Final = "aktum"
DISABLED: Final = "The endpoint is disabled."


@dataclass(frozen=True)
class WebhookDeliveries:
    """The activity of one attempt. `pauses` are those between the attempts of one delivery."""

    engine: AsyncEngine
    sender: WebhookSender
    sealing: Sealing
    pauses: Sequence[timedelta]
    disable_after: timedelta

    @activity.defn(name=ATTEMPT.name)
    async def attempt(self, request: AttemptRequest) -> Attempted:
        """Send the lane's next delivery once, unless its time has not come; return what became of it."""
        due = await self._next(request)
        if due is None:
            return Attempted(outcome=Outcome.NOTHING_LEFT)
        if due.next_attempt_at and due.next_attempt_at > request.now:
            wait = due.next_attempt_at - request.now
            return Attempted(outcome=Outcome.RETRY, event_id=due.event_id, retry_in=wait, error=due.last_error)
        if not due.enabled and due.event_type != TEST_EVENT:
            await self._give_up(due)
            return Attempted(outcome=Outcome.GIVEN_UP, event_id=due.event_id, error=DISABLED)
        answer = await self.sender.send(self._message(due))
        return await self._record(due, answer, request.now)

    async def _next(self, request: AttemptRequest) -> Row[Any] | None:
        delivery, endpoint = WebhookDelivery, WebhookEndpoint
        query = (
            select(
                *map(col, (delivery.id, delivery.event_id, delivery.event_type, delivery.body, delivery.attempts)),
                *map(col, (delivery.attempts_before, delivery.next_attempt_at, delivery.last_error)),
                *map(col, (endpoint.url, endpoint.enabled, endpoint.secret, endpoint.old_secret)),
                *map(col, (endpoint.old_secret_until, delivery.endpoint_id)),
            )
            .join(endpoint, col(endpoint.id) == col(delivery.endpoint_id))
            .where(
                col(delivery.endpoint_id) == request.endpoint_id,
                col(delivery.invoice_id) == request.invoice_id,
                col(delivery.state) == "pending",
            )
            .order_by(col(delivery.position), col(delivery.id))
            .limit(1)
        )
        async with self.engine.connect() as connection:
            found: Any = (await connection.execute(query)).first()
        return found  # type: ignore[no-any-return] # a row of these columns

    def _message(self, due: Row[Any]) -> Message:
        """Return the signed message. Raises SecretUnreadable."""
        stored = [due.secret]
        if due.old_secret and due.old_secret_until > datetime.now(UTC):
            stored.append(due.old_secret)
        secrets = [self.sealing.unseal(each, due.endpoint_id) for each in stored]
        return Message(url=due.url, event_id=due.event_id, body=due.body, secrets=secrets)

    async def _give_up(self, due: Row[Any]) -> None:
        async with self.engine.begin() as connection:
            await _update(connection, due, state="failed", last_error=DISABLED, next_attempt_at=None)

    async def _record(self, due: Row[Any], answer: Answer, now: datetime) -> Attempted:
        """Record the attempt: delivered, due again, or given up; and what it means for the endpoint."""
        made = {
            "attempts": due.attempts + 1,
            "last_status": answer.status,
            "last_error": answer.error,
            "last_attempt_at": func.now(),
        }
        async with self.engine.begin() as connection:
            if is_delivered(answer.status):
                await _update(connection, due, **made, state="delivered", next_attempt_at=None, delivered_at=func.now())
                await _set_endpoint(connection, due.endpoint_id, failing_since=None)
                return Attempted(outcome=Outcome.DELIVERED, event_id=due.event_id)
            # A test call is sent once: somebody waits for its result.
            pauses = () if due.event_type == TEST_EVENT else self.pauses
            pause = next_pause(pauses, due.attempts + 1 - due.attempts_before, answer.retry_after)
            state, again = ("pending", now + pause) if pause else ("failed", None)
            await _update(connection, due, **made, state=state, next_attempt_at=again)
            if await self._is_disabled_by(connection, due, answer, now):
                pause = None
        outcome = Outcome.RETRY if pause else Outcome.GIVEN_UP
        return Attempted(outcome=outcome, event_id=due.event_id, retry_in=pause, error=answer.error)

    async def _is_disabled_by(self, connection: AsyncConnection, due: Row[Any], answer: Answer, now: datetime) -> bool:
        """Disable the endpoint if it has asked for that or failed for too long; return whether it is disabled now.

        A test call tells nothing about it, because it may be sent before the receiver is ready.
        """
        if due.event_type == TEST_EVENT:
            return False
        endpoint = WebhookEndpoint
        failing = update(endpoint).where(col(endpoint.id) == due.endpoint_id)
        since = func.coalesce(col(endpoint.failing_since), now)
        found = await connection.scalar(failing.values(failing_since=since).returning(col(endpoint.failing_since)))
        reason = reason_to_disable(answer.status, found, now, self.disable_after) if found else None
        if reason:
            await disable(connection, due.endpoint_id, reason)
        return reason is not None


async def disable(connection: AsyncConnection, endpoint_id: str, reason: str) -> None:
    """Disable the endpoint, give up what waits for it, and record both in the settings history. Aktum does this."""
    endpoint, delivery = WebhookEndpoint, WebhookDelivery
    this = col(endpoint.id) == endpoint_id
    before = (await connection.execute(select(endpoint.__table__).where(this).with_for_update())).first()  # type: ignore[attr-defined]
    if before is None or not before.enabled:
        return
    changes = {"enabled": False, "disabled_reason": reason}
    await _set_endpoint(connection, endpoint_id, **changes)
    waiting = (col(delivery.endpoint_id) == endpoint_id) & (col(delivery.state) == "pending")
    given_up = update(delivery).where(waiting, col(delivery.event_type) != TEST_EVENT)
    await connection.execute(
        given_up.values(
            state="failed", next_attempt_at=None, last_error=func.coalesce(col(delivery.last_error), DISABLED)
        )
    )
    was = EndpointState.of(before)
    states = {"before": was.model_dump(mode="json"), "after": was.model_copy(update=changes).model_dump(mode="json")}
    entry = {"by": SYSTEM, "area": Area.WEBHOOK_ENDPOINTS.value, "key": endpoint_id, "reason": reason}
    await connection.execute(insert(SettingsHistory).values(entry | states))
    log.error("webhook_endpoint_disabled", endpoint=endpoint_id, reason=reason)


async def _update(connection: AsyncConnection, due: Row[Any], **changes: Any) -> None:
    await connection.execute(update(WebhookDelivery).where(col(WebhookDelivery.id) == due.id).values(changes))


async def _set_endpoint(connection: AsyncConnection, endpoint_id: str, **changes: Any) -> None:
    await connection.execute(update(WebhookEndpoint).where(col(WebhookEndpoint.id) == endpoint_id).values(changes))
