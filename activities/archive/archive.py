"""The effects of the archive: they store the PDF of an approved invoice in an object store, one file for each number.

A new file never overwrites another. A later approval of the same number replaces the file only if a copy of the old
file was kept, and only if the old file has not changed since. What was stored is read back before the effect counts as
done. See docs/specification/effects.md 6.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from temporalio import activity

from activities.archive.addresses import ArchiveAddresses, is_copy_of, plain_key, without_secret
from activities.archive.archived import stored_as
from activities.archive.verification import require_stored, require_whole
from activities.clients.errors import Permanent, Transient
from activities.clients.object_lock import LockRule
from activities.clients.object_store import Body, ConditionFailed, Head, ObjectStore
from activities.documents.store import DocumentStore
from activities.ledger.effect_steps import EffectSteps, Payload
from activities.ledger.entry import Found, NotNeeded
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectName, Receipt
from models.invoice.ports import EFFECT_PORTS, EffectRequest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PDF = "application/pdf"
SWITCHED_OFF = "No archive is configured; the PDF is stored in the database."


class Archive:
    """The activities of the archive. Without a client of the object store its effects are skipped."""

    def __init__(
        self,
        s3: "S3Client | None",
        bucket: str,
        addresses: ArchiveAddresses,
        store: DocumentStore,
        ledger: Ledger,
        lock: LockRule | None = None,
    ) -> None:
        self.objects = ObjectStore(s3, bucket, lock=lock) if s3 else None
        self._addresses = addresses
        self._store = store
        self._ledger = ledger

    def close(self) -> None:
        """Close the threads of the client."""
        if self.objects:
            self.objects.close()

    @activity.defn(name=EFFECT_PORTS[EffectName.ARCHIVE].name)
    async def store(self, request: EffectRequest) -> Receipt:
        """Store the PDF of an approval. The receipt has its key and ETag, and its link if that does not expire."""
        if self.objects is None:
            return await self._ledger.cancel(request, SWITCHED_OFF)
        assert request.document is not None, "an approved invoice has a document"
        content, number = await self._store.content(request.digest)
        key, sha256 = self._addresses.key(content, number), request.document.sha256
        steps = StorePdf(self.objects, self._store, request, key, sha256, self._addresses)
        return await self._ledger.execute(request, steps)

    @activity.defn(name=EFFECT_PORTS[EffectName.ARCHIVE_KEEP].name)
    async def keep(self, request: EffectRequest) -> Receipt:
        """Copy the archived file under the key of a copy and return the receipt.

        From now on no attempt of `store` for the undone approval writes anything.
        """
        entry = await self._ledger.cancel_for_good(request.argument["keeps"], request)
        if self.objects is None:
            return await self._ledger.cancel(request, SWITCHED_OFF)
        steps = KeepCopy(self.objects, self._store, request, self._addresses, entry.vendor_id)
        return await self._ledger.execute(request, steps)


@dataclass
class StorePdf(EffectSteps):
    """The steps that store one PDF."""

    reads_back = True

    objects: ObjectStore
    store: DocumentStore
    request: EffectRequest
    key: str
    sha256: str
    addresses: ArchiveAddresses

    def payload(self) -> Payload:
        return stored_as(self.key, self.sha256)

    async def probe(self) -> Found | None:
        head = await self.objects.head(self.key)
        return await self._verified() if head and head.sha256 == self.sha256 else None

    async def create(self) -> Found:
        pdf = await self.store.pdf(self.sha256)
        metadata = {"sha256": self.sha256, "invoice": self.request.invoice_id, "effect": self.request.key}
        try:
            return self._found(await self.objects.create(self.key, pdf, PDF, metadata))
        except ConditionFailed:
            return self._found(await _replace(self.objects, self.key, pdf, metadata))

    async def read_back(self, created: Found) -> Found:  # noqa: ARG002 - the file is read by its key
        return await self._verified()

    async def _verified(self) -> Found:
        return self._found(await require_stored(self.objects, self.key, self.sha256, self.request.invoice_id))

    def _found(self, head: Head) -> Found:
        details, link = {"key": head.key, "etag": head.etag}, self.addresses.link(head.key)
        # A link that expires would be useless in the record; the API creates it when the invoice is read.
        if link and link.expires_at is None:
            details["url"] = link.url
        return Found(vendor_id=head.key, details=details)


@dataclass
class KeepCopy(EffectSteps):
    """The steps that copy the archived file of an approval that was undone."""

    always_probe = True
    reads_back = True

    objects: ObjectStore
    store: DocumentStore
    request: EffectRequest
    addresses: ArchiveAddresses
    recorded_key: str | None  # where the ledger recorded the file; None if it recorded no completion
    archived: Body | None = None

    def payload(self) -> Payload:
        return {"keeps": self.request.argument["keeps"], "copy": self.request.argument["copy"]}

    async def probe(self) -> Found | NotNeeded | None:
        self.archived = await self._current()
        if self.archived is None:
            return NotNeeded("Nothing was archived under this number, so no copy is needed.")
        key = self._key_of_copy(self.archived)
        head = await self.objects.head(key)
        if head is None:
            return None
        if head.sha256 != self.archived.head.sha256:
            message = f"{key} holds another document, which is not overwritten. Rename it in the archive, then retry."
            raise Permanent(message, vendor_message=message)
        return await self.read_back(_copied(head))

    async def create(self) -> Found:
        assert self.archived is not None, "probe comes first"
        key = self._key_of_copy(self.archived)
        try:
            head = await self.objects.create(key, self.archived.content, PDF, self.archived.head.metadata)
        except ConditionFailed as error:
            raise Transient(f"{key} has been written in the meantime; checking again") from error
        return _copied(head)

    async def read_back(self, created: Found) -> Found:
        sha256 = created.details["sha256"]
        return _copied(await require_stored(self.objects, created.details["key"], sha256, self.request.invoice_id))

    def _key_of_copy(self, archived: Body) -> str:
        return self.addresses.copy_key(archived.head.key, int(self.request.argument["copy"]))

    async def _current(self) -> Body | None:
        """Return the archived file.

        Its key may have the year of an earlier date of the invoice, and the secret part of earlier settings or none.
        """
        for key in dict.fromkeys(await self._possible_keys()):
            found = await self.objects.get(key)
            if found and found.head.metadata.get("invoice") == self.request.invoice_id:
                require_whole(found)
                return found
        return None

    async def _possible_keys(self) -> list[str]:
        contents, number = await self.store.contents_of(self.request.invoice_id), self.request.display_number
        recorded = [self.recorded_key] if self.recorded_key else []
        keys = [self.addresses.key(content, number) for content in contents]
        return [*recorded, *keys, *(plain_key(content, number) for content in contents)]


def _copied(head: Head) -> Found:
    return Found(head.key, {"key": head.key, "etag": head.etag, "sha256": head.sha256 or ""})


async def _replace(objects: ObjectStore, key: str, pdf: bytes, metadata: dict[str, str]) -> Head:
    """Return the file at a key that is taken: the same file as it is, or the new one after a copy of the old was kept.

    Raises Permanent if there is no copy of the old file, or if the old file is locked and would be lost.
    """
    old = await objects.head(key)
    if old is None:
        raise Transient(f"{key} has been deleted in the meantime; checking again")
    if old.sha256 == metadata["sha256"]:
        return old
    if not await _is_kept(objects, old):
        message = (
            f"{key} holds another document ({old.metadata.get('effect', 'not from Aktum')}), of which "
            "no copy exists. It is not overwritten. Copy it to another key in the archive, then retry."
        )
        raise Permanent(message, vendor_message=message)
    await _require_replaceable(objects, old)
    try:
        return await objects.replace(old, pdf, PDF, metadata)
    except ConditionFailed as error:
        raise Transient(f"{key} has changed in the meantime; checking again") from error


async def _require_replaceable(objects: ObjectStore, old: Head) -> None:
    """Raise Permanent if the old file is locked in a bucket without versions, where its lock forbids a replacement.

    With versions the old file stays in the bucket, and stays locked, as an earlier version.
    """
    if old.locked_until is None or old.locked_until <= datetime.now(UTC) or await objects.keeps_versions():
        return
    message = (
        f"{old.key} is locked until {old.locked_until.astimezone(UTC):%d %B %Y %H:%M} UTC and the bucket keeps no "
        "versions, so a later document cannot take its place. Switch versioning on for the bucket, or wait until then; "
        "then retry."
    )
    raise Permanent(message, vendor_message=message)


async def _is_kept(objects: ObjectStore, old: Head) -> bool:
    """Return whether one of the copies has the content of the file."""
    if old.sha256 is None:
        return False
    for key in await objects.keys(f"{without_secret(old.key).removesuffix('.pdf')}.rev"):
        head = await objects.head(key) if is_copy_of(old.key, key) else None
        if head and head.sha256 == old.sha256:
            return True
    return False
