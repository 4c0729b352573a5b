"""The activities of the archive, with their client of the object store."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.archive.addresses import ArchiveAddresses
from activities.archive.archive import Archive
from activities.archive.quotes import QuoteArchive, ReadPdf
from activities.archive.sweep import AT_ONCE, ArchiveSweep
from activities.clients import object_store
from activities.clients.object_lock import LockRule
from activities.clients.object_store import ObjectStore
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from settings import S3Settings, Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def activities(
    settings: Settings,
    engine: AsyncEngine,
    store: DocumentStore,
    ledger: Ledger,
    stack: AsyncExitStack,
    quote_pdf: ReadPdf,
) -> list[Callable[..., Any]]:
    """Return the activities of this domain; `stack` closes their client. Without an address there is no client.

    `quote_pdf` reads the PDF of a quote's version by its digest.
    """
    s3 = settings.s3
    client = _client(s3)
    archive = Archive(client, s3.bucket, ArchiveAddresses(s3), store, ledger, lock_rule(s3))
    stack.callback(archive.close)
    # The sweep has a client and threads of its own, so that it occupies none that invoices wait for.
    sweeping = _client(s3)
    objects = ObjectStore(sweeping, s3.bucket, threads=AT_ONCE) if sweeping else None
    if objects:
        stack.callback(objects.close)
    sweep = ArchiveSweep(objects, engine)
    quotes = QuoteArchive(archive.objects, ArchiveAddresses(s3), quote_pdf, ledger)
    return [
        archive.store,
        archive.keep,
        quotes.store,
        sweep.compare_invoices,
        sweep.compare_quotes,
        sweep.compare_objects,
    ]


def _client(s3: S3Settings) -> "S3Client | None":
    return object_store.connect(s3.url, s3.region, s3.access_key, s3.secret_key) if s3.url else None


def lock_rule(s3: S3Settings) -> LockRule | None:
    """Return the lock of archived documents; None if there is none."""
    if s3.lock_days is None:
        return None
    return LockRule("COMPLIANCE" if s3.lock_mode == "compliance" else "GOVERNANCE", s3.lock_days)
