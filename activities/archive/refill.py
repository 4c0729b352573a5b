"""The refill of the archive from PostgreSQL, after the bucket was lost or replaced."""

from dataclasses import dataclass
from enum import StrEnum

from activities.archive.archive import PDF
from activities.clients.object_store import ConditionFailed, ObjectStore
from activities.documents.store import DocumentStore
from models.invoice.effects import EffectName, EffectState
from models.invoice.invoice import Invoice


@dataclass(frozen=True)
class ArchivedFile:
    """A file that the archive must hold, by the receipts of the invoice's effects."""

    key: str
    sha256: str
    invoice_id: str
    effect: str


class Refilled(StrEnum):
    THERE = "there"
    STORED = "stored"
    DIFFERS = "differs"


def archived_files(invoice: Invoice) -> list[ArchivedFile]:
    """Return the file of the newest approval that was archived, and the copies of the files that it replaced.

    After an approval is undone, its file is kept as a copy and also stays at its own key until the next approval.
    """
    done = [effect for effect in invoice.effects if effect.state is EffectState.DONE]
    copies = [effect for effect in done if effect.name is EffectName.ARCHIVE_KEEP and "sha256" in effect.receipt]
    files = [ArchivedFile(e.receipt["key"], e.receipt["sha256"], invoice.id, e.key) for e in copies]
    archived = next((e for e in reversed(done) if e.name is EffectName.ARCHIVE and "key" in e.receipt), None)
    if archived is None:
        return files
    copy = next((e for e in copies if e.revision > archived.revision), None)
    sha256 = copy.receipt["sha256"] if copy else invoice.document.sha256 if invoice.document else None
    if sha256 is not None:
        files.append(ArchivedFile(archived.receipt["key"], sha256, invoice.id, archived.key))
    return files


async def refill(objects: ObjectStore, store: DocumentStore, file: ArchivedFile) -> Refilled:
    """Store the file if it is missing; a file that is there never changes.

    Raises ClientError, and DOCUMENT_MISSING if PostgreSQL does not have the document.
    """
    head = await objects.head(file.key)
    if head is None:
        metadata = {"sha256": file.sha256, "invoice": file.invoice_id, "effect": file.effect}
        try:
            await objects.create(file.key, await store.pdf(file.sha256), PDF, metadata)
        except ConditionFailed:
            return await refill(objects, store, file)
        return Refilled.STORED
    return Refilled.THERE if head.sha256 == file.sha256 else Refilled.DIFFERS
