"""Object lock on a real S3 server: archived documents are locked, and a locked one is replaced only as a version."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from botocore.exceptions import ClientError
from pydantic import SecretStr
from temporalio.exceptions import ApplicationError

from activities.archive.addresses import ArchiveAddresses
from activities.archive.archive import Archive
from activities.clients import object_store
from activities.clients.object_lock import LockRule
from activities.clients.object_store import ObjectStore
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from local.engines.native.programs import VERSITYGW, engine_program
from local.stack.state_directory import StateDirectory
from models.invoice.effects import EffectName, EffectState
from models.invoice.ports import EffectRequest
from models.values.failure_codes import Failure
from settings import S3Settings
from tests.engines.conftest import require
from tests.fixtures.issued_invoices import SUPPORT, Issued, content, issue, run
from tests.fixtures.processes import listens, start_at_free_port

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.engines

ACCESS_KEY, SECRET_KEY = "aktum-test-access", "aktum-test-secret-of-some-length"
PLAIN, LOCKED = "plain", "locked"
DAYS = 3
Mode = Literal["GOVERNANCE", "COMPLIANCE"]


def serve(directory: Path, *more: str) -> "Iterator[S3Client]":
    """Run versitygw on an empty directory and yield a client; it has a bucket with object lock and one without."""
    require(VERSITYGW)
    program, data = engine_program(StateDirectory.of(), VERSITYGW), directory / "data"
    data.mkdir(parents=True)

    def command(port: int) -> list[str]:
        keys = ("--access", ACCESS_KEY, "--secret", SECRET_KEY)
        return [str(program), "-q", *keys, "--port", f"127.0.0.1:{port}", "posix", *more, str(data)]

    process, port = start_at_free_port(command, listens)
    s3 = object_store.connect(f"http://127.0.0.1:{port}", "us-east-1", ACCESS_KEY, SecretStr(SECRET_KEY))
    s3.create_bucket(Bucket=PLAIN)
    s3.create_bucket(Bucket=LOCKED, ObjectLockEnabledForBucket=True)
    yield s3
    process.terminate()
    process.wait()


@pytest.fixture(scope="module")
def versioned(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[S3Client]":
    directory = tmp_path_factory.mktemp("versioned")
    (directory / "versions").mkdir()
    yield from serve(directory, "--versioning-dir", str(directory / "versions"))


@pytest.fixture(scope="module")
def unversioned(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[S3Client]":
    yield from serve(tmp_path_factory.mktemp("unversioned"))


def archive_at(
    s3: "S3Client", store: DocumentStore, ledger: Ledger, bucket: str = LOCKED, mode: Mode | None = "GOVERNANCE"
) -> Archive:
    lock = LockRule(mode, DAYS) if mode else None
    return Archive(s3, bucket, ArchiveAddresses(S3Settings()), store, ledger, lock)


def key_of(issued: Issued, copy: str = "") -> str:
    return f"invoices/2026/APP-001/Act_{issued.number}{copy}.pdf"


def keeping(issued: Issued) -> EffectRequest:
    request = issued.request(EffectName.ARCHIVE_KEEP, 9, copy="1", keeps=f"{issued.invoice_id}:5:archive")
    return request.model_copy(update={"digest": "", "document": None, "due": None})


def lock_of(s3: "S3Client", key: str, version: str | None = None) -> tuple[str, timedelta]:
    """Return the mode of a file's lock and how long it holds from now on."""
    if version:
        asked = s3.get_object_retention(Bucket=LOCKED, Key=key, VersionId=version)
    else:
        asked = s3.get_object_retention(Bucket=LOCKED, Key=key)
    found = asked["Retention"]
    return found["Mode"], found["RetainUntilDate"] - datetime.now(UTC)


@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
async def test_a_stored_document_is_locked(
    mode: Mode, unversioned: "S3Client", store: DocumentStore, ledger: Ledger
) -> None:
    issued = await issue(store)
    await run(archive_at(unversioned, store, ledger, mode=mode).store, issued.request(EffectName.ARCHIVE))
    found, lasts = lock_of(unversioned, key_of(issued))
    assert found == mode
    assert timedelta(days=DAYS, minutes=-5) < lasts <= timedelta(days=DAYS)
    with pytest.raises(ClientError, match="AccessDenied"):
        unversioned.delete_object(Bucket=LOCKED, Key=key_of(issued))


