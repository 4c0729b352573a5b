"""Object lock on the stack's object store; tests/engines has what depends on versions."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio.exceptions import ApplicationError

from activities.archive.addresses import ArchiveAddresses
from activities.archive.archive import Archive
from activities.archive.refill import refill
from activities.archive.wiring import lock_rule
from activities.clients.errors import Permanent
from activities.clients.object_lock import LockRule
from activities.clients.object_store import ObjectStore
from activities.ledger.ledger import Ledger
from models.archive.archived_files import ArchivedFile
from models.invoice.effects import EffectName, EffectState
from models.values.failure_codes import Failure
from settings import S3Settings
from tests.activities.archive.conftest import Place
from tests.fixtures.issued_invoices import Issued, issue, run

RULE = LockRule("GOVERNANCE", 3)


def locking(place: Place, bucket: str) -> Archive:
    return Archive(place.s3, bucket, ArchiveAddresses(S3Settings()), place.store, Ledger(place.engine), RULE)


def key_of(issued: Issued) -> str:
    return f"invoices/2026/APP-001/Act_{issued.number}.pdf"


def missing(issued: Issued) -> ArchivedFile:
    return ArchivedFile(key_of(issued), issued.document.sha256, issued.invoice_id, f"{issued.invoice_id}:5:archive")


@pytest.fixture
def locked_bucket(place: Place) -> str:
    bucket = f"locked-{uuid4().hex[:12]}"
    place.s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    return bucket


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        (S3Settings(), None),
        (S3Settings(lock_days=3), RULE),
        (S3Settings(lock_days=1825, lock_mode="compliance"), LockRule("COMPLIANCE", 1825)),
    ],
)
def test_the_rule_of_the_settings(settings: S3Settings, rule: LockRule | None) -> None:
    assert lock_rule(settings) == rule


async def test_stored_and_refilled_documents_are_locked(place: Place, locked_bucket: str) -> None:
    first, second = await issue(place.store), await issue(place.store)
    await run(locking(place, locked_bucket).store, first.request(EffectName.ARCHIVE))
    objects = ObjectStore(place.s3, locked_bucket, lock=RULE)
    await refill(objects, place.store.pdf, missing(second))
    for issued in (first, second):
        head = await objects.head(key_of(issued))
        assert head is not None
        assert head.locked_until is not None
        lasts = head.locked_until - datetime.now(UTC)
        assert timedelta(days=3, minutes=-5) < lasts <= timedelta(days=3)


async def test_a_bucket_without_object_lock_is_refused_until_the_setting_fits(place: Place) -> None:
    issued = await issue(place.store)
    with pytest.raises(ApplicationError, match="AKTUM_S3__LOCK_DAYS") as refusal:
        await run(locking(place, place.bucket).store, issued.request(EffectName.ARCHIVE))
    assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
    with pytest.raises(Permanent, match="AKTUM_S3__LOCK_DAYS"):
        await refill(ObjectStore(place.s3, place.bucket, lock=RULE), place.store.pdf, missing(issued))
    assert await place.objects.page("", 10) == []
    receipt = await run(place.archive().store, issued.request(EffectName.ARCHIVE))
    assert receipt.state is EffectState.DONE
