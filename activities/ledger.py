"""The ledger of external effects: each happens once, and its row proves it (design 5).

The attempt is on record before the vendor is called, so an attempt that ended in any other way than with an answer is
looked for at the vendor before it is repeated. A lock on the effect's key keeps two attempts of one effect apart. It
lives in one database session, so the database must not be reached through a pooler that shares sessions.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients.errors import Ambiguous, ClientError, Permanent, RateLimited
from activities.database import HOLDS_LOCKS
from models.effects import EffectName, EffectState, Receipt
from models.frozen import Frozen
from models.ports import EffectRequest, Failure
from models.tables import ExternalEffect

LOOK_AGAIN: Final = timedelta(seconds=5)
FOUND: Final = "found at the vendor"
LONGEST_ERROR: Final = 4000
WITHDRAWN_BY: Final = "withdrawn_by"

Payload = str | bytes | Mapping[str, Any] | Sequence[Any]


@dataclass(frozen=True)
class Found:
    """What is at the vendor: made just now, or by an attempt whose answer was lost."""

    vendor_id: str | None
    details: dict[str, str] = field(default_factory=dict)


class Entry(Frozen):
    """One row of the ledger."""

    key: str
    invoice_id: str
    effect: str
    request_digest: str | None
    state: EffectState
    vendor_id: str | None
    receipt: Receipt | None
    attempts: int
    first_tried_at: datetime | None
    last_tried_at: datetime | None
    done_at: datetime | None
    last_error: str | None

    @property
    def final(self) -> Receipt | None:
        """What is done stays done, and what was withdrawn is never sent again."""
        is_final = self.state is EffectState.DONE or (self.receipt and WITHDRAWN_BY in self.receipt.details)
        return self.receipt if is_final else None


@dataclass(frozen=True)
class Ledger:
    """It holds a connection while a vendor is called: give it an engine of its own, so that a slow vendor cannot take
    the connections that numbering needs."""

    engine: AsyncEngine

    async def perform(
        self,
        request: EffectRequest,
        *,
        payload: Payload,
        probe: Callable[[], Awaitable[Found | None]],
        create: Callable[[], Awaitable[Found]],
        always_probe: bool = False,
    ) -> Receipt:
        """Makes the effect true and returns its receipt; a second call returns the same one.

        `payload` is what is sent, or what it is made from; its digest is kept. `probe` looks for our marker, `create`
        calls the vendor once. `always_probe` also looks before the first attempt, where somebody else may have made
        the thing.
        """
        async with self._locked(request.key) as connection:
            entry = await _opened(connection, request)
            if entry.final:
                return entry.final
            if always_probe or entry.attempts:
                try:
                    found = await probe()
                except ClientError as error:
                    raise await _failure(connection, request.key, error, otherwise=entry.state) from error
                if found:
                    return await _done(connection, request.key, found, entry.attempts, note=FOUND)
            attempts = await _attempted(connection, request.key, payload)
            try:
                made = await create()
            except ClientError as error:
                raise await _failure(connection, request.key, error, otherwise=EffectState.PENDING) from error
            return await _done(connection, request.key, made, attempts)

    async def find(self, key: str) -> Entry | None:
        async with self.engine.connect() as connection:
            return await _entry(connection, key)

    async def skip(self, request: EffectRequest, reason: str) -> Receipt:
        """Records that the effect is left out, e.g. because its integration is off. What is done stays done; if it is
        asked for again after all, it is tried."""
        async with self._locked(request.key) as connection:
            entry = await _opened(connection, request)
            if entry.final:
                return entry.final
            receipt = Receipt(state=EffectState.SKIPPED, attempts=entry.attempts, note=reason)
            await _change(connection, request.key, state=EffectState.SKIPPED, receipt=receipt.model_dump(mode="json"))
            return receipt

    async def withdraw(self, key: str, by: EffectRequest) -> Entry:
        """For an effect that undoes another: from now on no attempt of `key` can send anything, however late it comes.
        Returns what is known of it; what is done, or may have been, is left for the caller to undo."""
        effect = EffectName(key.rpartition(":")[2])
        async with self._locked(key) as connection:
            entry = await _opened(connection, by.model_copy(update={"key": key, "name": effect}))
            if not entry.final:
                receipt = Receipt(
                    state=EffectState.SKIPPED,
                    attempts=entry.attempts,
                    details={WITHDRAWN_BY: by.key},
                    note="Withdrawn before it was done.",
                )
                await _change(connection, key, state=EffectState.SKIPPED, receipt=receipt.model_dump(mode="json"))
            return entry

    @asynccontextmanager
    async def _locked(self, key: str) -> AsyncIterator[AsyncConnection]:
        """A connection on which each statement is a transaction of its own, holding the lock on this effect.

        The pool takes the lock away when it gets the connection back, however we got here (activities/database.py).
        """
        async with self.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            (await connection.get_raw_connection()).info[HOLDS_LOCKS] = True
            if not await connection.scalar(select(func.pg_try_advisory_lock(func.hashtextextended(key, 0)))):
                raise ApplicationError(
                    "Another attempt of this effect is still running.",
                    type=Failure.ATTEMPT_RUNNING,
                    next_retry_delay=LOOK_AGAIN,
                    category=ApplicationErrorCategory.BENIGN,
                )
            yield connection


async def _entry(connection: AsyncConnection, key: str) -> Entry | None:
    table = ExternalEffect.metadata.tables["external_effects"]
    row = (await connection.execute(select(table).where(table.c.key == key))).mappings().first()
    return Entry.model_validate(dict(row)) if row else None


async def _opened(connection: AsyncConnection, request: EffectRequest) -> Entry:
    await connection.execute(
        insert(ExternalEffect)
        .values(key=request.key, invoice_id=request.invoice_id, effect=request.name, state=EffectState.PENDING)
        .on_conflict_do_nothing()
    )
    entry = await _entry(connection, request.key)
    assert entry is not None
    return entry


async def _attempted(connection: AsyncConnection, key: str, payload: Payload) -> int:
    """On record before the vendor hears of it. An attempt of which no more is known is an unknown outcome."""
    await _change(
        connection,
        key,
        state=EffectState.UNKNOWN,
        request_digest=_digest(payload),
        attempts=col(ExternalEffect.attempts) + 1,
        first_tried_at=func.coalesce(col(ExternalEffect.first_tried_at), func.now()),
        last_tried_at=func.now(),
    )
    entry = await _entry(connection, key)
    assert entry is not None
    return entry.attempts


async def _done(connection: AsyncConnection, key: str, found: Found, attempts: int, note: str | None = None) -> Receipt:
    receipt = Receipt(vendor_id=found.vendor_id, details=found.details, attempts=attempts, note=note)
    await _change(
        connection,
        key,
        state=EffectState.DONE,
        vendor_id=found.vendor_id,
        receipt=receipt.model_dump(mode="json"),
        done_at=func.now(),
        last_error=None,
    )
    return receipt


async def _failure(connection: AsyncConnection, key: str, error: ClientError, *, otherwise: EffectState) -> Exception:
    """Records the error and says what Temporal shall make of it: plain errors are repeated by its own policy.

    `otherwise` is the state after an error that changed nothing over there.
    """
    match error:
        case Permanent():
            state = EffectState.FAILED
            told = error.vendor_message in error.message
            message = error.message if told else f"{error.message}: {error.vendor_message}"
            outcome: Exception = ApplicationError(message, type=Failure.VENDOR_REFUSED, non_retryable=True)
        case Ambiguous():
            state, message, outcome = EffectState.UNKNOWN, error.message, error
        case RateLimited():
            state, message = otherwise, error.message
            outcome = ApplicationError(message, type=RateLimited.__name__, next_retry_delay=error.retry_after)
        case _:
            state, message, outcome = otherwise, error.message, error
    await _change(connection, key, state=state, last_error=message[:LONGEST_ERROR])
    return outcome


async def _change(connection: AsyncConnection, key: str, **values: Any) -> None:
    await connection.execute(update(ExternalEffect).where(col(ExternalEffect.key) == key).values(**values))


def _digest(payload: Payload) -> str:
    if not isinstance(payload, str | bytes):
        payload = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(payload.encode() if isinstance(payload, str) else payload).hexdigest()
