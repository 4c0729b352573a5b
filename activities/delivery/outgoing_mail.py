"""The table of outgoing e-mails: the exact bytes of each, from before the first attempt until the server accepts it.

E-mail has no status that could be read later. Therefore every attempt sends the same bytes with the same Message-ID. A
mark that is stored immediately before the transmission distinguishes attempts that sent nothing from attempts that may
have sent the e-mail.
"""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.invoice.tables import OutgoingMail


@dataclass(frozen=True)
class OutgoingMails:
    """The outgoing e-mails by effect key."""

    engine: AsyncEngine

    async def find(self, key: str) -> bytes | None:
        """Return the stored message; None if there is none."""
        async with self.engine.connect() as connection:
            found = await connection.execute(select(col(OutgoingMail.message)).where(col(OutgoingMail.key) == key))
            return found.scalar()

    async def store(self, key: str, message: bytes) -> bytes:
        """Store the message unless there is one already, and return the stored one."""
        row = insert(OutgoingMail).values(key=key, message=message, in_doubt=False).on_conflict_do_nothing()
        async with self.engine.begin() as connection:
            await connection.execute(row)
            stored = await connection.execute(select(col(OutgoingMail.message)).where(col(OutgoingMail.key) == key))
            return bytes(stored.scalar_one())

    async def may_be_sent(self, key: str) -> bool:
        """Return whether an attempt started to transmit the message and its outcome was not recorded."""
        async with self.engine.connect() as connection:
            found = await connection.execute(select(col(OutgoingMail.in_doubt)).where(col(OutgoingMail.key) == key))
            return bool(found.scalar())

    async def set_may_be_sent(self, key: str, value: bool) -> None:
        """Set the mark: true immediately before the transmission, false when the server did not accept the message."""
        async with self.engine.begin() as connection:
            await connection.execute(update(OutgoingMail).where(col(OutgoingMail.key) == key).values(in_doubt=value))

    async def delete(self, key: str) -> None:
        """Delete a message that was sent. The ledger has its digest, and the document store its PDF."""
        async with self.engine.begin() as connection:
            await connection.execute(delete(OutgoingMail).where(col(OutgoingMail.key) == key))
