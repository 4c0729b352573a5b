"""The refill of the archive from PostgreSQL, after the bucket was lost or replaced."""

from enum import StrEnum

from activities.archive.archive import PDF
from activities.archive.verification import require_stored
from activities.clients.object_store import ConditionFailed, ObjectStore
from activities.documents.store import DocumentStore
from models.archive.archived_files import ArchivedFile


class Refilled(StrEnum):
    THERE = "there"
    STORED = "stored"
    DIFFERS = "differs"


async def refill(objects: ObjectStore, store: DocumentStore, file: ArchivedFile) -> Refilled:
    """Store the file if it is missing, and read it back; a file that is there never changes.

    Raises ClientError, and DOCUMENT_MISSING if PostgreSQL does not have the document.
    """
    head = await objects.head(file.key)
    if head is None:
        metadata = {"sha256": file.sha256, "invoice": file.invoice_id, "effect": file.effect}
        try:
            await objects.create(file.key, await store.pdf(file.sha256), PDF, metadata)
        except ConditionFailed:
            return await refill(objects, store, file)
        await require_stored(objects, file.key, file.sha256, file.invoice_id)
        return Refilled.STORED
    return Refilled.THERE if head.sha256 == file.sha256 else Refilled.DIFFERS
