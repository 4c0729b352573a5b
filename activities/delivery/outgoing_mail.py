"""Letters on their way: the exact bytes of each, kept from before the first attempt until the relay has taken them.

Mail cannot be asked about afterwards. So every attempt sends the same bytes under the same Message-ID, and what is
noted right before they go out tells an attempt that certainly sent nothing from one that may have.
"""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.invoice.tables import OutgoingMail


@dataclass(frozen=True)
class OutgoingMails:
    engine: AsyncEngine

    async def find(self, key: str) -> bytes | None:
        async with self.engine.connect() as connection:
            found = await connection.execute(select(col(OutgoingMail.message)).where(col(OutgoingMail.key) == key))
            return found.scalar()

    async def keep(self, key: str, message: bytes) -> bytes:
        """The bytes that were kept first, if there are any; else these."""
        row = insert(OutgoingMail).values(key=key, message=message, in_doubt=False).on_conflict_do_nothing()
        async with self.engine.begin() as connection:
            await connection.execute(row)
            kept = await connection.execute(select(col(OutgoingMail.message)).where(col(OutgoingMail.key) == key))
            return bytes(kept.scalar_one())

    async def is_in_doubt(self, key: str) -> bool:
        async with self.engine.connect() as connection:
            found = await connection.execute(select(col(OutgoingMail.in_doubt)).where(col(OutgoingMail.key) == key))
            return bool(found.scalar())

    async def doubt(self, key: str, in_doubt: bool) -> None:
        """True from right before the message goes out until the relay's answer is known."""
        async with self.engine.begin() as connection:
            await connection.execute(update(OutgoingMail).where(col(OutgoingMail.key) == key).values(in_doubt=in_doubt))

    async def forget(self, key: str) -> None:
        """It is sent: the ledger's receipt has its digest, and its PDF is stored anyway."""
        async with self.engine.begin() as connection:
            await connection.execute(delete(OutgoingMail).where(col(OutgoingMail.key) == key))
