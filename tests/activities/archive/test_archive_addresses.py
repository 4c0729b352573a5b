"""With a public URL no address of the archive can be guessed, and files that are stored already keep their keys."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from activities.archive.addresses import ArchiveAddresses, plain_key
from activities.archive.archive import Archive
from activities.clients.object_store import ObjectStore
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from local.stack.stack import Stack
from models.invoice.effects import EffectName, EffectState
from models.invoice.ports import EffectRequest
from settings import S3Settings
from tests.activities.conftest import s3_at
from tests.fixtures.issued_invoices import OVERTIME, SUPPORT, Issued, content, issue, run

PUBLIC_URL = "https://invoices.example"
FIRST, SECOND = SecretStr("0123456789abcdef0123456789abcdef"), SecretStr("fedcba9876543210fedcba9876543210")
PLAIN = "invoices/2026/APP-001/Act_ACT-1.pdf"

MakeArchive = Callable[[ArchiveAddresses], Archive]


def with_secret(secret: SecretStr | None, **more: Any) -> ArchiveAddresses:
    return ArchiveAddresses(S3Settings(public_url=PUBLIC_URL, link_secret=secret, **more))


def signed(stack: Stack, days: int = 7) -> ArchiveAddresses:
    env = stack.env
    return ArchiveAddresses(
        S3Settings(
            public_url=env["AKTUM_S3__URL"],
            region=env["AKTUM_S3__REGION"],
            bucket=env["AKTUM_S3__BUCKET"],
            access_key=env["AKTUM_S3__ACCESS_KEY"],
            secret_key=SecretStr(env["AKTUM_S3__SECRET_KEY"]),
            links="signed",
            link_days=days,
        )
    )


@pytest.fixture
def archive(stack: Stack, bucket: str, store: DocumentStore, ledger: Ledger) -> MakeArchive:
    return lambda addresses: Archive(s3_at(stack, stack.env["AKTUM_S3__URL"]), bucket, addresses, store, ledger)


class TestKeys:
    def test_the_secret_part_follows_the_plain_key(self) -> None:
        """From `printf KEY | openssl dgst -sha256 -hmac SECRET`, the first 32 digits: 128 bits."""
        addresses = with_secret(FIRST)
        key = "invoices/2026/APP-001/Act_ACT-1.7c4263259905ec1166f5cd789c14dd9b.pdf"
        copy = "invoices/2026/APP-001/Act_ACT-1.rev1.1b300b50ef58d37017435c0fb14ad151.pdf"
        assert addresses.key(content(), "ACT-1") == key
        assert addresses.copy_key(key, 1) == copy
        assert addresses.copy_key(PLAIN, 1) == copy

    def test_no_secret_part_can_be_derived_from_another(self) -> None:
        keys = [with_secret(secret).key(content(), f"ACT-{n}") for secret in (FIRST, SECOND) for n in range(50)]
        copies = [with_secret(FIRST).copy_key(PLAIN, n) for n in range(50)]
        parts = {re.fullmatch(r".*\.([0-9a-f]{32})\.pdf", key) for key in keys + copies}
        assert None not in parts
        assert len({part[1] for part in parts if part}) == 150

    @pytest.mark.parametrize("more", [{}, {"links": "signed", "link_secret": FIRST}], ids=["no secret", "signed"])
    def test_otherwise_keys_are_plain(self, more: dict[str, Any]) -> None:
        addresses = ArchiveAddresses(S3Settings(**more))
        assert addresses.key(content(), "ACT-1") == plain_key(content(), "ACT-1") == PLAIN
        assert addresses.copy_key(PLAIN, 2) == "invoices/2026/APP-001/Act_ACT-1.rev2.pdf"


class TestLinks:
    def test_without_a_public_url_there_is_none(self) -> None:
        assert ArchiveAddresses(S3Settings(link_secret=FIRST)).link(PLAIN) is None
        assert ArchiveAddresses(S3Settings(links="signed")).link(PLAIN) is None

    @pytest.mark.parametrize("base", [PUBLIC_URL, f"{PUBLIC_URL}/"])
    def test_a_permanent_link_is_the_public_url_and_the_key(self, base: str) -> None:
        link = ArchiveAddresses(S3Settings(public_url=base, link_secret=FIRST)).link("invoices/2026/A/Act_№ 1.pdf")
        assert link is not None
        assert (link.url, link.expires_at) == (f"{PUBLIC_URL}/invoices/2026/A/Act_%E2%84%96%201.pdf", None)

    async def test_a_signed_link_opens_the_file_until_it_expires(
        self, stack: Stack, archive: MakeArchive, store: DocumentStore, http: httpx.AsyncClient
    ) -> None:
        addresses, issued = signed(stack, days=3), await issue(store)
        receipt = await run(archive(addresses).store, issued.request(EffectName.ARCHIVE))
        assert "url" not in receipt.details  # the record would keep it longer than it is valid
        link = addresses.link(receipt.details["key"])
        assert link is not None
        assert link.expires_at is not None
        assert parse_qs(urlsplit(link.url).query)["X-Amz-Expires"] == ["259200"]  # 3 * 24 * 60 * 60
        assert (await http.get(link.url)).content == issued.pdf
        assert (await http.get(link.url.partition("?")[0])).status_code == 403


def keeping(issued: Issued, copy: int, revision: int, of: int) -> EffectRequest:
    request = issued.request(
        EffectName.ARCHIVE_KEEP, revision, copy=str(copy), keeps=f"{issued.invoice_id}:{of}:archive"
    )
    return request.model_copy(update={"digest": "", "document": None, "due": None})


async def content_at(objects: ObjectStore, key: str) -> bytes | None:
    found = await objects.get(key)
    return found.content if found else None


class TestStoredFiles:
    async def test_the_receipt_has_the_key_and_the_link_with_the_secret_part(
        self, archive: MakeArchive, objects: ObjectStore, store: DocumentStore
    ) -> None:
        addresses, issued = with_secret(FIRST), await issue(store)
        receipt = await run(archive(addresses).store, issued.request(EffectName.ARCHIVE))
        key = addresses.key(content(), issued.number)
        assert (receipt.details["key"], receipt.details["url"]) == (key, f"{PUBLIC_URL}/{key}")
        assert await content_at(objects, key) == issued.pdf
        assert await objects.get(plain_key(content(), issued.number)) is None

    async def test_a_later_approval_replaces_the_file_after_a_copy(
        self, archive: MakeArchive, objects: ObjectStore, store: DocumentStore
    ) -> None:
        addresses = with_secret(FIRST)
        first = await issue(store)
        stored = await run(archive(addresses).store, first.request(EffectName.ARCHIVE))
        kept = await run(archive(addresses).keep, keeping(first, copy=1, revision=9, of=5))
        second = await issue(store, content(SUPPORT), again=first)
        again = await run(archive(addresses).store, second.request(EffectName.ARCHIVE, revision=12))
        assert again.details["key"] == stored.details["key"]
        assert await content_at(objects, again.details["key"]) == second.pdf
        assert kept.details["key"] == addresses.copy_key(stored.details["key"], 1)
        assert await content_at(objects, kept.details["key"]) == first.pdf

    @pytest.mark.parametrize("before", [None, FIRST], ids=["plain", "another secret"])
    async def test_a_file_from_before_a_new_secret_is_kept_and_stays(
        self, before: SecretStr | None, archive: MakeArchive, objects: ObjectStore, store: DocumentStore
    ) -> None:
        """Three approvals: one before the new secret, two after it. Each copy holds the approval that it is made of."""
        old, new = archive(with_secret(before)), archive(with_secret(SECOND))
        first = await issue(store)
        at_first = (await run(old.store, first.request(EffectName.ARCHIVE))).details["key"]
        kept = await run(new.keep, keeping(first, copy=1, revision=9, of=5))
        assert await content_at(objects, kept.details["key"]) == first.pdf

        second = await issue(store, content(SUPPORT), again=first)
        at_second = (await run(new.store, second.request(EffectName.ARCHIVE, revision=12))).details["key"]
        assert at_second == with_secret(SECOND).key(content(), first.number) != at_first
        kept = await run(new.keep, keeping(first, copy=2, revision=15, of=12))
        assert await content_at(objects, kept.details["key"]) == second.pdf

        third = await issue(store, content(OVERTIME), again=first)
        await run(new.store, third.request(EffectName.ARCHIVE, revision=18))
        assert await content_at(objects, at_second) == third.pdf
        assert await content_at(objects, at_first) == first.pdf  # its link still opens it

    async def test_a_lost_answer_from_before_a_secret_leaves_a_file_that_is_kept(
        self, archive: MakeArchive, objects: ObjectStore, store: DocumentStore
    ) -> None:
        """The ledger has no key then; the file is under the plain key and names its invoice."""
        issued = await issue(store)
        metadata = {"sha256": issued.document.sha256, "invoice": issued.invoice_id}
        await objects.create(plain_key(content(), issued.number), issued.pdf, "application/pdf", metadata)
        kept = await run(archive(with_secret(FIRST)).keep, keeping(issued, copy=1, revision=9, of=5))
        assert kept.state is EffectState.DONE
        assert await content_at(objects, kept.details["key"]) == issued.pdf
