"""The client of the object store: Cloudflare R2 or any other S3.

Every write has a condition, so that no object is overwritten unless the caller has read it.
boto3 blocks, so each call runs in a thread of a pool of its own; a store that does not answer delays no other work.
Each call makes one attempt, and Temporal retries.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ProxyConnectionError,
    SSLError,
)
from pydantic import SecretStr

from activities.clients.errors import Ambiguous, Permanent, RateLimited, Transient
from activities.clients.object_lock import LockRule, no_object_lock
from activities.runtime.threads import WAIT_SECONDS, BoundedThreadPool, Busy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

VENDOR = "The archive"
THREADS = 10  # boto3 keeps as many connections
NEVER_SENT = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError, SSLError)
TIMED_OUT = frozenset({"RequestTimeout", "SlowDown"})

Result = TypeVar("Result")


class ConditionFailed(Exception):
    """The key is taken, or its object has changed since it was read; nothing was written."""


@dataclass(frozen=True)
class Head:
    """An object without its content."""

    key: str
    etag: str
    metadata: Mapping[str, str]
    size: int
    locked_until: datetime | None = None

    @property
    def sha256(self) -> str | None:
        return self.metadata.get("sha256")


@dataclass(frozen=True)
class Body:
    """An object with its content."""

    head: Head
    content: bytes


def connect(url: str, region: str, access_key: str, secret_key: SecretStr) -> "S3Client":
    """Return the client of boto3. It makes one attempt for each call and connects at the first one."""
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        # `total_max_attempts` counts the first attempt; `max_attempts` would count only the retries.
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=60,
    )
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key.get_secret_value(),
        config=config,
    )


@dataclass(frozen=True)
class Listed:
    """An object as a list shows it: without metadata."""

    key: str
    size: int


class ObjectStore:
    """One bucket. A call raises Transient, RateLimited, Ambiguous or Permanent.

    With a lock every object that is written is locked against deletion.
    """

    def __init__(
        self,
        s3: "S3Client",
        bucket: str,
        *,
        lock: LockRule | None = None,
        threads: int = THREADS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._s3 = s3
        self._bucket = bucket
        self.lock = lock
        self._has_lock = False  # whether the bucket is known to have object lock
        self._threads = BoundedThreadPool("archive", threads, wait_seconds)

    def close(self) -> None:
        """Drop the calls that wait for a thread."""
        self._threads.close()

    async def head(self, key: str) -> Head | None:
        """Return the object's metadata; None if there is no object."""

        def read() -> Head | None:
            try:
                found = self._s3.head_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if _status(error) == 404:
                    return None
                raise
            return _head(key, found)

        return await self._call(read, changes=False)

    async def get(self, key: str) -> Body | None:
        """Return the object with its content; None if there is no object."""

        def read() -> Body | None:
            try:
                found = self._s3.get_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if _status(error) == 404:
                    return None
                raise
            return Body(_head(key, found), found["Body"].read())

        return await self._call(read, changes=False)

    async def keys(self, prefix: str) -> list[str]:
        """Return the keys that start with the prefix."""

        def read() -> list[str]:
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return [found["Key"] for page in pages for found in page.get("Contents", [])]

        return await self._call(read, changes=False)

    async def page(self, after: str, size: int) -> list[Listed]:
        """Return the objects that follow a key in the order of keys, at most `size` of them (S3 allows 1000)."""

        def read() -> list[Listed]:
            found = self._s3.list_objects_v2(Bucket=self._bucket, StartAfter=after, MaxKeys=size)
            return [Listed(each["Key"], each["Size"]) for each in found.get("Contents", [])]

        return await self._call(read, changes=False)

    async def create(self, key: str, content: bytes, content_type: str, metadata: Mapping[str, str]) -> Head:
        """Write a new object. Raises ConditionFailed if the key is taken."""
        try:
            return await self._put(key, content, content_type, metadata, IfNoneMatch="*")
        except Permanent as error:
            # versitygw answers 403 instead of 412 if the object at the key is locked.
            if error.status == 403 and await self.head(key):
                raise ConditionFailed(error.vendor_message) from error
            raise

    async def replace(self, old: Head, content: bytes, content_type: str, metadata: Mapping[str, str]) -> Head:
        """Replace the object `old`. Raises ConditionFailed if it has changed since `old` was read."""
        return await self._put(old.key, content, content_type, metadata, IfMatch=old.etag)

    async def lock_object(self, key: str) -> None:
        """Lock an object that was written without a lock."""
        assert self.lock is not None, "a lock is set"
        rule = self.lock
        await self._require_lock()

        def write() -> None:
            self._s3.put_object_retention(Bucket=self._bucket, Key=key, Retention=rule.retention())

        # The same lock can be set any number of times, so a lost answer needs no probe.
        await self._call(write, changes=False)

    async def keeps_versions(self) -> bool:
        """Return whether a replaced object stays in the bucket as an earlier version."""
        status = await self._call(lambda: self._s3.get_bucket_versioning(Bucket=self._bucket), changes=False)
        return status.get("Status") == "Enabled"

    async def _put(
        self, key: str, content: bytes, content_type: str, metadata: Mapping[str, str], **condition: str
    ) -> Head:
        fields: dict[str, Any] = dict(condition)
        if self.lock:
            await self._require_lock()
            # S3 refuses a lock without a checksum of the content.
            fields |= {**self.lock.fields(), "ContentMD5": _md5(content)}
        until = fields.get("ObjectLockRetainUntilDate")

        def write() -> Head:
            written = self._s3.put_object(
                Bucket=self._bucket, Key=key, Body=content, ContentType=content_type, Metadata=metadata, **fields
            )
            return Head(key, written["ETag"], metadata, len(content), until)

        return await self._call(write, changes=True)

    async def _require_lock(self) -> None:
        """Raise Permanent if the bucket has no object lock. A server may store an object whose lock it refuses."""
        if self._has_lock:
            return

        def read() -> bool:
            try:
                found = self._s3.get_object_lock_configuration(Bucket=self._bucket)
            except ClientError as error:
                if error.response["Error"]["Code"] == "NoSuchBucket":
                    raise
                # R2 answers 501, because it does not have this part of S3.
                if _status(error) in (400, 403, 404, 405, 501):
                    raise no_object_lock(self._bucket, _reason(error), _status(error)) from error
                raise
            return found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"

        if not await self._call(read, changes=False):
            raise no_object_lock(self._bucket, "object lock is not enabled", None)
        self._has_lock = True

    async def _call(self, request: Callable[[], Result], *, changes: bool) -> Result:
        try:
            return await self._threads.run(request)
        except Busy as busy:
            raise Transient(f"{VENDOR} is still processing {busy}") from None
        except ClientError as error:
            raise _refusal(error, changes) from error
        except NEVER_SENT as error:
            raise Transient(f"{VENDOR} could not be reached ({type(error).__name__})") from error
        except NoCredentialsError as error:
            raise Permanent(f"{VENDOR} has no access key configured", vendor_message=str(error)) from error
        except (BotoCoreError, OSError) as error:
            raise _unclear(f"the connection to the archive broke ({type(error).__name__})", changes) from error


def _refusal(error: ClientError, changes: bool) -> Exception:
    status, code, reason = _status(error), error.response.get("Error", {}).get("Code", ""), _reason(error)
    if status == 412:
        return ConditionFailed(reason)
    if status == 429:
        return RateLimited(f"{VENDOR} asks to slow down ({reason})")
    # S3 answers 409 while another conditional write of the same key is in progress.
    if status >= 500 or status == 409 or code in TIMED_OUT:
        return _unclear(f"the archive reports an error of its own (HTTP {status}, {reason})", changes)
    return Permanent(f"{VENDOR} refused: {reason}", vendor_message=reason, status=status)


def _unclear(problem: str, changes: bool) -> Ambiguous | Transient:
    text = problem[0].upper() + problem[1:]
    return Ambiguous(f"{text}; the file may have been stored") if changes else Transient(text)


def _reason(error: ClientError) -> str:
    found = error.response.get("Error", {})
    return f"{found.get('Code', '')}: {found.get('Message', '')}"


def _head(key: str, found: Mapping[str, Any]) -> Head:
    return Head(key, found["ETag"], found["Metadata"], found["ContentLength"], found.get("ObjectLockRetainUntilDate"))


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
