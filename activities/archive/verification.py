"""The verification read: whether the bucket holds a document as it was stored.

The archive's word for a write is an ETag, which need not be a digest of the content, and no checksum is sent with the
content (docs/specification/effects.md 6.3). So the file itself is read and its SHA-256 computed.
"""

import hashlib

from activities.clients.errors import Permanent
from activities.clients.object_store import Body, Head, ObjectStore


async def require_stored(objects: ObjectStore, key: str, sha256: str, invoice_id: str) -> Head:
    """Return the file as the bucket holds it. Raises Permanent if it is missing or is not this document.

    Where documents are locked, a file that was stored before that is locked now.
    """
    found = await objects.get(key)
    if found is None:
        raise _differs(
            f"{key} was stored, and the bucket does not hold it. Check who or what deletes files there, then retry."
        )
    if problem := difference(found, sha256, invoice_id):
        raise _differs(
            f"{key} in the archive differs from the document: {problem}. Move this file to another key in the archive, "
            "then retry; the document is then stored again."
        )
    if objects.lock is None or found.head.locked_until:
        return found.head
    await objects.lock_object(key)
    locked = await objects.head(key)
    if locked is None or locked.locked_until is None:
        raise _differs(
            f"{key} is not locked, although AKTUM_S3__LOCK_DAYS is set. Check the permissions of the access key, then "
            "retry."
        )
    return locked


def require_whole(found: Body) -> None:
    """Raise Permanent if the content of an archived file is not the one that its metadata state."""
    stated, actual = found.head.sha256, hashlib.sha256(found.content).hexdigest()
    if stated != actual:
        raise _differs(
            f"{found.head.key} in the archive has been changed: its content has the SHA-256 {actual}, its metadata "
            f"state {stated}. Put the right file back and retry; or move this file to another key and retry, and no "
            "copy is kept. The document itself is in PostgreSQL."
        )


def difference(found: Body, sha256: str, invoice_id: str) -> str | None:
    """Return what differs between a file and the document that it should be; None if nothing does."""
    actual = hashlib.sha256(found.content).hexdigest()
    if actual != sha256:
        return f"its content has the SHA-256 {actual}, the document has {sha256}"
    return metadata_difference(found.head, sha256, invoice_id)


def metadata_difference(head: Head, sha256: str, invoice_id: str) -> str | None:
    """Return what differs between the metadata of a file and the document that it should be."""
    expected = {"sha256": sha256, "invoice": invoice_id}
    for name, value in expected.items():
        stated = head.metadata.get(name)
        if stated != value:
            return f"its metadata has {name} {stated or 'not at all'}, and it should be {value}"
    return None


def _differs(message: str) -> Permanent:
    return Permanent(message, vendor_message=message)
