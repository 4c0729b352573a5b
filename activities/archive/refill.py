"""The refill of the archive from PostgreSQL, after the bucket was lost or replaced."""

from collections.abc import Awaitable, Callable
from enum import StrEnum

from activities.archive.archive import PDF
from activities.archive.verification import require_stored
from activities.clients.object_store import ConditionFailed, ObjectStore
from models.archive.archived_files import ArchivedFile

ReadPdf = Callable[[str], Awaitable[bytes]]


class Refilled(StrEnum):
    THERE = "there"
    STORED = "stored"
    DIFFERS = "differs"


async def refill(objects: ObjectStore, read_pdf: ReadPdf, file: ArchivedFile) -> Refilled:
    """Store the file if it is missing, and read it back; a file that is there never changes.

    `read_pdf` reads a document by its SHA-256. Raises ClientError, and DOCUMENT_MISSING if PostgreSQL does not have the
    document.
    """
    head = await objects.head(file.key)
    if head is None:
        metadata = {"sha256": file.sha256, "invoice": file.owner_id, "effect": file.effect}
        try:
            await objects.create(file.key, await read_pdf(file.sha256), PDF, metadata)
        except ConditionFailed:
            return await refill(objects, read_pdf, file)
        await require_stored(objects, file.key, file.sha256, file.owner_id)
        return Refilled.STORED
    return Refilled.THERE if head.sha256 == file.sha256 else Refilled.DIFFERS
