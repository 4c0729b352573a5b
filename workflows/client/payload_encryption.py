"""Encryption of the payloads in Temporal: AES-256-GCM with a ring of named keys.

See docs/decisions/0012-payload-encryption.md. The first key of the ring encrypts and every key decrypts. Payloads that
were written before encryption was switched on are left unchanged, so they can still be read.
"""

import os
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

# Both are stored in histories.
ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"

_NONCE_BYTES = 12


class PayloadUnreadable(Exception):
    """A payload is encrypted with a key that is missing here, or it was changed or damaged."""


class Encryption(PayloadCodec):
    """Encrypts every payload. Without keys it encrypts nothing."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys` maps ids to keys; the first one encrypts."""
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._active = next(iter(keys), None)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        if self._active is None:
            return list(payloads)
        return [self._encrypted(self._active, payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raises PayloadUnreadable."""
        return [self._decrypted(p) if p.metadata.get("encoding") == ENCODING else p for p in payloads]

    def _encrypted(self, key_id: str, payload: Payload) -> Payload:
        nonce, name = os.urandom(_NONCE_BYTES), key_id.encode()
        sealed = self._ciphers[key_id].encrypt(nonce, payload.SerializeToString(), name)
        return Payload(metadata={"encoding": ENCODING, KEY_ID: name}, data=nonce + sealed)

    def _decrypted(self, payload: Payload) -> Payload:
        name = payload.metadata.get(KEY_ID, b"")
        cipher = self._ciphers.get(key_id := name.decode(errors="replace"))
        if cipher is None:
            raise PayloadUnreadable(
                f"a payload is encrypted with the key {key_id!r}, which AKTUM_TEMPORAL__ENCRYPTION_KEYS does not hold; "
                "add the key there again"
            )
        nonce, sealed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, sealed, name))
        except (InvalidTag, ValueError, DecodeError) as error:  # ValueError: it is too short to hold a nonce
            raise PayloadUnreadable(
                f"a payload that names the key {key_id!r} was not encrypted with it, or was changed afterwards"
            ) from error
