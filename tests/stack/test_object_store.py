"""The embedded object store: acknowledged writes are kept, and one of several conditional writes succeeds."""

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.engines.object_files import Archive, ArchiveDamaged, StoredObject
from local.stack import object_store
from local.stack.stack import Stack
from local.stack.state_directory import StateDirectory
from tests.stack.conftest import StartStack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "2026/02/Акт №7.pdf"
PDF = b"%PDF-1.7 the document"


def connect(stack: Stack, access_key: str | None = None) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=stack.env["AKTUM_S3__URL"],
        region_name=stack.env["AKTUM_S3__REGION"],
        aws_access_key_id=access_key or stack.env["AKTUM_S3__ACCESS_KEY"],
        aws_secret_access_key=stack.env["AKTUM_S3__SECRET_KEY"],
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"max_attempts": 0},
            max_pool_connections=20,
        ),
    )


def refusal(error: ClientError) -> tuple[int, str]:
    return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]


@pytest.fixture(params=["embedded", pytest.param("versitygw", marks=pytest.mark.engines)])
def stack(request: pytest.FixtureRequest, start_stack: StartStack, tmp_path: Path) -> Stack:
    if request.param == "versitygw" and object_store.versitygw_program(StateDirectory(tmp_path)) is None:
        pytest.skip("versitygw has not been built")
    return start_stack("object_store", AKTUM_OBJECT_STORE=request.param)


def test_an_object_survives_a_kill_with_its_metadata(stack: Stack) -> None:
    bucket, s3 = stack.describe()["s3"]["bucket"], connect(stack)
    s3.put_object(
        Bucket=bucket,
        Key=KEY,
        Body=PDF,
        ContentType="application/pdf",
        CacheControl="private",
        Metadata={"sha256": "abc", "invoice_id": "inv-7"},
    )
    s3.copy_object(Bucket=bucket, Key="copies/a.pdf", CopySource={"Bucket": bucket, "Key": KEY})
    s3.put_object(Bucket=bucket, Key="gone", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="gone")
    before = s3.head_object(Bucket=bucket, Key=KEY)

    stack.kill("object_store")
    with pytest.raises(BotoCoreError):
        s3.head_object(Bucket=bucket, Key=KEY)
    stack.start_component("object_store")

    for key in (KEY, "copies/a.pdf"):
        after = s3.get_object(Bucket=bucket, Key=key)
        assert after["Body"].read() == PDF
        assert after["ContentType"] == "application/pdf"
        assert after["CacheControl"] == "private"
        assert after["Metadata"] == {"sha256": "abc", "invoice_id": "inv-7"}
        assert after["ETag"] == f'"{hashlib.md5(PDF, usedforsecurity=False).hexdigest()}"'
    assert s3.head_object(Bucket=bucket, Key=KEY)["LastModified"] == before["LastModified"]
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 2
    assert (stack.directory.path / "archive" / bucket / KEY).read_bytes() == PDF


def test_twenty_writers_of_one_key_have_one_winner(stack: Stack) -> None:
    bucket, s3 = stack.describe()["s3"]["bucket"], connect(stack)

    def write(number: int) -> tuple[int, str]:
        try:
            s3.put_object(Bucket=bucket, Key="once", Body=str(number).encode(), IfNoneMatch="*")
        except ClientError as error:
            return refusal(error)
        return 200, str(number)

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(write, range(20)))
    winners = [text for status, text in outcomes if status == 200]
    assert Counter(outcome for outcome in outcomes if outcome[0] != 200) == {(412, "PreconditionFailed"): 19}
    assert s3.get_object(Bucket=bucket, Key="once")["Body"].read().decode() == winners[0]


def test_if_match_replaces_only_what_was_seen_also_after_a_kill(stack: Stack) -> None:
    bucket, s3 = stack.describe()["s3"]["bucket"], connect(stack)
    seen = s3.put_object(Bucket=bucket, Key="report", Body=b"one")["ETag"]
    stack.kill("object_store")
    stack.start_component("object_store")
    s3.put_object(Bucket=bucket, Key="report", Body=b"two", IfMatch=seen)
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="report", Body=b"three", IfMatch=seen)
    assert refusal(caught.value) == (412, "PreconditionFailed")
    assert s3.get_object(Bucket=bucket, Key="report")["Body"].read() == b"two"


def test_a_kill_among_writes_loses_no_acknowledged_object(stack: Stack) -> None:
    bucket, s3 = stack.describe()["s3"]["bucket"], connect(stack)

    def write(number: int) -> str | None:
        try:
            s3.put_object(Bucket=bucket, Key=f"many/{number}", Body=str(number).encode() * 1000)
        except (BotoCoreError, ClientError):
            return None
        if number == 60:
            stack.kill("object_store")
        return f"many/{number}"

    with ThreadPoolExecutor(8) as pool:
        answered = {key for key in pool.map(write, range(200)) if key}
    stack.start_component("object_store")
    assert len(answered) >= 50
    for key in answered:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.removeprefix("many/").encode() * 1000


def test_another_access_key_is_refused(start_stack: StartStack) -> None:
    stack = start_stack("object_store", AKTUM_OBJECT_STORE="embedded")
    with pytest.raises(ClientError) as caught:
        connect(stack, access_key="somebody").list_buckets()
    assert refusal(caught.value) == (403, "InvalidAccessKeyId")


def stored(key: str, content: bytes, **metadata: str) -> StoredObject:
    return StoredObject(key, content, "etag", "2026-02-01T00:00:00", metadata)


def reopened(root: Path) -> dict[str, StoredObject]:
    return {found.key: found for _, objects in Archive(root).load() for found in objects}


@pytest.mark.parametrize("key", ["a/b", "../escape", "folder/", "//", ".hidden", "x" * 1000, "a" * 250 + "/b"])
def test_any_key_has_a_place_inside_the_bucket(tmp_path: Path, key: str) -> None:
    archive = Archive(tmp_path / "archive")
    archive.load()
    archive.create_bucket("bucket")
    archive.write("bucket", stored("a", b"a file where a folder is wanted"))
    archive.write("bucket", stored(key, b"content"))
    assert reopened(tmp_path / "archive")[key].content == b"content"
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_an_interrupted_overwrite_keeps_the_old_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(tmp_path)
    archive.create_bucket("bucket")
    old, new = stored("key", b"old", version="1"), stored("key", b"new", version="2")
    archive.write("bucket", old)
    place = tmp_path / "bucket" / "key"
    old_content = place.read_bytes()
    archive.write("bucket", new)
    place.write_bytes(old_content)  # as after a power failure between sidecar and content
    assert reopened(tmp_path) == {"key": old}


def test_a_file_changed_by_hand_is_named(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.create_bucket("bucket")
    archive.write("bucket", stored("key", b"content"))
    (tmp_path / "bucket" / "key").write_bytes(b"tampered")
    with pytest.raises(ArchiveDamaged, match="bucket/key was changed"):
        reopened(tmp_path)


def test_a_file_of_another_program_is_named(tmp_path: Path) -> None:
    (tmp_path / "bucket").mkdir()
    (tmp_path / "bucket" / "foreign").write_bytes(b"content")
    with pytest.raises(ArchiveDamaged, match="another program"):
        reopened(tmp_path)
