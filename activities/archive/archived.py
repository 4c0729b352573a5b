"""Whether the archive holds a document, by the ledger's record of the upload."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from activities.ledger.effect_steps import Payload
from activities.ledger.rows import payload_digest
from models.invoice.effects import EffectName, EffectState
from models.invoice.tables import ExternalEffect


def stored_as(key: str, sha256: str) -> Payload:
    """Return what the ledger records of the request to store this document under the key."""
    return {"key": key, "sha256": sha256}


async def is_archived(engine: AsyncEngine, invoice_id: str, key: str, sha256: str) -> bool:
    """Return whether the upload of exactly this document under the key has completed.

    `engine` is not the ledger's: an attempt that holds a connection of the ledger must not wait for a second one.
    """
    query = select(col(ExternalEffect.key)).where(
        col(ExternalEffect.invoice_id) == invoice_id,
        col(ExternalEffect.effect) == EffectName.ARCHIVE,
        col(ExternalEffect.state) == EffectState.DONE,
        col(ExternalEffect.request_digest) == payload_digest(stored_as(key, sha256)),
    )
    async with engine.connect() as connection:
        return await connection.scalar(query.limit(1)) is not None
