"""The activities of the archive, with their client of the object store."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from activities.archive.addresses import ArchiveAddresses
from activities.archive.archive import Archive
from activities.clients import object_store
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from settings import Settings


def activities(
    settings: Settings, store: DocumentStore, ledger: Ledger, stack: AsyncExitStack
) -> list[Callable[..., Any]]:
    """Return the activities of this domain; `stack` closes their client. Without an address there is no client."""
    s3 = settings.s3
    client = object_store.connect(s3.url, s3.region, s3.access_key, s3.secret_key) if s3.url else None
    archive = Archive(client, s3.bucket, ArchiveAddresses(s3), store, ledger)
    stack.callback(archive.close)
    return [archive.store, archive.keep]
