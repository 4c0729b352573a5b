"""Who is asking: passwords are checked against argon2id hashes, tokens are JWT signed with HS256."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from anyio import CapacityLimiter, to_thread
from argon2.exceptions import InvalidHashError, VerificationError

from api.errors import Unauthorized
from api.registry.repository import Login
from api.settings.users import HASHER
from models.access.roles import Role
from models.access.users import password_mark
from settings import AuthSettings

_ALGORITHM = "HS256"
_CLAIMS = ("sub", "role", "password_mark", "iat", "exp")
_CLOCKS_MAY_DIFFER = timedelta(seconds=5)
_HASHES_AT_ONCE = 2  # one takes 64 MiB and a core for a moment, by design

WRONG_LOGIN = "wrong username or password"
NOT_VALID = "the token is not valid; log in again"


@dataclass(frozen=True)
class Actor:
    username: str
    role: Role


@dataclass(frozen=True)
class Claims:
    username: str
    password_mark: str

    def fit(self, login: Login) -> bool:
        return login.active and self.password_mark == password_mark(login.password_hash)


class Passwords:
    def __init__(self) -> None:
        self._nobody = HASHER.hash("nobody has this password")
        self._limiter = CapacityLimiter(_HASHES_AT_ONCE)

    async def hash(self, password: str) -> str:
        return await to_thread.run_sync(HASHER.hash, password, limiter=self._limiter)

    async def check(self, login: Login | None, password: str) -> Login:
        """An unknown name costs the same time and gets the same answer as a wrong password."""
        fits = await to_thread.run_sync(
            self._fits, login.password_hash if login else self._nobody, password, limiter=self._limiter
        )
        if login is None or not login.active or not fits:
            raise Unauthorized(WRONG_LOGIN)
        return login

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return HASHER.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


class Tokens:
    def __init__(self, settings: AuthSettings) -> None:
        secret = settings.jwt_secret.get_secret_value()
        if not secret.strip():
            raise SystemExit(
                "AKTUM_AUTH__JWT_SECRET is not set, so no login token can be signed. Set it to a long random text, "
                'e.g. from: python3 -c "import secrets; print(secrets.token_hex(32))"'
            )
        self._secret = secret
        self._lifetime = timedelta(hours=settings.token_hours)

    def issue(self, login: Login, now: datetime) -> tuple[str, datetime]:
        """The token, which ends with the password it was given for, and when it ends by itself."""
        issued = now.replace(microsecond=0)
        expires = issued + self._lifetime
        claims = {
            "sub": login.username,
            "role": login.role,
            "password_mark": password_mark(login.password_hash),
            "iat": issued,
            "exp": expires,
        }
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM), expires

    def claims(self, token: str) -> Claims:
        """What the token says. Raises Unauthorized when it is not ours or too old."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                options={"require": list(_CLAIMS)},
                leeway=_CLOCKS_MAY_DIFFER,
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized("token expired") from error
        except jwt.InvalidTokenError as error:
            raise Unauthorized(NOT_VALID) from error
        return Claims(str(claims["sub"]), str(claims["password_mark"]))
