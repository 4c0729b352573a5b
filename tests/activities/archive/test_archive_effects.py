"""The archive has one file for each number; a later approval replaces it only after a copy was kept."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.archive.addresses import ArchiveAddresses
from activities.archive.archive import Archive
from activities.clients.errors import Ambiguous, Transient
from activities.clients.object_store import ConditionFailed, ObjectStore
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from local.stack.stack import Stack
from models.invoice.effects import EffectName, EffectState
from models.invoice.invoice import Archived
from models.invoice.ports import EffectRequest
from models.values.failure_codes import Failure
from settings import S3Settings
from tests.activities.conftest import s3_at
from tests.fixtures.broken_connection import Fault, FaultyProxy
from tests.fixtures.issued_invoices import SUPPORT, Issued, content, issue, run

STORE, KEEP = EffectName.ARCHIVE, EffectName.ARCHIVE_KEEP
ADDRESSES = ArchiveAddresses(S3Settings(public_url="https://invoices.example/"))  # without a secret


@pytest.fixture
def archive(stack: Stack, line: FaultyProxy, bucket: str, store: DocumentStore, ledger: Ledger) -> Archive:
    return Archive(s3_at(stack, line.url), bucket, ADDRESSES, store, ledger)


def key_of(issued: Issued, copy: int | None = None) -> str:
    return f"invoices/2026/APP-001/Act_{issued.number}{f'.rev{copy}' if copy else ''}.pdf"


def keeping(issued: Issued, copy: int = 1, revision: int = 9, of: int = 5) -> EffectRequest:
    """Return the request of the workflow for an invoice that is a draft again."""
    request = issued.request(KEEP, revision, copy=str(copy), keeps=f"{issued.invoice_id}:{of}:archive")
    return request.model_copy(update={"digest": "", "document": None, "due": None})


async def content_at(objects: ObjectStore, key: str) -> bytes | None:
    found = await objects.get(key)
    return found.content if found else None


class TestStore:
    async def test_the_file_and_its_receipt(self, archive: Archive, objects: ObjectStore, store: DocumentStore) -> None:
        issued = await issue(store)
        request = issued.request(STORE)
        receipt = await run(archive.store, request)
        body = await objects.get(key_of(issued))
        assert body is not None
        assert body.content == issued.pdf
        assert body.head.metadata == {
            "sha256": issued.document.sha256,
            "invoice": issued.invoice_id,
            "effect": request.key,
        }
        assert Archived.model_validate(receipt.details) == Archived(
            key=key_of(issued), etag=body.head.etag, url=f"https://invoices.example/{key_of(issued)}"
        )
        assert await run(archive.store, request) == receipt

    async def test_a_lost_answer_of_a_store(
        self, archive: Archive, line: FaultyProxy, objects: ObjectStore, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        line.faults.append("commit_then_reset")
        with pytest.raises(Ambiguous):
            await run(archive.store, issued.request(STORE))
        before = await objects.head(key_of(issued))
        receipt = await run(archive.store, issued.request(STORE))
        assert before is not None
        assert receipt.details["etag"] == before.etag
        assert await objects.keys(f"invoices/2026/APP-001/Act_{issued.number}") == [key_of(issued)]

    @pytest.mark.parametrize("fault", ["reset_before", "busy"])
    async def test_a_temporary_fault(
        self, fault: Fault, archive: Archive, line: FaultyProxy, objects: ObjectStore, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        line.faults.append(fault)
        with pytest.raises(Ambiguous):
            await run(archive.store, issued.request(STORE))
        assert line.faults == []
        assert await objects.head(key_of(issued)) is None
        await run(archive.store, issued.request(STORE))
        assert await content_at(objects, key_of(issued)) == issued.pdf

    async def test_a_foreign_document_is_not_overwritten(
        self, archive: Archive, objects: ObjectStore, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        await objects.create(key_of(issued), b"another", "application/pdf", {"sha256": "0" * 64})
        with pytest.raises(ApplicationError, match="no copy exists") as refusal:
            await run(archive.store, issued.request(STORE))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert await content_at(objects, key_of(issued)) == b"another"

    async def test_a_refusal_has_the_vendors_message(self, stack: Stack, store: DocumentStore, ledger: Ledger) -> None:
        archive = Archive(s3_at(stack, stack.env["AKTUM_S3__URL"]), "no-such-bucket", ADDRESSES, store, ledger)
        with pytest.raises(ApplicationError, match="NoSuchBucket") as refusal:
            await run(archive.store, (await issue(store)).request(STORE))
        assert refusal.value.non_retryable

    async def test_switched_off(self, store: DocumentStore, ledger: Ledger) -> None:
        off = Archive(None, "bucket", ADDRESSES, store, ledger)
        issued = await issue(store)
        assert (await run(off.store, issued.request(STORE))).state is EffectState.SKIPPED
        assert (await run(off.keep, keeping(issued))).state is EffectState.SKIPPED


class TestReadBack:
    """An effect counts as done only if the bucket holds the document; otherwise it is blocked and says what to do."""

    async def test_metadata_that_the_server_drops_block(
        self, archive: Archive, line: FaultyProxy, objects: ObjectStore, store: DocumentStore, ledger: Ledger
    ) -> None:
        issued = await issue(store)
        line.faults.append("without_metadata")
        await self._is_blocked(archive, issued, "its metadata has sha256 not at all", ledger)
        assert (await run(archive.store, issued.request(STORE))).state is EffectState.DONE
        assert await content_at(objects, key_of(issued)) == issued.pdf

    @pytest.mark.parametrize(
        ("bytes_", "invoice_id", "problem"),
        [(b"other", None, "its content has the SHA-256"), (None, "another", "its metadata has invoice another")],
        ids=["content", "invoice"],
    )
    async def test_a_file_that_only_looks_like_the_document_blocks(
        self,
        bytes_: bytes | None,
        invoice_id: str | None,
        problem: str,
        stack: Stack,
        archive: Archive,
        objects: ObjectStore,
        store: DocumentStore,
        ledger: Ledger,
    ) -> None:
        issued = await issue(store)
        metadata = {"sha256": issued.document.sha256, "invoice": invoice_id or issued.invoice_id}
        await objects.create(key_of(issued), bytes_ or issued.pdf, "application/pdf", metadata)
        await self._is_blocked(archive, issued, problem, ledger)
        with pytest.raises(ApplicationError, match=problem):
            await run(archive.store, issued.request(STORE))
        # Nothing was stored over it. When a person has moved it, the retry stores the document.
        assert await content_at(objects, key_of(issued)) == (bytes_ or issued.pdf)
        delete(stack, key_of(issued))
        await run(archive.store, issued.request(STORE))
        assert await content_at(objects, key_of(issued)) == issued.pdf

    async def _is_blocked(self, archive: Archive, issued: Issued, problem: str, ledger: Ledger) -> None:
        with pytest.raises(ApplicationError, match=problem) as refusal:
            await run(archive.store, issued.request(STORE))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert "Move this file to another key" in refusal.value.message
        entry = await ledger.find(issued.request(STORE).key)
        assert entry is not None
        assert entry.is_unknown

    async def test_a_file_that_is_gone_blocks_and_is_stored_again(
        self, archive: Archive, line: FaultyProxy, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        line.faults.append("not_found")
        with pytest.raises(ApplicationError, match="the bucket does not hold it"):
            await run(archive.store, issued.request(STORE))
        assert (await run(archive.store, issued.request(STORE))).state is EffectState.DONE

    async def test_a_lost_answer_of_the_read_is_retried(
        self, archive: Archive, line: FaultyProxy, objects: ObjectStore, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        line.faults.append("get_reset")
        with pytest.raises(Transient):
            await run(archive.store, issued.request(STORE))
        before = await objects.head(key_of(issued))
        receipt = await run(archive.store, issued.request(STORE))
        assert before is not None
        assert (receipt.state, receipt.details["etag"], receipt.attempts) == (EffectState.DONE, before.etag, 1)

    async def test_a_copy_is_read_back(
        self, stack: Stack, archive: Archive, objects: ObjectStore, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        await run(archive.store, issued.request(STORE))
        stored = await objects.head(key_of(issued))
        assert stored is not None
        await objects.create(key_of(issued, 1), b"other", "application/pdf", stored.metadata)
        with pytest.raises(ApplicationError, match=r"rev1\.pdf in the archive differs"):
            await run(archive.keep, keeping(issued))
        delete(stack, key_of(issued, 1))
        await run(archive.keep, keeping(issued))
        assert await content_at(objects, key_of(issued, 1)) == issued.pdf

    async def test_a_changed_file_is_not_kept_as_a_copy(
        self, archive: Archive, objects: ObjectStore, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        await run(archive.store, issued.request(STORE))
        head = await objects.head(key_of(issued))
        assert head is not None
        await objects.replace(head, b"other", "application/pdf", head.metadata)
        with pytest.raises(ApplicationError, match="has been changed"):
            await run(archive.keep, keeping(issued))
        assert await objects.head(key_of(issued, 1)) is None


def delete(stack: Stack, key: str) -> None:
    """Delete a file as a person does in the archive; the product itself deletes nothing."""
    s3_at(stack, stack.env["AKTUM_S3__URL"]).delete_object(Bucket=stack.env["AKTUM_S3__BUCKET"], Key=key)


class TestKeep:
    async def test_the_old_file_is_kept_before_a_new_one_takes_its_key(
        self, archive: Archive, objects: ObjectStore, store: DocumentStore
    ) -> None:
        first = await issue(store)
        await run(archive.store, first.request(STORE))
        kept = await run(archive.keep, keeping(first))
        assert kept.details["key"] == key_of(first, 1)
        assert await run(archive.keep, keeping(first)) == kept

        second = await issue(store, content(SUPPORT), again=first)
        receipt = await run(archive.store, second.request(STORE, revision=12))
        assert await content_at(objects, key_of(first, 1)) == first.pdf
        assert await content_at(objects, key_of(first)) == second.pdf
        assert receipt.details["key"] == key_of(first)

        await run(archive.keep, keeping(first, copy=2, revision=15, of=12))
        assert await content_at(objects, key_of(first, 1)) == first.pdf
        assert await content_at(objects, key_of(first, 2)) == second.pdf

    async def test_without_a_copy_the_file_is_not_replaced(
        self, archive: Archive, objects: ObjectStore, store: DocumentStore
    ) -> None:
        first = await issue(store)
        await run(archive.store, first.request(STORE))
        second = await issue(store, content(SUPPORT), again=first)
        with pytest.raises(ApplicationError, match="no copy exists"):
            await run(archive.store, second.request(STORE, revision=12))
        assert await content_at(objects, key_of(first)) == first.pdf

    async def test_the_same_document_is_not_written_again(self, archive: Archive, store: DocumentStore) -> None:
        issued = await issue(store)
        first = await run(archive.store, issued.request(STORE))
        again = await run(archive.store, issued.request(STORE, revision=12))
        assert again.details == first.details

    async def test_without_a_file_no_copy_is_kept_and_a_late_store_does_nothing(
        self, archive: Archive, objects: ObjectStore, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        assert (await run(archive.keep, keeping(issued))).state is EffectState.SKIPPED
        assert (await run(archive.store, issued.request(STORE))).state is EffectState.SKIPPED
        assert await objects.keys(f"invoices/2026/APP-001/Act_{issued.number}") == []

    async def test_an_archive_that_cannot_be_read_is_refused(
        self, archive: Archive, line: FaultyProxy, objects: ObjectStore, store: DocumentStore, ledger: Ledger
    ) -> None:
        issued = await issue(store)
        await run(archive.store, issued.request(STORE))
        line.faults.append("forbidden")
        with pytest.raises(ApplicationError, match="AccessDenied") as refusal:
            await run(archive.keep, keeping(issued))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        entry = await ledger.find(keeping(issued).key)
        assert entry is not None
        assert (entry.state, "AccessDenied" in (entry.last_error or "")) == (EffectState.FAILED, True)
        await run(archive.keep, keeping(issued))
        assert await content_at(objects, key_of(issued, 1)) == issued.pdf

    @pytest.mark.parametrize("fault", ["commit_then_reset", "reset_before"])
    async def test_a_lost_answer(
        self, fault: Fault, archive: Archive, line: FaultyProxy, objects: ObjectStore, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        await run(archive.store, issued.request(STORE))
        line.faults.append(fault)
        with pytest.raises(Ambiguous):
            await run(archive.keep, keeping(issued))
        await run(archive.keep, keeping(issued))
        assert await content_at(objects, key_of(issued, 1)) == issued.pdf


async def test_a_replacement_fails_if_the_object_has_changed(objects: ObjectStore, store: DocumentStore) -> None:
    issued = await issue(store)
    old = await objects.create(key_of(issued), b"one", "application/pdf", {"sha256": "1"})
    await objects.replace(old, b"two", "application/pdf", {"sha256": "2"})
    with pytest.raises(ConditionFailed):
        await objects.replace(old, b"three", "application/pdf", {"sha256": "3"})
    assert await content_at(objects, key_of(issued)) == b"two"
