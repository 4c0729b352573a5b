"""The settings of the servers that Aktum runs on: Temporal, ClickHouse, the archive and Gotenberg."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from settings.group import Group

_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
_KEY_BYTES = 32
LEAST_SECRET_CHARACTERS = 32


class TemporalSettings(Group):
    address: str = "127.0.0.1:7233"
    namespace: str = "default"
    api_key: SecretStr | None = None
    tls: bool = False
    encryption_keys: SecretStr | None = Field(
        default=None,
        description="id:key pairs separated by commas, each key 32 bytes as base64 or hex; the first one encrypts, "
        "every one decrypts; unset: nothing is encrypted",
    )

    @field_validator("encryption_keys")
    @classmethod
    def _encryption_keys_can_be_read(cls, text: SecretStr | None) -> SecretStr | None:
        _key_ring(text)
        return text

    @property
    def key_ring(self) -> Mapping[str, bytes]:
        """The encryption keys by their ids, in the order of the setting."""
        return _key_ring(self.encryption_keys)


def _key_ring(text: SecretStr | None) -> dict[str, bytes]:
    """Return the keys of the setting by their ids.

    No error repeats the input, because a key may stand in the place of an id.
    """
    ring: dict[str, bytes] = {}
    for place, entry in enumerate(text.get_secret_value().split(","), start=1) if text else ():
        key_id, _, written = entry.strip().partition(":")
        key = _key_bytes(written)
        if not _KEY_ID.fullmatch(key_id) or key is None:
            raise ValueError(
                f"entry {place} must be an id, a colon and a key; the id has 1 to 32 letters, digits and . _ -, and "
                "the key has 32 bytes, as base64 (`openssl rand -base64 32`) or as 64 hexadecimal digits"
            )
        if key_id in ring or key in ring.values():
            raise ValueError(f"entry {place} repeats the id or the key of an earlier entry")
        ring[key_id] = key
    return ring


def _key_bytes(written: str) -> bytes | None:
    if re.fullmatch(r"[0-9a-fA-F]{64}", written):
        return bytes.fromhex(written)
    try:
        key = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == _KEY_BYTES else None


class ClickHouseSettings(Group):
    """`url` is a clickhouse-connect DSN: `http[s]://user:password@host:port/database`."""

    url: SecretStr = SecretStr("http://default:@127.0.0.1:8123/default")
    timeout_seconds: int = 15


class S3Settings(Group):
    """Cloudflare R2, or any S3 server that supports `If-None-Match: *`."""

    url: str | None = None
    region: str = "auto"
    bucket: str = "proxima-invoices"
    access_key: str = ""
    secret_key: SecretStr = SecretStr("")
    public_url: str | None = Field(
        default=None,
        description="with `links=secret` the base of the public domain, e.g. https://invoices.prxm.uz; with "
        "`links=signed` the address of the S3 server for readers; there are no links when unset",
    )
    links: Literal["secret", "signed"] = Field(
        default="secret",
        description="what makes links impossible to guess: a secret part of each key, or a signature that expires",
    )
    link_secret: SecretStr | None = Field(
        default=None,
        description="of at least 32 characters; the secret parts of new keys are computed from it with `links=secret`",
    )
    link_days: int = Field(default=7, ge=1, le=7, description="how long a signed link is valid; S3 allows 7 days")
    lock_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="how long an archived document is locked against deletion and change, from when it is stored; the "
        "bucket must have object lock; unset: no lock",
    )
    lock_mode: Literal["governance", "compliance"] = Field(
        default="governance",
        description="`governance`: a key with a special permission can end a lock early; `compliance`: nobody can",
    )

    @field_validator("link_secret")
    @classmethod
    def _link_secret_is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and len(secret.get_secret_value()) < LEAST_SECRET_CHARACTERS:
            raise ValueError(f"must have at least {LEAST_SECRET_CHARACTERS} characters (`openssl rand -hex 32`)")
        return secret


class GotenbergSettings(Group):
    url: str = "http://127.0.0.1:3000"
    api_timeout_seconds: int = Field(
        default=30, ge=1, le=60, description="API_TIMEOUT of the server; the client waits 10 seconds longer"
    )


class BillReaderSettings(Group):
    """What the reader of vendors' files may use for one file, beside the memory of the worker itself."""

    memory_mib: int = Field(default=128, ge=96, le=4096, description="of the query over the file, in MiB")
    threads: int = Field(default=2, ge=1, le=16, description="of the query over a CSV")


class AttachmentSettings(Group):
    """The files of orders and invoices, which lie in the bucket of the archive."""

    largest_mb: int = Field(default=10, ge=1, le=50, description="of one file, in MiB")
