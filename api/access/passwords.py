"""Password hashes: argon2id, computed in a bounded number of threads."""

from typing import Final

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER: Final = PasswordHasher()

_HASHES_AT_ONCE = 2  # one hash takes 64 MiB and a core for a moment, by design


class Passwords:
    """Hashes and verifies passwords without blocking the event loop."""

    def __init__(self) -> None:
        self._hash_of_no_user = HASHER.hash("no user has this password")
        self._limiter = CapacityLimiter(_HASHES_AT_ONCE)

    async def hash(self, password: str) -> str:
        return await to_thread.run_sync(HASHER.hash, password, limiter=self._limiter)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Return whether the password fits the hash. Without a hash the answer is False and takes the same time."""
        return (
            await to_thread.run_sync(
                self._verify, password_hash or self._hash_of_no_user, password, limiter=self._limiter
            )
            and password_hash is not None
        )

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return HASHER.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
