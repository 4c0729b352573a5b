"""The archive activity on a real S3 server: written once, recognised, never overwritten, kept over a restart."""

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import SecretStr
from temporalio.exceptions import ApplicationError

from activities.archive.addresses import ArchiveAddresses
from activities.archive.archive import Archive
from activities.clients import object_store
from activities.clients.errors import Transient
from activities.clients.object_store import ConditionFailed, Head, ObjectStore
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from local.engines.native.programs import VERSITYGW
from local.stack.stack import Stack
from models.invoice.effects import EffectName
from models.values.failure_codes import Failure
from settings import S3Settings
from tests.fixtures.issued_invoices import SUPPORT, Issued, content, issue, run

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.engines


@pytest.fixture
def s3(versitygw_stack: Stack) -> "S3Client":
    env = versitygw_stack.env
    return object_store.connect(
        env["AKTUM_S3__URL"],
        env["AKTUM_S3__REGION"],
        env["AKTUM_S3__ACCESS_KEY"],
        SecretStr(env["AKTUM_S3__SECRET_KEY"]),
    )


@pytest.fixture
def objects(s3: "S3Client", versitygw_stack: Stack) -> ObjectStore:
    return ObjectStore(s3, versitygw_stack.env["AKTUM_S3__BUCKET"])


@pytest.fixture
def archive(s3: "S3Client", versitygw_stack: Stack, store: DocumentStore, ledger: Ledger) -> Archive:
    return Archive(s3, versitygw_stack.env["AKTUM_S3__BUCKET"], ArchiveAddresses(S3Settings()), store, ledger)


def key_of(issued: Issued) -> str:
    return f"invoices/2026/APP-001/Act_{issued.number}.pdf"


async def head_of(objects: ObjectStore, key: str) -> Head:
    found = await objects.head(key)
    assert found is not None
    return found


def test_it_is_the_real_server(versitygw_stack: Stack) -> None:
    assert versitygw_stack.layout.components["object_store"].command[0].endswith(VERSITYGW)


async def test_stored_once_and_recognised(archive: Archive, objects: ObjectStore, store: DocumentStore) -> None:
    issued = await issue(store)
    request = issued.request(EffectName.ARCHIVE)
    receipt = await run(archive.store, request)
    found = await objects.get(key_of(issued))
    assert found is not None
    assert found.content == issued.pdf
    assert found.head.metadata == {
        "sha256": issued.document.sha256,
        "invoice": issued.invoice_id,
        "effect": request.key,
    }
    assert receipt.details["etag"] == found.head.etag

    assert await run(archive.store, request) == receipt
    later = await run(archive.store, issued.request(EffectName.ARCHIVE, revision=8))
    assert later.details["etag"] == found.head.etag
    assert await head_of(objects, key_of(issued)) == found.head  # its metadata still names the first effect


async def test_another_document_of_the_number_is_refused(
    archive: Archive, objects: ObjectStore, store: DocumentStore
) -> None:
    first = await issue(store)
    await run(archive.store, first.request(EffectName.ARCHIVE))
    second = await issue(store, content(SUPPORT), again=first)
    with pytest.raises(ApplicationError, match="not overwritten") as caught:
        await run(archive.store, second.request(EffectName.ARCHIVE, revision=8))
    assert (caught.value.type, caught.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
    found = await objects.get(key_of(first))
    assert found is not None
    assert found.content == first.pdf


async def test_a_signed_link_opens_its_file_only(
    archive: Archive, store: DocumentStore, versitygw_stack: Stack
) -> None:
    """A real server verifies the signature: not for another key, not for a longer time, not without it."""
    env, issued, other = versitygw_stack.env, await issue(store), await issue(store)
    for each in (issued, other):
        await run(archive.store, each.request(EffectName.ARCHIVE))
    s3 = S3Settings(
        public_url=env["AKTUM_S3__URL"],
        region=env["AKTUM_S3__REGION"],
        bucket=env["AKTUM_S3__BUCKET"],
        access_key=env["AKTUM_S3__ACCESS_KEY"],
        secret_key=SecretStr(env["AKTUM_S3__SECRET_KEY"]),
        links="signed",
        link_days=1,
    )
    link = ArchiveAddresses(s3).link(key_of(issued))
    assert link is not None
    changed = (
        link.url.replace(key_of(issued), key_of(other)),
        link.url.replace("X-Amz-Expires=86400", "X-Amz-Expires=604800"),
        link.url.partition("?")[0],
    )
    async with httpx.AsyncClient() as http:
        assert (await http.get(link.url)).content == issued.pdf
        assert link.url not in changed
        assert [(await http.get(url)).status_code for url in changed] == [403, 403, 403]


async def test_twenty_writers_have_one_winner(objects: ObjectStore) -> None:
    async def write(number: int) -> str | None:
        try:
            await objects.create("races/one.pdf", f"{number}".encode(), "application/pdf", {"writer": f"{number}"})
        except ConditionFailed:
            return None
        return f"{number}"

    winners = [writer for writer in await asyncio.gather(*map(write, range(20))) if writer]
    found = await objects.get("races/one.pdf")
    assert found is not None
    assert winners == [found.content.decode()] == [found.head.metadata["writer"]]


async def test_a_stop_delays_and_loses_nothing(
    archive: Archive, objects: ObjectStore, store: DocumentStore, versitygw_stack: Stack
) -> None:
    kept, waiting = await issue(store), await issue(store)
    await run(archive.store, kept.request(EffectName.ARCHIVE))
    before = await objects.get(key_of(kept))
    await asyncio.to_thread(versitygw_stack.kill, "object_store")
    with pytest.raises(Transient, match="could not be reached"):
        await run(archive.store, waiting.request(EffectName.ARCHIVE))
    await asyncio.to_thread(versitygw_stack.start_component, "object_store")
    assert await objects.get(key_of(kept)) == before
    receipt = await run(archive.store, waiting.request(EffectName.ARCHIVE))
    assert (receipt.attempts, receipt.details["key"]) == (2, key_of(waiting))
    assert (await head_of(objects, key_of(waiting))).sha256 == waiting.document.sha256
