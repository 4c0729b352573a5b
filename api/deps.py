"""What a route may ask for: the registry, Temporal, who is asking, and the key that makes a repeat harmless."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version as installed_version
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.access.tokens import NOT_VALID, Actor, Passwords, Tokens
from api.errors import Forbidden, Invalid, NotFound, Unauthorized
from api.reads import Reads
from api.registry.repository import InvoiceRef, Registry
from api.settings.store import SettingsStore
from api.temporal import Temporal
from models.access.roles import DRAFTING, Role
from models.invoice.commands import Command
from models.invoice.invoice import Invoice
from models.invoice.permissions import LEAST_ROLE
from models.values.period import BILLING_ZONE, local_day
from settings import Settings
from workflows.client import invoices

LONGEST_KEY = 150

_bearer = HTTPBearer(auto_error=False, description="the token from POST /api/v1/auth/login")


def version() -> str:
    return installed_version("aktum")


@dataclass(frozen=True)
class AppState:
    """What one running API holds."""

    settings: Settings
    registry: Registry
    reads: Reads
    store: SettingsStore
    temporal: Temporal
    passwords: Passwords
    tokens: Tokens
    started: datetime

    @property
    def version(self) -> str:
        return version()

    @property
    def patience(self) -> timedelta:
        return timedelta(seconds=self.settings.api.update_timeout_seconds)

    async def send(self, workflow_id: str, command: Command) -> None:
        """The fingerprint is the update's id as well: Temporal answers a repeat, and so does the invoice's state."""
        await invoices.send_command(
            await self.temporal.client(),
            workflow_id,
            command,
            update_id=command.request_fingerprint,
            timeout=self.patience,
        )


def app_state(request: Request) -> AppState:
    found = request.app.state.app_state
    assert isinstance(found, AppState)
    return found


StateDep = Annotated[AppState, Depends(app_state)]


def now() -> datetime:
    return datetime.now(UTC)


NowDep = Annotated[datetime, Depends(now)]


def today(moment: NowDep) -> date:
    """The day in Tashkent, where billing periods begin and end."""
    return local_day(moment, BILLING_ZONE)


TodayDep = Annotated[date, Depends(today)]


async def actor(
    app_state: StateDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Actor:
    """The user is read anew each time: a dismissal, another role or another password counts at once."""
    if credentials is None:
        raise Unauthorized("log in first: the header `Authorization: Bearer <token>` is missing")
    claims = app_state.tokens.claims(credentials.credentials)
    login = await app_state.registry.login(claims.username)
    if login is None or not claims.fit(login):
        raise Unauthorized(NOT_VALID)
    return Actor(login.username, Role(login.role))


ActorDep = Annotated[Actor, Depends(actor)]


def at_least(role: Role, deed: str) -> Callable[[Actor], Awaitable[Actor]]:
    async def check(actor: ActorDep) -> Actor:
        if not actor.role.includes(role):
            raise Forbidden(f"{deed} needs the role {role} or a higher one; {actor.username} is {actor.role}")
        return actor

    return check


DrafterDep = Annotated[Actor, Depends(at_least(DRAFTING, "drafting"))]


def require_permission(command: type[Command]) -> Callable[[Actor], Awaitable[Actor]]:
    return at_least(LEAST_ROLE[command.name], command.name.value)


def idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Repeat a request whose answer got lost with the same key; it acts once.",
            examples=["5f1d3c9e-2d0c-4b44-9f0a-7f4f5a1c0b9e"],
        ),
    ] = None,
) -> str:
    if key is None:
        return str(uuid4())
    if not 1 <= len(key.strip()) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Invalid.at("Idempotency-Key", f"must be 1 to {LONGEST_KEY} printable ASCII characters")
    return key.strip()


KeyDep = Annotated[str, Depends(idempotency_key)]


async def invoice(invoice_id: str, app_state: StateDep, _: ActorDep) -> Invoice:
    """Needs to know who asks, so that a stranger does not learn which invoices exist."""
    found = await app_state.registry.invoice(invoice_id) if invoice_id.isprintable() else None
    if found is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return found


InvoiceDep = Annotated[Invoice, Depends(invoice)]


async def invoice_ref(invoice_id: str, app_state: StateDep, _: ActorDep) -> InvoiceRef:
    """For commands, which do not look at the invoice before they send: its state may be megabytes."""
    found = await app_state.registry.invoice_ref(invoice_id) if invoice_id.isprintable() else None
    if found is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return found


InvoiceRefDep = Annotated[InvoiceRef, Depends(invoice_ref)]
