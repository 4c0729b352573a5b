"""The ledger of external effects: each happens once, and its row proves it.

The attempt is on record before the vendor is called, so an attempt that ended in any other way than with an answer is
looked for at the vendor before it is repeated. That it is not there yet proves nothing as long as the vendor may still
be at work on it, or its list may lag: only after the vendor's settle time does it count as absent.

A lock on the effect's key keeps two attempts of one effect apart. It lives in one database session, so the database
must not be reached through a pooler that shares sessions.
"""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NoReturn

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients.errors import Ambiguous, ClientError, Permanent, RateLimited
from activities.database.engine import HOLDS_LOCKS
from activities.ledger.effect_steps import EffectSteps, Payload
from activities.ledger.entry import CANCELLED_BY, Entry, Found, NotNeeded
from models.invoice.effects import EffectName, EffectState, Receipt
from models.invoice.ports import EffectRequest
from models.invoice.tables import ExternalEffect
from models.values.failure_codes import Failure

LOOK_AGAIN: Final = timedelta(seconds=5)
FOUND: Final = "found at the vendor"
LONGEST_ERROR: Final = 4000
CANCELLED: Final = "Withdrawn before it was done."


@dataclass(frozen=True)
class Ledger:
    """It holds a connection while a vendor is called: give it an engine of its own, so that a slow vendor cannot take
    the connections that numbering needs."""

    engine: AsyncEngine

    async def execute(self, request: EffectRequest, steps: EffectSteps) -> Receipt:
        """Carry the effect out and return its receipt; a second call returns the same one."""
        async with self._locked(request.key) as connection:
            entry = await _opened(connection, request)
            if entry.final:
                return entry.final
            if known := await _look(connection, entry, steps):
                return known
            attempts = await _start_attempt(connection, request.key, steps.payload())
            made = await _create(connection, entry, steps)
            return await _complete(connection, request.key, made, attempts)

    async def find(self, key: str) -> Entry | None:
        async with self.engine.connect() as connection:
            return await _entry(connection, key)

    async def others(self, request: EffectRequest) -> frozenset[str]:
        """Vendor ids of what the same effect made under other keys of the invoice: for its earlier approvals."""
        table = ExternalEffect
        query = select(col(table.vendor_id)).where(
            col(table.invoice_id) == request.invoice_id,
            col(table.effect) == request.name,
            col(table.key) != request.key,
            col(table.vendor_id).is_not(None),
        )
        async with self.engine.connect() as connection:
            return frozenset(filter(None, await connection.scalars(query)))

    async def cancel(self, request: EffectRequest, reason: str) -> Receipt:
        """Record that the effect is left out, e.g. because its integration is off. One that has completed stays
        completed; one that is requested again is executed. What may be at the vendor is not cancelled: a person must
        look."""
        async with self._locked(request.key) as connection:
            entry = await _opened(connection, request)
            if entry.final:
                return entry.final
            if entry.in_doubt:
                raise ApplicationError(
                    f"{reason} This was tried before, and the answer was lost, so it may have been done all the same. "
                    "Look there by hand and resolve this effect, or switch the integration on and retry.",
                    type=Failure.SWITCHED_OFF,
                    non_retryable=True,
                )
            return await _cancel(connection, entry, reason)

    async def cancel_for_good(self, key: str, by: EffectRequest) -> Entry:
        """Cancel the effect that `by` compensates: from now on no attempt of `key` can send anything, however late it
        comes. Return what is known of it; what has completed, or may have, is left for the caller to compensate."""
        effect = EffectName(key.rpartition(":")[2])
        async with self._locked(key) as connection:
            entry = await _opened(connection, by.model_copy(update={"key": key, "name": effect}))
            if not entry.final:
                receipt = Receipt(
                    state=EffectState.SKIPPED,
                    attempts=entry.attempts,
                    details={CANCELLED_BY: by.key},
                    note="Withdrawn before it was known to be done." if entry.in_doubt else CANCELLED,
                )
                # What is unknown stays unknown: a second compensation must still know that.
                state = EffectState.UNKNOWN if entry.in_doubt else EffectState.SKIPPED
                await _change(connection, key, state=state, receipt=receipt.model_dump(mode="json"))
            return entry

    @asynccontextmanager
    async def _locked(self, key: str) -> AsyncIterator[AsyncConnection]:
        """A connection on which each statement is a transaction of its own, holding the lock on this effect.

        The pool releases the lock when the connection returns to it (activities/database/engine.py).
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
    row = (
        (await connection.execute(select(table, func.now().label("seen_at")).where(table.c.key == key)))
        .mappings()
        .first()
    )
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


async def _look(connection: AsyncConnection, entry: Entry, steps: EffectSteps) -> Receipt | None:
    """Return the receipt of what is at the vendor already, or is not needed. None: `create` may be called."""
    refused = EffectState.UNKNOWN if entry.in_doubt else EffectState.FAILED
    try:
        if steps.always_probe or entry.attempts:
            found = await steps.probe()
            if isinstance(found, NotNeeded):
                return await _cancel(connection, entry, found.reason)
            if found:
                return await _complete(connection, entry.key, found, entry.attempts, note=FOUND)
        entry.must_be_settled(steps.settle)
        await steps.prepare()
    except ClientError as error:
        await _fail(connection, entry.key, error, refused=refused, otherwise=entry.state)
    return None


async def _create(connection: AsyncConnection, entry: Entry, steps: EffectSteps) -> Found:
    try:
        made = await steps.create()
    except ClientError as error:
        # That nothing came of this attempt says nothing about an earlier one.
        before = EffectState.UNKNOWN if entry.in_doubt else EffectState.PENDING
        await _fail(connection, entry.key, error, refused=EffectState.FAILED, otherwise=before)
    if not steps.reads_back:
        return made
    await _change(connection, entry.key, vendor_id=made.vendor_id)
    try:
        return await steps.read_back(made)
    except ClientError as error:
        await _fail(connection, entry.key, error, refused=EffectState.UNKNOWN, otherwise=EffectState.UNKNOWN)


async def _start_attempt(connection: AsyncConnection, key: str, payload: Payload) -> int:
    """Put the attempt on record before the vendor is called, and return its number. An attempt of which no more is
    known is an unknown outcome."""
    await _change(
        connection,
        key,
        state=EffectState.UNKNOWN,
        request_digest=_digest(payload),
        vendor_id=None,
        attempts=col(ExternalEffect.attempts) + 1,
        first_tried_at=func.coalesce(col(ExternalEffect.first_tried_at), func.now()),
        last_tried_at=func.now(),
    )
    entry = await _entry(connection, key)
    assert entry is not None
    return entry.attempts


async def _complete(
    connection: AsyncConnection, key: str, found: Found, attempts: int, note: str | None = None
) -> Receipt:
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


async def _cancel(connection: AsyncConnection, entry: Entry, reason: str) -> Receipt:
    receipt = Receipt(state=EffectState.SKIPPED, attempts=entry.attempts, note=reason)
    await _change(connection, entry.key, state=EffectState.SKIPPED, receipt=receipt.model_dump(mode="json"))
    return receipt


async def _fail(
    connection: AsyncConnection, key: str, error: ClientError, *, refused: EffectState, otherwise: EffectState
) -> NoReturn:
    """Record the error and raise it in the form that Temporal acts on; plain errors follow the retry policy.

    `refused` is the state after a refusal, `otherwise` that after an error that changed nothing over there.
    """
    changes: dict[str, Any] = {}
    match error:
        case Permanent():
            state = refused
            told = error.vendor_message in error.message
            message = _storable(error.message if told else f"{error.message}: {error.vendor_message}")
            outcome: Exception = ApplicationError(message, type=Failure.VENDOR_REFUSED, non_retryable=True)
        case Ambiguous():
            state, message, outcome = EffectState.UNKNOWN, _storable(error.message), error
            # From now on, not from when the attempt began, the vendor is given its time.
            changes["last_tried_at"] = func.now()
        case RateLimited():
            state, message = otherwise, _storable(error.message)
            outcome = ApplicationError(message, type=RateLimited.__name__, next_retry_delay=error.retry_after)
        case _:
            state, message, outcome = otherwise, _storable(error.message), error
    await _change(connection, key, state=state, last_error=message[:LONGEST_ERROR], **changes)
    if outcome is error:
        raise error  # with the cause it has; `from error` would make it its own, and Temporal could not store it
    raise outcome from error


def _storable(text: str) -> str:
    """PostgreSQL takes neither NUL nor half a surrogate pair, and vendors send both."""
    return text.replace("\0", "").encode(errors="replace").decode()


async def _change(connection: AsyncConnection, key: str, **values: Any) -> None:
    await connection.execute(update(ExternalEffect).where(col(ExternalEffect.key) == key).values(**values))


def _digest(payload: Payload) -> str:
    if not isinstance(payload, str | bytes):
        payload = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(payload.encode() if isinstance(payload, str) else payload).hexdigest()
