"""The client of the object store: Cloudflare R2 or any other S3.

Every write has a condition, so that no object is overwritten unless the caller has read it.
boto3 blocks, so each call runs in a thread of a pool of its own; a store that does not answer delays no other work.
Each call makes one attempt, and Temporal retries.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

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


class ObjectStore:
    """One bucket. A call raises Transient, RateLimited, Ambiguous or Permanent."""

    def __init__(
        self, s3: "S3Client", bucket: str, *, threads: int = THREADS, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._s3 = s3
        self._bucket = bucket
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
            return Head(key, found["ETag"], found["Metadata"])

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
            return Body(Head(key, found["ETag"], found["Metadata"]), found["Body"].read())

        return await self._call(read, changes=False)

    async def keys(self, prefix: str) -> list[str]:
        """Return the keys that start with the prefix."""

        def read() -> list[str]:
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return [found["Key"] for page in pages for found in page.get("Contents", [])]

        return await self._call(read, changes=False)

    async def create(self, key: str, content: bytes, content_type: str, metadata: Mapping[str, str]) -> Head:
        """Write a new object. Raises ConditionFailed if the key is taken."""

        def write() -> Head:
            written = self._s3.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ContentType=content_type,
                Metadata=metadata,
                IfNoneMatch="*",
            )
            return Head(key, written["ETag"], metadata)

        return await self._call(write, changes=True)

    async def replace(self, old: Head, content: bytes, content_type: str, metadata: Mapping[str, str]) -> Head:
        """Replace the object `old`. Raises ConditionFailed if it has changed since `old` was read."""

        def write() -> Head:
            written = self._s3.put_object(
                Bucket=self._bucket,
                Key=old.key,
                Body=content,
                ContentType=content_type,
                Metadata=metadata,
                IfMatch=old.etag,
            )
            return Head(old.key, written["ETag"], metadata)

        return await self._call(write, changes=True)

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
    status, code = _status(error), error.response.get("Error", {}).get("Code", "")
    reason = f"{code}: {error.response.get('Error', {}).get('Message', '')}"
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


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
