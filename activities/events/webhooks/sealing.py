"""The encryption of the endpoints' secrets in PostgreSQL, by the key ring that also encrypts payloads in Temporal.

AES-256-GCM. The first key of the ring encrypts and every key decrypts. Without keys a secret is stored as it is, and
`plain:` says so. The id of the endpoint is authenticated, so that a secret cannot be moved to another endpoint.
"""

import base64
import os
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12
_PLAIN: Final = "plain"
_SEALED: Final = "sealed"


class SecretUnreadable(Exception):
    """A secret was encrypted with a key that is missing here, or was changed."""


class Sealing:
    """Encrypts and decrypts secrets."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys` maps ids to keys; the first one encrypts."""
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._active = next(iter(keys), None)

    def seal(self, secret: str, endpoint_id: str) -> str:
        """Return what is stored."""
        if self._active is None:
            return f"{_PLAIN}:{secret}"
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._active].encrypt(nonce, secret.encode(), endpoint_id.encode())
        return f"{_SEALED}:{self._active}:{base64.b64encode(nonce + sealed).decode()}"

    def unseal(self, stored: str, endpoint_id: str) -> str:
        """Return the secret. Raises SecretUnreadable."""
        kind, _, rest = stored.partition(":")
        if kind == _PLAIN:
            return rest
        key_id, _, text = rest.partition(":")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SecretUnreadable(
                f"the secret of {endpoint_id} is encrypted with the key {key_id!r}, which "
                "AKTUM_TEMPORAL__ENCRYPTION_KEYS does not hold; add the key there again, or rotate the secret"
            )
        data = base64.b64decode(text)
        try:
            return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], endpoint_id.encode()).decode()
        except InvalidTag as error:
            raise SecretUnreadable(f"the secret of {endpoint_id} was changed; rotate it") from error