async def test_a_document_from_before_the_setting_is_locked_when_it_is_stored_again(
    unversioned: "S3Client", store: DocumentStore, ledger: Ledger
) -> None:
    issued = await issue(store)
    await run(archive_at(unversioned, store, ledger, mode=None).store, issued.request(EffectName.ARCHIVE))
    assert "ObjectLockMode" not in unversioned.head_object(Bucket=LOCKED, Key=key_of(issued))
    await run(archive_at(unversioned, store, ledger).store, issued.request(EffectName.ARCHIVE, revision=8))
    assert lock_of(unversioned, key_of(issued))[0] == "GOVERNANCE"


async def test_a_bucket_without_object_lock_is_refused_and_nothing_is_stored(
    unversioned: "S3Client", store: DocumentStore, ledger: Ledger
) -> None:
    """versitygw stores an object whose lock it refuses, so the bucket is asked first."""
    issued = await issue(store)
    with pytest.raises(ApplicationError, match="AKTUM_S3__LOCK_DAYS") as refusal:
        await run(archive_at(unversioned, store, ledger, PLAIN).store, issued.request(EffectName.ARCHIVE))
    assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
    assert await ObjectStore(unversioned, PLAIN).head(key_of(issued)) is None
    receipt = await run(
        archive_at(unversioned, store, ledger, PLAIN, mode=None).store, issued.request(EffectName.ARCHIVE)
    )
    assert receipt.state is EffectState.DONE


async def test_with_versions_a_later_document_takes_the_key_and_the_earlier_one_stays_locked(
    versioned: "S3Client", store: DocumentStore, ledger: Ledger
) -> None:
    archive, first = archive_at(versioned, store, ledger), await issue(store)
    await run(archive.store, first.request(EffectName.ARCHIVE))
    earlier = versioned.head_object(Bucket=LOCKED, Key=key_of(first))["VersionId"]
    await run(archive.keep, keeping(first))
    second = await issue(store, content(SUPPORT), again=first)
    await run(archive.store, second.request(EffectName.ARCHIVE, revision=12))
    assert versioned.get_object(Bucket=LOCKED, Key=key_of(first))["Body"].read() == second.pdf
    assert versioned.get_object(Bucket=LOCKED, Key=key_of(first), VersionId=earlier)["Body"].read() == first.pdf
    assert lock_of(versioned, key_of(first))[0] == "GOVERNANCE"
    assert lock_of(versioned, key_of(first), earlier)[0] == "GOVERNANCE"
    with pytest.raises(ClientError, match="AccessDenied"):
        versioned.delete_object(Bucket=LOCKED, Key=key_of(first), VersionId=earlier)
    assert lock_of(versioned, key_of(first, ".rev1"))[0] == "GOVERNANCE"


async def test_without_versions_a_later_document_is_refused_until_the_lock_ends(
    unversioned: "S3Client", store: DocumentStore, ledger: Ledger
) -> None:
    archive, first = archive_at(unversioned, store, ledger), await issue(store)
    await run(archive.store, first.request(EffectName.ARCHIVE))
    await run(archive.keep, keeping(first))
    second = await issue(store, content(SUPPORT), again=first)
    with pytest.raises(ApplicationError, match=r"is locked until .* keeps no versions") as refusal:
        await run(archive.store, second.request(EffectName.ARCHIVE, revision=12))
    assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
    assert unversioned.get_object(Bucket=LOCKED, Key=key_of(first))["Body"].read() == first.pdf
    assert unversioned.get_object(Bucket=LOCKED, Key=key_of(first, ".rev1"))["Body"].read() == first.pdf


async def test_a_taken_key_is_told_from_a_refusal(
    unversioned: "S3Client", store: DocumentStore, ledger: Ledger
) -> None:
    """versitygw answers 403 and not 412 when the object at the key is locked; the same document is recognised."""
    archive, issued = archive_at(unversioned, store, ledger), await issue(store)
    first = await run(archive.store, issued.request(EffectName.ARCHIVE))
    again = await run(archive.store, issued.request(EffectName.ARCHIVE, revision=8))
    assert again.details == first.details
