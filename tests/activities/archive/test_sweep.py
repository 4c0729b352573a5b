"""The comparison of the bucket with the database: what is missing, extra or different, and what is no finding."""

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.archive import sweep as sweeping
from activities.archive.addresses import ArchiveAddresses
from activities.archive.archive import Archive
from activities.archive.refill import refill
from activities.archive.sweep import SWITCHED_OFF, ArchiveSweep
from activities.clients.errors import Ambiguous, Transient
from activities.clients.object_store import ObjectStore
from activities.ledger.ledger import Ledger
from local.stack.stack import Stack
from models.archive.archived_files import archived_files
from models.archive.ports import SweepRequest
from models.archive.sweep import FindingKind, SweepReport, is_read_today
from models.invoice.effects import EffectName, EffectState
from models.values.failure_codes import Failure
from settings import S3Settings
from tests.activities.archive.conftest import Place, done, pending
from tests.activities.conftest import s3_at
from tests.fixtures.broken_connection import FaultyProxy
from tests.fixtures.issued_invoices import SUPPORT, Issued, content, issue, run

if TYPE_CHECKING:
    pass

STORE, KEEP = EffectName.ARCHIVE, EffectName.ARCHIVE_KEEP
PDF = "application/pdf"
SECRET = SecretStr("s" * 32)


def key_of(issued: Issued, copy: str = "") -> str:
    return f"invoices/2026/APP-001/Act_{issued.number}{copy}.pdf"


def found(report: SweepReport) -> list[tuple[FindingKind, str, str | None]]:
    return [(each.kind, each.key, each.invoice_id) for each in report.findings]


class TestFindings:
    async def test_none(self, place: Place) -> None:
        for _ in range(3):
            await place.archived()
        await place.archived(S3Settings(link_secret=SECRET, public_url="https://invoices.example"))
        report = await place.sweep()
        assert (report.findings, report.found, report.note) == ((), 0, None)
        assert (report.invoices, report.invoices_total, report.files, report.read, report.objects) == (4, 4, 4, 4, 4)

    async def test_a_missing_file(self, place: Place) -> None:
        issued, saved = await place.archived()
        await place.archived()
        place.delete(key_of(issued))
        report = await place.sweep()
        assert found(report) == [(FindingKind.MISSING, key_of(issued), issued.invoice_id)]
        assert report.findings[0].number == issued.number
        for file in archived_files(saved):
            await refill(place.objects, place.store.pdf, file)
        assert (await place.sweep()).found == 0

    async def test_an_extra_file(self, place: Place) -> None:
        issued, _ = await place.archived()
        await place.objects.create("notes.txt", b"x", "text/plain", {})
        await place.objects.create("attachments/order/ORD-1/ab", b"x", PDF, {})  # it belongs to an order
        # A copy that a person made has the metadata of the document, and a key that no effect has.
        head = await place.objects.head(key_of(issued))
        assert head is not None
        await place.objects.create(key_of(issued, " (1)"), issued.pdf, PDF, head.metadata)
        assert found(await place.sweep()) == [
            (FindingKind.EXTRA, key_of(issued, " (1)"), issued.invoice_id),
            (FindingKind.EXTRA, "notes.txt", None),
        ]

    @pytest.mark.parametrize("case", ["size", "sha256", "invoice", "content"])
    async def test_a_different_file(self, case: str, place: Place) -> None:
        issued, _ = await place.archived()
        head = await place.objects.head(key_of(issued))
        assert head is not None
        metadata, size = dict(head.metadata), len(issued.pdf)
        other = {
            "size": (issued.pdf + b"!", metadata, f"it has {size + 1} bytes, the document has {size}"),
            "sha256": (issued.pdf, metadata | {"sha256": "0" * 64}, "its metadata has sha256 0000"),
            "invoice": (issued.pdf, metadata | {"invoice": "another"}, "its metadata has invoice another"),
            "content": (issued.pdf[::-1], metadata, "its content has the SHA-256"),
        }
        changed, changed_metadata, reason = other[case]
        await place.objects.replace(head, changed, PDF, changed_metadata)
        report = await place.sweep()
        assert found(report) == [(FindingKind.DIFFERENT, key_of(issued), issued.invoice_id)]
        assert report.findings[0].reason.startswith(reason)

    async def test_the_content_of_each_file_is_read_once_in_so_many_days(self, place: Place) -> None:
        assert [day for day in range(60) if is_read_today("a", day, 30)] == [
            day
            for day in range(60)
            if day % 30 == int("ca978112", 16) % 30  # sha256("a") begins so
        ]
        issued, _ = await place.archived()
        head = await place.objects.head(key_of(issued))
        assert head is not None
        await place.objects.replace(head, issued.pdf[::-1], PDF, head.metadata)
        activity = ArchiveSweep(place.objects, place.engine).compare_invoices
        pages = [
            await ActivityEnvironment().run(activity, SweepRequest(room=9, day=day, read_every=3)) for day in range(3)
        ]
        assert sorted((page.read, len(page.findings)) for page in pages) == [(0, 0), (0, 0), (1, 1)]


