"""Password hashes: argon2id, computed in a bounded number of threads behind a bounded queue."""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.access.password_strength import reason_guessable
from api.errors import Invalid, Unavailable
from models.access.users import normalised

P = ParamSpec("P")
T = TypeVar("T")

_HASHER: Final = PasswordHasher()

_HASHES_AT_ONCE = 2  # one hash takes 64 MiB and a core for a moment, by design
_AT_ONCE = 20  # computed or waiting; the last of them waits for about a second


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _HASHER.hash(normalised(password))


class Passwords:
    """Hashes and verifies passwords without blocking the event loop.

    Both raise Unavailable when too many requests wait already: a longer queue would let every login time out.
    """

    def __init__(self) -> None:
        self._hash_of_no_user = _HASHER.hash("no user has this password")
        self._limiter = CapacityLimiter(_HASHES_AT_ONCE)
        self._at_once = 0

    async def hash_new(self, username: str, password: str, *, field: str = "password") -> str:
        """Return the hash of a user's new password. Raise Invalid at the field when it is easy to guess."""
        if reason := await self._in_thread(reason_guessable, username, password):
            raise Invalid.at(field, reason)
        return await self._in_thread(hash_password, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Return whether the password fits the hash. Without a hash the answer is False and takes the same time."""
        fits = await self._in_thread(self._verify, password_hash or self._hash_of_no_user, password)
        return fits and password_hash is not None

    async def _in_thread(self, work: Callable[P, T], *given: P.args, **_: P.kwargs) -> T:
        if self._at_once >= _AT_ONCE:
            raise Unavailable("Too many passwords are being checked; try again in a moment.")
        self._at_once += 1
        try:
            return await to_thread.run_sync(work, *given, limiter=self._limiter)
        finally:
            self._at_once -= 1

    def _verify(self, password_hash: str, password: str) -> bool:
        """Return whether the password fits. A hash of an earlier release may be of the password as it was typed."""
        return any(_fits(password_hash, form) for form in dict.fromkeys((normalised(password), password)))


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
