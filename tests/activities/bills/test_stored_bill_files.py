"""Files of bills in a real object store: large ones in pieces, copies of lines, and objects that are gone."""

import asyncio
import io
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.exceptions import ApplicationError

from activities.bills.ingest.stored_bill_files import KEPT_COPIES, BillFiles, digest_of, file_key, store_file
from activities.clients.errors import Permanent
from activities.clients.object_store import ConditionFailed
from activities.clients.stored_files import FileStore
from models.bills.ports import WriteOutcome
from models.values.failure_codes import Failure
from tests.fixtures.ingested_bills import Ingest, digitalocean_csv, droplet, tax


async def test_a_file_comes_back_as_it_was_and_is_stored_once(bill_store: FileStore, tmp_path: Path) -> None:
    content = uuid4().bytes * 200_000  # 3.2 MB, more than a piece
    file = io.BytesIO(content)
    sha256, size = digest_of(file)
    for _ in range(2):
        await store_file(bill_store, sha256, file, size)
    path = tmp_path / "back"
    assert await bill_store.download(file_key(sha256), path)
    assert (path.stat().st_size, digest_of(io.BytesIO(path.read_bytes()))) == (size, (sha256, size))
    with pytest.raises(ConditionFailed):
        await bill_store.create_file(file_key(sha256), file, size, "text/csv", {})


async def test_an_object_that_is_missing_or_refused(bill_store: FileStore, tmp_path: Path) -> None:
    assert not await bill_store.download("bills/none", tmp_path / "none")
    other = FileStore(bill_store._s3, "no-such-bucket")
    with pytest.raises(Permanent):
        await other.create_file("bills/x", io.BytesIO(b"x"), 1, "text/csv", {})
    files = BillFiles(other)
    with pytest.raises(ApplicationError) as missing:
        async with files.lines("bills/none.lines.parquet"):
            pass
    files.close()
    assert (missing.value.type, missing.value.non_retryable) == (Failure.DOCUMENT_MISSING, True)


async def test_without_a_store_it_waits_for_one(tmp_path: Path) -> None:
    files = BillFiles(None)
    with pytest.raises(ApplicationError) as off:
        await files.download("a" * 64, tmp_path / "none")
    files.close()
    assert (off.value.type, off.value.non_retryable) == (Failure.SWITCHED_OFF, False)
    assert "AKTUM_S3__URL" in off.value.message


async def test_the_copies_of_lines_are_shared_and_forgotten(bill_store: FileStore, tmp_path: Path) -> None:
    files = BillFiles(bill_store)
    keys = []
    for number in range(KEPT_COPIES + 2):
        path = tmp_path / f"lines-{number}"
        path.write_bytes(uuid4().bytes)
        keys.append(await files.keep_lines(uuid4().hex * 2, path))
    copies: list[Path] = []

    async def use(key: str) -> None:
        async with files.lines(key) as path:
            copies.append(path)
            await asyncio.to_thread(path.read_bytes)

    await asyncio.gather(*(use(keys[0]) for _ in range(5)))
    assert len(set(copies)) == 1
    for key in keys[1:]:
        await use(key)
    there = [path.exists() for path in dict.fromkeys(copies)]
    assert (there[0], there[-1], sum(there)) == (False, True, KEPT_COPIES)
    files.close()
    assert not any(path.exists() for path in copies)


async def test_a_bill_whose_lines_are_gone_is_refused_with_the_reason(ingest: Ingest) -> None:
    mark = uuid4().hex[:12]
    content = digitalocean_csv([droplet("web", "12.00"), tax("1.20")], mark)
    file = await ingest.upload(content, provider_invoice_id=mark)
    await ingest.read(file)
    [row] = await ingest.rows("SELECT lines_key FROM bill_files WHERE sha256 = :s", s=file.sha256)
    ingest.store._s3.delete_object(Bucket=ingest.store._bucket, Key=row["lines_key"])
    refused = await ingest.write(file)
    assert refused.outcome is WriteOutcome.REFUSED
    assert "upload the file again" in (refused.note or "")
    again = file.model_copy(update={"again": True})
    await ingest.read(again)
    assert (await ingest.write(again, again=True)).outcome is WriteOutcome.CREATED
