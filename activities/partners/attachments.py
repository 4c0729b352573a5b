"""Attachments: the files of orders and invoices, in the object store with a row for each in PostgreSQL.

See docs/specification/orders.md 3.8.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import puremagic
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from activities.clients import object_store
from activities.clients.errors import ClientError
from activities.clients.object_store import ConditionFailed, ObjectStore
from models.partners.orders.attachment import (
    MOST_OF_AN_OWNER,
    PREFIX,
    Attachment,
    AttachmentRefused,
    Owner,
    checked_name,
    checked_type,
)
from models.partners.orders.tables import AttachmentRow
from settings import Settings

MIB = 1024 * 1024


NOT_CONFIGURED = "No file store is configured; set AKTUM_S3__URL."


class FilesUnavailable(Exception):
    """The object store does not answer, or none is configured; the message says which."""


@dataclass(frozen=True)
class Attachments:
    """Stores and reads files. `largest` is the limit of one file in bytes."""

    engine: AsyncEngine
    objects: ObjectStore | None
    largest: int

    @classmethod
    def at(cls, settings: Settings, engine: AsyncEngine) -> "Attachments":
        """Return the attachments of these settings; the object store is connected when it is first used."""
        s3 = settings.s3
        client = object_store.connect(s3.url, s3.region, s3.access_key, s3.secret_key) if s3.url else None
        objects = ObjectStore(client, s3.bucket) if client else None
        return cls(engine, objects, settings.attachments.largest_mb * MIB)

    def close(self) -> None:
        if self.objects:
            self.objects.close()

    async def store(
        self, owner: Owner, owner_key: str, name: str, content: bytes, by: str, now: datetime
    ) -> Attachment:
        """Store a file and return its attachment; for a file that the owner has already, the existing one.

        Raises AttachmentRefused or FilesUnavailable. The object is written first, so that a row always has its file.
        """
        if not content:
            raise AttachmentRefused("the file is empty")
        if len(content) > self.largest:
            raise AttachmentRefused(f"the file has more than {self.largest // MIB} MiB, which is the limit")
        name = checked_name(name)
        media_type = checked_type(name, media_type_of(content))
        if self.objects is None:
            raise FilesUnavailable(NOT_CONFIGURED)
        digest = hashlib.sha256(content).hexdigest()
        attachment_id = f"{owner}.{owner_key}.{digest[:20]}"
        if existing := await self.find(owner, owner_key, attachment_id):
            return existing
        if await self._count(owner, owner_key) >= MOST_OF_AN_OWNER:
            raise AttachmentRefused(f"there are {MOST_OF_AN_OWNER} files already, which is the limit")
        key = f"{PREFIX}{owner}/{owner_key}/{digest}"
        # An earlier request may have stored the same content and not come to write its row.
        with suppress(ConditionFailed), _as_unavailable():
            await self.objects.create(key, content, media_type, {"sha256": digest})
        row = {
            "id": attachment_id,
            "owner_kind": owner.value,
            "owner_key": owner_key,
            "name": name,
            "media_type": media_type,
            "size": len(content),
            "sha256": digest,
            "object_key": key,
            "uploaded_by": by,
            "uploaded_at": now,
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(AttachmentRow).values(row).on_conflict_do_nothing())
        found = await self.find(owner, owner_key, attachment_id)
        assert found is not None, "the row has been written"
        return found

    async def find(self, owner: Owner, owner_key: str, attachment_id: str) -> Attachment | None:
        """Return the attachment of this owner; None if it has none with this id."""
        found = await self._rows(owner, owner_key, attachment_id)
        return found[0] if found else None

    async def of(self, owner: Owner, owner_key: str) -> list[Attachment]:
        """Return the attachments of the owner, the oldest first."""
        return await self._rows(owner, owner_key, None)

    async def content(self, attachment: Attachment) -> bytes | None:
        """Return the file; None if it is gone from the object store. Raises FilesUnavailable."""
        if self.objects is None:
            raise FilesUnavailable(NOT_CONFIGURED)
        with _as_unavailable():
            body = await self.objects.get(attachment.object_key)
        return body.content if body else None

    async def _rows(self, owner: Owner, owner_key: str, attachment_id: str | None) -> list[Attachment]:
        table = AttachmentRow.metadata.tables[AttachmentRow.__tablename__]
        query = select(table).where(table.c.owner_kind == owner.value, table.c.owner_key == owner_key)
        if attachment_id is not None:
            query = query.where(table.c.id == attachment_id)
        async with self.engine.connect() as connection:
            rows: Sequence[Any] = (await connection.execute(query.order_by(table.c.uploaded_at))).mappings().all()
        return [Attachment.model_validate(dict(row)) for row in rows]

    async def _count(self, owner: Owner, owner_key: str) -> int:
        of_owner = (col(AttachmentRow.owner_kind) == owner.value, col(AttachmentRow.owner_key) == owner_key)
        async with self.engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).select_from(AttachmentRow).where(*of_owner)) or 0)


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise FilesUnavailable(error.message) from error


def media_type_of(content: bytes) -> str | None:
    """Return the type of a file by its content; None if it is not known. The name has no say."""
    try:
        matches = puremagic.magic_string(content)
    except puremagic.PureError:
        return None
    return matches[0].mime_type or None
