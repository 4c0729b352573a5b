"""The files of bills in the object store, and local copies of their lines for the writes of their bills.

A file is stored under its SHA-256, and its normalised lines under the digest of what was read from it. So a file that
is read again never changes lines that a bill is being written from.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from temporalio.exceptions import ApplicationError

from activities.clients import object_store
from activities.clients.errors import Permanent
from activities.clients.object_store import ConditionFailed
from activities.clients.stored_files import FileStore
from models.bills.bill import FILE_PREFIX
from models.values.failure_codes import Failure
from settings import S3Settings

BINARY = "application/octet-stream"
PARQUET = "application/vnd.apache.parquet"
NOT_CONFIGURED = "No file store is configured; set AKTUM_S3__URL."
KEPT_COPIES = 2
_PIECE = 1024 * 1024


def file_key(sha256: str) -> str:
    return f"{FILE_PREFIX}{sha256}"


def connect(s3: S3Settings) -> FileStore | None:
    """Return the store of these settings; it connects when it is first used. None without an address."""
    if not s3.url:
        return None
    return FileStore(object_store.connect(s3.url, s3.region, s3.access_key, s3.secret_key), s3.bucket)


def digest_of(file: IO[bytes]) -> tuple[str, int]:
    """Return the SHA-256 and the size of a file. It reads the file in pieces, and blocks."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


async def store_file(store: FileStore, sha256: str, file: IO[bytes], size: int) -> None:
    """Store a file of bills under its digest; one that is stored already stays."""
    with suppress(ConditionFailed):
        await store.create_file(file_key(sha256), file, size, BINARY, {"sha256": sha256})


@dataclass
class _Copy:
    path: Path
    users: int = 0
    ready: asyncio.Lock = field(default_factory=asyncio.Lock)


class BillFiles:
    """The files and the lines of bills for the worker. Raises ApplicationError for what repeating cannot mend."""

    def __init__(self, store: FileStore | None) -> None:
        self._store = store
        self._directory = TemporaryDirectory(prefix="aktum-bills-")
        self._copies: dict[str, _Copy] = {}

    def close(self) -> None:
        """Remove the local copies."""
        self._directory.cleanup()
        if self._store:
            self._store.close()

    async def download(self, sha256: str, path: Path) -> None:
        """Write the file with this digest to the path."""
        await self._download(file_key(sha256), path)

    async def keep(self, path: Path) -> str:
        """Store a new file of bills, and return its digest."""
        with path.open("rb") as file:
            sha256, size = await asyncio.to_thread(digest_of, file)
            with _as_failures():
                await store_file(self._connected, sha256, file, size)
        return sha256

    async def keep_lines(self, sha256: str, path: Path) -> str:
        """Store the normalised lines of a file, and return their key."""
        with path.open("rb") as file:
            digest, size = await asyncio.to_thread(digest_of, file)
            key = f"{file_key(sha256)}.{digest[:16]}.lines.parquet"
            with _as_failures(), suppress(ConditionFailed):
                await self._connected.create_file(key, file, size, PARQUET, {"sha256": digest})
        return key

    @asynccontextmanager
    async def lines(self, key: str) -> AsyncIterator[Path]:
        """Yield a local copy of the lines of a file. The newest copies are kept for the other bills of the file."""
        copy = self._copies.setdefault(key, _Copy(Path(self._directory.name) / key.rsplit("/", 1)[-1]))
        copy.users += 1
        try:
            async with copy.ready:
                if not copy.path.exists():
                    part = copy.path.with_suffix(".part")
                    await self._download(key, part)
                    part.rename(copy.path)
            yield copy.path
        finally:
            copy.users -= 1
            self._forget_old()

    def _forget_old(self) -> None:
        unused = [key for key, copy in self._copies.items() if not copy.users]
        for key in unused[: max(len(self._copies) - KEPT_COPIES, 0)]:
            self._copies.pop(key).path.unlink(missing_ok=True)

    async def _download(self, key: str, path: Path) -> None:
        with _as_failures():
            found = await self._connected.download(key, path)
        if not found:
            raise ApplicationError(
                f"The file store has no object {key}; upload the file again.",
                type=Failure.DOCUMENT_MISSING,
                non_retryable=True,
            )

    @property
    def _connected(self) -> FileStore:
        if self._store is None:
            raise ApplicationError(NOT_CONFIGURED, type=Failure.SWITCHED_OFF)
        return self._store


@contextmanager
def _as_failures() -> Iterator[None]:
    """Turn a refusal of the object store into a failure that is not repeated; other errors are."""
    try:
        yield
    except Permanent as error:
        raise ApplicationError(error.message, type=Failure.VENDOR_REFUSED, non_retryable=True) from error
