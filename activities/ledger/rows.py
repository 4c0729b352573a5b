"""The statements that read and change one row of the ledger. Each is a transaction of its own."""

import hashlib
import json
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from activities.ledger.effect_steps import Payload
from activities.ledger.entry import Entry, Found
from activities.ledger.request import LedgerRequest
from models.invoice.effects import EffectState, Receipt
from models.invoice.tables import ExternalEffect


async def find(connection: AsyncConnection, key: str) -> Entry | None:
    table = ExternalEffect.metadata.tables["external_effects"]
    row = (
        (await connection.execute(select(table, func.now().label("seen_at")).where(table.c.key == key)))
        .mappings()
        .first()
    )
    return Entry.model_validate(dict(row)) if row else None


async def opened(connection: AsyncConnection, request: LedgerRequest) -> Entry:
    await connection.execute(
        insert(ExternalEffect)
        .values(key=request.key, invoice_id=request.owner_id, effect=request.name, state=EffectState.PENDING)
        .on_conflict_do_nothing()
    )
    entry = await find(connection, request.key)
    assert entry is not None
    return entry


async def start_attempt(connection: AsyncConnection, key: str, payload: Payload) -> int:
    """Record the attempt before the vendor is called and return its number.

    The state is UNKNOWN until the outcome is recorded, so that a killed worker leaves an unknown outcome.
    """
    await change(
        connection,
        key,
        state=EffectState.UNKNOWN,
        request_digest=payload_digest(payload),
        vendor_id=None,
        attempts=col(ExternalEffect.attempts) + 1,
        first_tried_at=func.coalesce(col(ExternalEffect.first_tried_at), func.now()),
        last_tried_at=func.now(),
    )
    entry = await find(connection, key)
    assert entry is not None
    return entry.attempts


async def complete(
    connection: AsyncConnection, key: str, found: Found, attempts: int, note: str | None = None
) -> Receipt:
    receipt = Receipt(vendor_id=found.vendor_id, details=found.details, attempts=attempts, note=note)
    await change(
        connection,
        key,
        state=EffectState.DONE,
        vendor_id=found.vendor_id,
        receipt=receipt.model_dump(mode="json"),
        done_at=func.now(),
        last_error=None,
    )
    return receipt


async def cancel(connection: AsyncConnection, entry: Entry, reason: str) -> Receipt:
    receipt = Receipt(state=EffectState.SKIPPED, attempts=entry.attempts, note=reason)
    await change(connection, entry.key, state=EffectState.SKIPPED, receipt=receipt.model_dump(mode="json"))
    return receipt


async def await_second_look(connection: AsyncConnection, key: str, created: Found, attempts: int) -> None:
    """Record what a repeated request created. The outcome stays unknown until the vendor has been looked at again."""
    receipt = Receipt(vendor_id=created.vendor_id, details=created.details, attempts=attempts)
    await change(
        connection,
        key,
        state=EffectState.UNKNOWN,
        vendor_id=created.vendor_id,
        receipt=receipt.model_dump(mode="json"),
        last_tried_at=func.now(),
    )


async def change(connection: AsyncConnection, key: str, **values: Any) -> None:
    await connection.execute(update(ExternalEffect).where(col(ExternalEffect.key) == key).values(**values))


def payload_digest(payload: Payload) -> str:
    """Return the digest that a row keeps of what is requested."""
    if not isinstance(payload, str | bytes):
        payload = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(payload.encode() if isinstance(payload, str) else payload).hexdigest()
