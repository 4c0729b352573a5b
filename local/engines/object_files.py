"""The files of the object store: `var/archive/<bucket>/<key>`, each with a hidden sidecar file of metadata.

An interrupted overwrite must not lose the old object. So the sidecar is first written with the metadata of both
contents by their SHA-256, then the content is replaced atomically; after a crash either content has its metadata.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local.engines import durable_files

FALLBACK = ".objects"
LONGEST_NAME = 200


class ArchiveDamaged(Exception):
    """A file in the archive was not written by the object store."""


@dataclass(frozen=True)
class StoredObject:
    key: str
    content: bytes
    etag: str
    last_modified: str
    metadata: dict[str, str]


@dataclass(frozen=True)
class Version:
    etag: str
    last_modified: str
    metadata: dict[str, str]


@dataclass(frozen=True)
class Entry:
    path: Path
    sha256: str
    version: Version


@dataclass
class Archive:
    """The buckets and objects below `root`."""

    root: Path
    _entries: dict[str, dict[str, Entry]] = field(default_factory=dict)

    def load(self) -> Iterator[tuple[str, list[StoredObject]]]:
        """Yield each bucket with its objects in their last acknowledged state. Raises ArchiveDamaged."""
        durable_files.make_directory(self.root)
        durable_files.remove_leftovers(self.root)
        for folder in sorted(path for path in self.root.iterdir() if path.is_dir()):
            self._entries[folder.name] = {}
            _check_foreign_files(folder)
            loaded = (self._load(folder.name, sidecar) for sidecar in sorted(folder.rglob(".*.json")))
            yield folder.name, [found for found in loaded if found is not None]

    def _load(self, bucket: str, sidecar: Path) -> StoredObject | None:
        record = json.loads(sidecar.read_bytes())
        path = sidecar.with_name(sidecar.name.removeprefix(".").removesuffix(".json"))
        if not path.exists():  # deleted, or never acknowledged
            durable_files.remove(sidecar)
            return None
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in record["versions"]:
            raise ArchiveDamaged(
                f"{path} was changed outside the object store: its checksum is not the recorded one. "
                "Put the original file back, or delete it together with its hidden .json file."
            )
        version = Version(**record["versions"][sha256])
        self._entries[bucket][record["key"]] = Entry(path, sha256, version)
        return StoredObject(record["key"], content, **asdict(version))

    def create_bucket(self, bucket: str) -> None:
        if bucket not in self._entries:
            durable_files.make_directory(self.root / bucket)
            self._entries[bucket] = {}

    def delete_bucket(self, bucket: str) -> None:
        if bucket in self._entries:
            shutil.rmtree(self.root / bucket)
            durable_files.sync_directory(self.root)
            del self._entries[bucket]

    def buckets(self) -> set[str]:
        return set(self._entries)

    def keys(self, bucket: str) -> set[str]:
        return set(self._entries[bucket])

    def write(self, bucket: str, stored: StoredObject) -> None:
        version = Version(stored.etag, stored.last_modified, stored.metadata)
        old = self._entries[bucket].get(stored.key)
        if old is not None and old.version == version:
            return
        path = old.path if old else self._free_path(bucket, stored.key)
        durable_files.make_directory(path.parent)
        sha256 = hashlib.sha256(stored.content).hexdigest()
        versions = {old.sha256: asdict(old.version)} if old else {}
        record = {"key": stored.key, "versions": {**versions, sha256: asdict(version)}}
        durable_files.write(_sidecar(path), json.dumps(record, ensure_ascii=False, indent=1).encode())
        if old is None or old.sha256 != sha256:
            durable_files.write(path, stored.content)
        self._entries[bucket][stored.key] = Entry(path, sha256, version)

    def delete(self, bucket: str, key: str) -> None:
        if entry := self._entries[bucket].pop(key, None):
            durable_files.remove(entry.path)
            durable_files.remove(_sidecar(entry.path))

    def _free_path(self, bucket: str, key: str) -> Path:
        """Return the key as a path, or a hash of it where the file system cannot hold it (`a` beside `a/b`, `..`)."""
        folder = self.root / bucket
        segments = key.split("/")
        if all(_is_plain(segment) for segment in segments):
            path = folder.joinpath(*segments)
            blocked = any(parent.is_file() for parent in path.parents if parent.is_relative_to(folder))
            if not blocked and not path.exists():
                return path
        return folder / FALLBACK / hashlib.sha256(key.encode()).hexdigest()


def _check_foreign_files(folder: Path) -> None:
    for path in folder.rglob("[!.]*"):
        if path.is_file() and not _sidecar(path).exists():
            raise ArchiveDamaged(
                f"{path} was written by another program, such as versitygw. Serve this archive with that program, or "
                "move the file away."
            )


def _is_plain(segment: str) -> bool:
    return bool(segment) and segment[0] != "." and "\0" not in segment and len(segment.encode()) <= LONGEST_NAME


def _sidecar(path: Path) -> Path:
    return path.with_name(f".{path.name}.json")
