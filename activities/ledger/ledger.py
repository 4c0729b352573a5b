"""The ledger of external effects: each effect is executed once, and its row records the outcome.

The ledger records an attempt before it calls the vendor. If an attempt ends without an answer, the next one probes the
vendor before it repeats the request. A record that is not found counts as absent only after the settle time of the
vendor, because the vendor may still be creating it or its list may lag. After a repeated request the vendor is searched
once more, later, because it may have carried out both. See docs/specification/effects.md 2.

A lock on the effect key prevents two attempts of one effect at the same time. The lock belongs to a database session,
so the database must not be reached through a pooler that shares sessions.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NoReturn

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients.errors import Ambiguous, ClientError, Permanent, RateLimited
from activities.database.engine import HOLDS_LOCKS
from activities.ledger import rows
from activities.ledger.effect_steps import EffectSteps
from activities.ledger.entry import CANCELLED_BY, Entry, Found, NotNeeded, second_look_later
from activities.ledger.recorded_history import require_recorded
from activities.ledger.request import LedgerRequest
from models.invoice.effects import EffectName, EffectState, Receipt
from models.invoice.ports import EffectRequest
from models.invoice.tables import ExternalEffect
from models.values.failure_codes import Failure

RETRY_DELAY: Final = timedelta(seconds=5)
FOUND: Final = "found at the vendor"
LONGEST_ERROR: Final = 4000
CANCELLED: Final = "Cancelled before it was executed."
# After a repeated request the vendor is looked at again when so many settle times have passed.
SECOND_LOOK: Final = 5


@dataclass(frozen=True)
class Ledger:
    """Executes and cancels effects.

    It holds a database connection while a vendor is called. It needs an engine of its own, so that slow vendors do not
    occupy the connections that numbering needs.
    """

    engine: AsyncEngine

    async def execute(self, request: LedgerRequest, steps: EffectSteps) -> Receipt:
        """Execute the effect and return its receipt; a later call returns the same receipt.

        Raises ApplicationError with VENDOR_REFUSED when the vendor refuses, and the other errors of the steps.
        """
        async with self._locked(request.key, request) as connection:
            entry = await rows.opened(connection, request)
            if entry.final:
                return entry.final
            if receipt := await _probe_and_prepare(connection, entry, steps):
                return receipt
            attempts = await rows.start_attempt(connection, request.key, steps.payload())
            created = await _create(connection, entry, steps)
            if entry.is_unknown and steps.settle:
                await rows.await_second_look(connection, request.key, created, attempts)
                raise second_look_later(created.vendor_id, steps.settle * SECOND_LOOK)
            return await rows.complete(connection, request.key, created, attempts)

    async def verify(self, request: LedgerRequest, steps: EffectSteps, vendor_id: str) -> Receipt:
        """Read the record of a completed effect again and return its receipt. Nothing is created or recorded.

        Raises what `execute` raises when the vendor refuses, or has the record no longer or otherwise.
        """
        async with self._locked(request.key, request):
            try:
                found = await steps.read_back(Found(vendor_id))
            except (Permanent, RateLimited) as error:
                raise _for_temporal(error) from error
        return Receipt(vendor_id=found.vendor_id, details=found.details, attempts=0)

    async def find(self, key: str) -> Entry | None:
        """Return the row of an effect; None if there is none."""
        async with self.engine.connect() as connection:
            return await rows.find(connection, key)

    async def earlier_vendor_ids(self, request: EffectRequest) -> frozenset[str]:
        """Return the vendor ids of the records that the same effect created for other approvals of the invoice."""
        table = ExternalEffect
        query = select(col(table.vendor_id)).where(
            col(table.invoice_id) == request.invoice_id,
            col(table.effect) == request.name,
            col(table.key) != request.key,
            col(table.vendor_id).is_not(None),
        )
        async with self.engine.connect() as connection:
            return frozenset(filter(None, await connection.scalars(query)))

    async def cancel(self, request: LedgerRequest, reason: str) -> Receipt:
        """Record that the effect is skipped, for example because its integration is off, and return the receipt.

        A completed effect stays completed. A skipped effect is executed when it is requested again. Raises SWITCHED_OFF
        when the outcome of an attempt is unknown, because a person has to check the vendor.
        """
        async with self._locked(request.key, request) as connection:
            entry = await rows.opened(connection, request)
            if entry.final:
                return entry.final
            if entry.is_unknown:
                raise ApplicationError(
                    f"{reason} An earlier attempt ended without an answer, so it may have been executed. Check this in "
                    "the other system and resolve this effect, or switch the integration on and retry.",
                    type=Failure.SWITCHED_OFF,
                    non_retryable=True,
                )
            return await rows.cancel(connection, entry, reason)

    async def cancel_for_good(self, key: str, by: EffectRequest) -> Entry:
        """Cancel the effect that `by` compensates, so that no later attempt of `key` calls the vendor.

        Return its row as it was before. The caller has to compensate an effect that has, or may have, completed.
        """
        effect = EffectName(key.rpartition(":")[2])
        async with self._locked(key, by) as connection:
            entry = await rows.opened(connection, by.model_copy(update={"key": key, "name": effect}))
            if not entry.final:
                receipt = Receipt(
                    state=EffectState.SKIPPED,
                    attempts=entry.attempts,
                    details={CANCELLED_BY: by.key},
                    note="Cancelled while its outcome was unknown." if entry.is_unknown else CANCELLED,
                )
                # An unknown outcome stays unknown, so that a repeated compensation still probes the vendor.
                state = EffectState.UNKNOWN if entry.is_unknown else EffectState.SKIPPED
                await rows.change(connection, key, state=state, receipt=receipt.model_dump(mode="json"))
            return entry

    @asynccontextmanager
    async def _locked(self, key: str, request: LedgerRequest) -> AsyncIterator[AsyncConnection]:
        """Yield a connection that holds the lock of this effect, if `request` belongs to the recorded history.

        The pool releases the lock when the connection returns to it (activities/database/engine.py). Raises
        ATTEMPT_RUNNING, which is retried, when another attempt holds the lock.
        """
        await require_recorded(self.engine, request)
        async with self.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            (await connection.get_raw_connection()).info[HOLDS_LOCKS] = True
            if not await connection.scalar(select(func.pg_try_advisory_lock(func.hashtextextended(key, 0)))):
                raise ApplicationError(
                    "Another attempt of this effect is still running.",
                    type=Failure.ATTEMPT_RUNNING,
                    next_retry_delay=RETRY_DELAY,
                    category=ApplicationErrorCategory.BENIGN,
                )
            yield connection


async def _probe_and_prepare(connection: AsyncConnection, entry: Entry, steps: EffectSteps) -> Receipt | None:
    """Return the receipt of an effect whose record exists or that is not needed; None if `create` may be called."""
    refused = EffectState.UNKNOWN if entry.is_unknown else EffectState.FAILED
    try:
        if entry.created_again:
            entry.require_second_look(steps.settle * SECOND_LOOK)
            found = await steps.probe()
            created = entry.created_again if isinstance(found, NotNeeded) else _only_record(entry.created_again, found)
            return await rows.complete(connection, entry.key, created, entry.attempts)
        if steps.always_probe or entry.attempts:
            found = await steps.probe()
            if isinstance(found, NotNeeded):
                return await rows.cancel(connection, entry, found.reason)
            if found:
                return await rows.complete(connection, entry.key, found, entry.attempts, note=FOUND)
        entry.require_settled(steps.settle)
        await steps.prepare()
    except ClientError as error:
        await _fail(connection, entry.key, error, refused=refused, otherwise=entry.state)
    return None


def _only_record(created: Found, found: Found | None) -> Found:
    """Return the record of a repeated request. Raises Permanent if the first request created one as well.

    Where the vendor can list several records of one effect, the probe itself refuses them.
    """
    if found and found.vendor_id != created.vendor_id:
        message = (
            f"The first request, whose answer was lost, created record {found.vendor_id}; the repeated one created "
            f"record {created.vendor_id}. Delete one of them there, then retry, or resolve the effect with the other."
        )
        raise Permanent(message, vendor_message=message)
    return created


async def _create(connection: AsyncConnection, entry: Entry, steps: EffectSteps) -> Found:
    try:
        created = await steps.create()
    except ClientError as error:
        # If this attempt did nothing, the outcome of an earlier one is still unknown.
        before = EffectState.UNKNOWN if entry.is_unknown else EffectState.PENDING
        await _fail(connection, entry.key, error, refused=EffectState.FAILED, otherwise=before)
    if not steps.reads_back:
        return created
    await rows.change(connection, entry.key, vendor_id=created.vendor_id)
    try:
        return await steps.read_back(created)
    except ClientError as error:
        await _fail(connection, entry.key, error, refused=EffectState.UNKNOWN, otherwise=EffectState.UNKNOWN)


async def _fail(
    connection: AsyncConnection, key: str, error: ClientError, *, refused: EffectState, otherwise: EffectState
) -> NoReturn:
    """Record the error and raise it for Temporal: refusals are final, other errors follow the retry policy.

    `refused` is the state after a refusal, `otherwise` the state after an error that changed nothing at the vendor.
    """
    changes: dict[str, Any] = {}
    match error:
        case Permanent():
            state = refused
        case Ambiguous():
            state = EffectState.UNKNOWN
            # The settle time starts now, not when the attempt began.
            changes["last_tried_at"] = func.now()
        case _:
            state = otherwise
    await rows.change(connection, key, state=state, last_error=_message(error)[:LONGEST_ERROR], **changes)
    outcome = _for_temporal(error)
    if outcome is error:
        raise error  # keeps its cause; with `from error` it would be its own cause, which Temporal cannot store
    raise outcome from error


def _for_temporal(error: ClientError) -> Exception:
    """Return the error that tells Temporal whether and when to retry; the same error if its retry policy decides."""
    match error:
        case Permanent():
            return ApplicationError(_message(error), type=error.failure, non_retryable=True)
        case RateLimited():
            return ApplicationError(_message(error), type=RateLimited.__name__, next_retry_delay=error.retry_after)
        case _:
            return error


def _message(error: ClientError) -> str:
    """Return the message, with the vendor's own if it is not part of it."""
    if isinstance(error, Permanent) and error.vendor_message not in error.message:
        return _storable(f"{error.message}: {error.vendor_message}")
    return _storable(error.message)


def _storable(text: str) -> str:
    """Return the text without NUL and without lone surrogates, which PostgreSQL cannot store and vendors send."""
    return text.replace("\0", "").encode(errors="replace").decode()