class TestNoFinding:
    @pytest.mark.parametrize("state", [EffectState.PENDING, EffectState.UNKNOWN, EffectState.FAILED])
    async def test_a_file_that_is_not_stored_yet(self, state: EffectState, place: Place) -> None:
        issued = await issue(place.store)
        await place.save(issued, pending(issued.request(STORE), state))
        assert (await place.sweep()).found == 0

    async def test_a_stored_file_whose_effect_is_open(self, place: Place, stack: Stack) -> None:
        """The answer was lost: the file is there, and neither the ledger nor the invoice knows it."""
        issued = await issue(place.store)
        async with FaultyProxy.to(stack.env["AKTUM_S3__URL"]) as line:
            line.faults.append("commit_then_reset")
            archive = Archive(
                s3_at(stack, line.url), place.bucket, ArchiveAddresses(S3Settings()), place.store, Ledger(place.engine)
            )
            with pytest.raises(Ambiguous):
                await run(archive.store, issued.request(STORE))
        await place.save(issued, pending(issued.request(STORE)))
        report = await place.sweep()
        assert (report.objects, report.found) == (1, 0)

    async def test_kept_copies_and_a_replaced_file(self, place: Place) -> None:
        first, _ = await place.archived()
        archive = place.archive()
        stored = await run(archive.store, first.request(STORE))
        keeping = first.request(KEEP, 9, copy="1", keeps=f"{first.invoice_id}:5:archive")
        kept = await run(archive.keep, keeping)
        so_far = (done(first.request(STORE), stored), done(keeping, kept))
        await place.save(first, *so_far, revision=9, finalized=False)
        assert (await place.sweep()).found == 0

        second = await issue(place.store, content(SUPPORT), again=first)
        approval = second.request(STORE, revision=12)
        await place.save(second, *so_far, pending(approval), revision=12)
        receipt = await run(archive.store, approval)  # the workflow has not recorded it yet
        assert (await place.sweep()).found == 0
        await place.save(second, *so_far, done(approval, receipt), revision=13)
        report = await place.sweep()
        assert (report.files, report.objects, report.found) == (2, 2, 0)

    async def test_a_file_from_before_a_new_secret(self, place: Place) -> None:
        """The file stays at its old key, which its link still opens; the database knows it."""
        first, _ = await place.archived()
        secret = S3Settings(link_secret=SECRET)
        keeping = first.request(KEEP, 9, copy="1", keeps=f"{first.invoice_id}:5:archive")
        kept = await run(place.archive(secret).keep, keeping)
        second = await issue(place.store, content(SUPPORT), again=first)
        approval = second.request(STORE, revision=12)
        receipt = await run(place.archive(secret).store, approval)
        assert receipt.details["key"] != key_of(first)
        await place.save(second, done(keeping, kept), done(approval, receipt), revision=13)
        report = await place.sweep()
        assert (report.files, report.objects, report.found) == (2, 3, 0)


class TestPages:
    async def test_every_invoice_and_object_is_compared(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sweeping, "INVOICES", 2)
        monkeypatch.setattr(sweeping, "OBJECTS", 2)
        made = [await place.archived() for _ in range(5)]
        for issued, _ in made[:3]:
            place.delete(key_of(issued))
        await place.objects.create("a.txt", b"x", "text/plain", {})
        await place.objects.create("z.txt", b"x", "text/plain", {})
        report = await place.sweep()
        assert (report.invoices, report.invoices_total, report.files, report.objects) == (5, 5, 5, 4)
        assert report.counts == {FindingKind.MISSING: 3, FindingKind.EXTRA: 2}
        assert {each.key for each in report.findings} == {key_of(i) for i, _ in made[:3]} | {"a.txt", "z.txt"}

    async def test_findings_beyond_the_room_are_counted(self, place: Place) -> None:
        for n in range(5):
            await place.objects.create(f"{n}.txt", b"x", "text/plain", {})
        activity = ArchiveSweep(place.objects, place.engine).compare_objects
        page = await ActivityEnvironment().run(activity, SweepRequest(room=2, day=1, read_every=1))
        assert ([each.key for each in page.findings], page.counts) == (["0.txt", "1.txt"], {FindingKind.EXTRA: 5})


class TestFailures:
    async def test_without_an_archive_the_report_says_so(self, own_engine: AsyncEngine) -> None:
        activity = ArchiveSweep(None, own_engine).compare_invoices
        page = await ActivityEnvironment().run(activity, SweepRequest(room=2, day=1, read_every=1))
        report = SweepReport().with_page(page)
        assert (report.is_complete, report.note) == (True, SWITCHED_OFF)

    async def test_a_refusal_is_final_and_has_the_vendors_message(self, place: Place) -> None:
        nowhere = ArchiveSweep(ObjectStore(place.s3, "no-such-bucket"), place.engine).compare_objects
        with pytest.raises(ApplicationError, match="NoSuchBucket") as refusal:
            await ActivityEnvironment().run(nowhere, SweepRequest(room=2, day=1, read_every=1))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)

    async def test_an_archive_that_does_not_answer_is_asked_again(self, place: Place, stack: Stack) -> None:
        await place.archived()
        silent = ObjectStore(s3_at(stack, "http://127.0.0.1:1"), place.bucket)
        activities = ArchiveSweep(silent, place.engine)
        for activity in (activities.compare_invoices, activities.compare_objects):
            with pytest.raises(Transient):
                await ActivityEnvironment().run(activity, SweepRequest(room=2, day=1, read_every=1))

    async def test_a_broken_connection_is_asked_again(self, place: Place, stack: Stack) -> None:
        async with FaultyProxy.to(stack.env["AKTUM_S3__URL"]) as line:
            line.faults.append("get_reset")
            activity = ArchiveSweep(ObjectStore(s3_at(stack, line.url), place.bucket), place.engine).compare_objects
            with pytest.raises(Transient):
                await ActivityEnvironment().run(activity, SweepRequest(room=2, day=1, read_every=1))
            page = await ActivityEnvironment().run(activity, SweepRequest(room=2, day=1, read_every=1))
            assert (page.compared, page.last) == (0, None)
