"""Reads and writes webhook endpoints in PostgreSQL. A secret is returned when it is made, and never again."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from activities.events.webhooks.sealing import Sealing
from api.settings.store import SettingsTransaction
from models.events.tables import FeedEntry, WebhookDelivery, WebhookEndpoint
from models.events.webhooks.endpoint import (
    MOST_ENDPOINTS,
    TEST_EVENT,
    EndpointChange,
    EndpointState,
    NewEndpoint,
    Rotation,
)
from models.events.webhooks.target import TargetRules
from models.settings.area import Area, SettingRefused

SECRET_BYTES: Final = 32
_TABLE: Final = WebhookEndpoint.__table__  # type: ignore[attr-defined]


async def endpoints(connection: AsyncConnection) -> Sequence[Any]:
    """Return all endpoints, the newest first."""
    return (await connection.execute(select(_TABLE).order_by(_TABLE.c.created_at.desc(), _TABLE.c.id))).all()


async def endpoint(connection: AsyncConnection, endpoint_id: str) -> Any:
    """Return the endpoint; None if there is none."""
    return (await connection.execute(select(_TABLE).where(_TABLE.c.id == endpoint_id))).first()


@dataclass(frozen=True)
class EndpointStore:
    """Changes endpoints in a transaction of the settings; every change is recorded in their history."""

    transaction: SettingsTransaction
    rules: TargetRules
    sealing: Sealing

    async def add(self, new: NewEndpoint, endpoint_id: str | None = None) -> tuple[Any, str]:
        """Add an endpoint; return its row and its secret. It gets the events that are recorded from now on."""
        self._check_url(new.url)
        connection = self.transaction.connection
        if int(await connection.scalar(select(func.count()).select_from(_TABLE)) or 0) >= MOST_ENDPOINTS:
            raise SettingRefused("url", f"there are {MOST_ENDPOINTS} endpoints already; remove one first")
        endpoint_id, secret = endpoint_id or f"we_{uuid4().hex}", new_secret()
        values = {
            **new.model_dump(),
            "id": endpoint_id,
            "event_types": list(new.event_types),
            "secret": self.sealing.seal(secret, endpoint_id),
            "after_entry": await _newest_entry(connection),
            "created_by": self.transaction.by,
        }
        row = (await connection.execute(insert(WebhookEndpoint).values(values).returning(_TABLE))).one()
        await self._record(endpoint_id, None, row)
        return row, secret

    async def change(self, before: Any, change: EndpointChange) -> Any:
        """Change the given fields; return the row. One that is enabled again gets what is recorded from then on."""
        changes = change.model_dump(exclude_none=True)
        if change.url is not None:
            self._check_url(change.url)
        if change.event_types is not None:
            changes["event_types"] = list(change.event_types)
        if change.enabled and not before.enabled:
            newest = await _newest_entry(self.transaction.connection)
            changes |= {"disabled_reason": None, "failing_since": None, "after_entry": newest}
        if change.enabled is False and before.enabled:
            await self._give_up(before.id)
        return await self._write(before, changes) if changes else before

    async def rotate(self, before: Any, rotation: Rotation, now: datetime) -> tuple[Any, str]:
        """Give the endpoint a new secret; the one before signs too until the overlap is over."""
        secret = new_secret()
        changes: dict[str, Any] = {"secret": self.sealing.seal(secret, before.id), "old_secret": None}
        changes["old_secret_until"] = None
        if rotation.overlap_hours:
            until = now + timedelta(hours=rotation.overlap_hours)
            changes |= {"old_secret": before.secret, "old_secret_until": until}
        return await self._write(before, changes), secret

    async def remove(self, before: Any) -> None:
        """Delete the endpoint with its deliveries."""
        await self.transaction.connection.execute(delete(WebhookEndpoint).where(col(WebhookEndpoint.id) == before.id))
        await self._record(before.id, before, None)

    def _check_url(self, url: str) -> None:
        if problem := self.rules.problem(url):
            raise SettingRefused("url", problem)

    async def _write(self, before: Any, changes: dict[str, Any]) -> Any:
        changed = update(WebhookEndpoint).where(col(WebhookEndpoint.id) == before.id).values(changes)
        row = (await self.transaction.connection.execute(changed.returning(_TABLE))).one()
        await self._record(before.id, before, row)
        return row

    async def _give_up(self, endpoint_id: str) -> None:
        waiting = (col(WebhookDelivery.endpoint_id) == endpoint_id) & (col(WebhookDelivery.state) == "pending")
        given_up = update(WebhookDelivery).where(waiting, col(WebhookDelivery.event_type) != TEST_EVENT)
        error = func.coalesce(col(WebhookDelivery.last_error), "The endpoint was disabled.")
        await self.transaction.connection.execute(
            given_up.values(state="failed", next_attempt_at=None, last_error=error)
        )

    async def _record(self, endpoint_id: str, before: Any, after: Any) -> None:
        states = [None if row is None else EndpointState.of(row) for row in (before, after)]
        if states[0] != states[1]:
            await self.transaction.record(Area.WEBHOOK_ENDPOINTS, endpoint_id, states[0], states[1])


def new_secret() -> str:
    """Return a secret as the Standard Webhooks specification serialises it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


async def _newest_entry(connection: AsyncConnection) -> int:
    return int(await connection.scalar(select(func.coalesce(func.max(col(FeedEntry.entry)), 0))) or 0)
