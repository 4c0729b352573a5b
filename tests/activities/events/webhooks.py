"""An endpoint at the receiver of the sandboxes, with the activities that serve it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.events.feed import pass_to, publish
from activities.events.webhooks.consumer import WebhookConsumer
from activities.events.webhooks.delivery import WebhookDeliveries
from activities.events.webhooks.sealing import Sealing
from activities.invoice.projection import InvoiceProjection
from api.events.endpoints import EndpointStore
from api.settings.store import SettingsStore
from models.events.webhooks.endpoint import EndpointChange, NewEndpoint
from models.events.webhooks.ports import Attempted, AttemptRequest, Outcome
from models.events.webhooks.target import TargetRules
from models.invoice.invoice import Invoice
from tests.fixtures.database_invoices import events, invoice
from tests.fixtures.sandboxes import Sandbox

LAPTOP = TargetRules(allow_http=True, allow_private=True)
PAUSES = (timedelta(seconds=5), timedelta(minutes=5))
KEYS = {"k1": bytes(range(32))}
NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
D, R, G, N = Outcome.DELIVERED, Outcome.RETRY, Outcome.GIVEN_UP, Outcome.NOTHING_LEFT


@dataclass
class Webhooks:
    """An endpoint at the receiver, with the activities that serve it."""

    engine: AsyncEngine
    receiver: Sandbox
    deliveries: WebhookDeliveries
    consumer: WebhookConsumer
    endpoint: Any
    secret: str
    store: SettingsStore

    async def record(self, count: int = 1, made: Invoice | None = None) -> Invoice:
        """Record an invoice with so many events, and let the feed store its deliveries."""
        made = made or invoice(revision=count, journal=events(count))
        await InvoiceProjection(self.engine).project(made)
        await self.feed()
        return made

    async def feed(self) -> None:
        await publish(self.engine)
        await pass_to(self.engine, self.consumer)

    async def attempt(self, made: Invoice, now: datetime = NOW) -> Attempted:
        request = AttemptRequest(endpoint_id=self.endpoint.id, invoice_id=made.id, now=now)
        return await self.deliveries.attempt(request)

    async def outcomes(self, made: Invoice, times: int) -> list[Outcome]:
        return [(await self.attempt(made)).outcome for _ in range(times)]

    def received(self) -> list[tuple[int, int]]:
        """Return the revision of each event that arrived, in order, and how often."""
        return [
            (json.loads(each["record"]["body"])["data"]["revision"], each["record"]["received"])
            for each in self.receiver.effects()
        ]

    async def rows(self, columns: str = "state, attempts, last_status, last_error") -> list[tuple[Any, ...]]:
        query = text(f"SELECT {columns} FROM webhook_deliveries ORDER BY position, id")
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(query)]

    async def one(self, columns: str) -> tuple[Any, ...]:
        query = text(f"SELECT {columns} FROM webhook_endpoints WHERE id = :id")
        async with self.engine.connect() as connection:
            return tuple((await connection.execute(query, {"id": self.endpoint.id})).one())

    async def change(self, **changes: Any) -> None:
        async with self.store.writing("anna") as transaction:
            changed = EndpointChange.model_validate(changes)
            self.endpoint = await EndpointStore(transaction, LAPTOP, Sealing(KEYS)).change(self.endpoint, changed)


async def added(store: SettingsStore, url: str, **more: Any) -> tuple[Any, str]:
    async with store.writing("anna") as transaction:
        return await EndpointStore(transaction, LAPTOP, Sealing(KEYS)).add(NewEndpoint(url=url, **more))
