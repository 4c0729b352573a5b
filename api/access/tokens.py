"""Login tokens: JWT, signed with HS256."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from api.access.repository import Credentials
from api.errors import Unauthorized
from models.access.users import password_mark
from settings import AuthSettings

_ALGORITHM = "HS256"
_CLAIMS = ("sub", "role", "password_mark", "session_epoch", "iat", "exp")
_SHORTEST_SECRET = 32  # bytes; as many as the digest of HS256 has (RFC 7518 3.2)
_CLOCKS_MAY_DIFFER = timedelta(seconds=5)

NOT_VALID = "the token is not valid; log in again"


@dataclass(frozen=True)
class Claims:
    """The user, the password and the session epoch that a token was issued for."""

    username: str
    password_mark: str
    session_epoch: int

    def fit(self, user: Credentials) -> bool:
        """Return whether the user is active and still has the password and the epoch of the token."""
        return (
            user.active
            and self.session_epoch == user.session_epoch
            and self.password_mark == password_mark(user.password_hash)
        )


class Tokens:
    """Issues and reads tokens. The constructor ends the process when the secret is missing or too short."""

    def __init__(self, settings: AuthSettings) -> None:
        secret = settings.jwt_secret.get_secret_value()
        if len(secret.strip().encode()) < _SHORTEST_SECRET:
            problem = "is too short" if secret.strip() else "is not set"
            raise SystemExit(
                f"AKTUM_AUTH__JWT_SECRET {problem}, so no login token can be signed safely. Set it to a random text of "
                f"{_SHORTEST_SECRET} bytes or more, "
                'e.g. from: python3 -c "import secrets; print(secrets.token_hex(32))"'
            )
        self._secret = secret
        self._lifetime = timedelta(hours=settings.token_hours)

    def issue(self, user: Credentials, now: datetime) -> tuple[str, datetime]:
        """Return a token and its expiry time. A logout, a new password and a deactivation end it earlier."""
        issued = now.replace(microsecond=0)
        expires = issued + self._lifetime
        claims = {
            "sub": user.username,
            "role": user.role,
            "password_mark": password_mark(user.password_hash),
            "session_epoch": user.session_epoch,
            "iat": issued,
            "exp": expires,
        }
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM), expires

    def claims(self, token: str) -> Claims:
        """Return the token's claims. Raise Unauthorized when the signature does not fit or the token has expired."""
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
        return Claims(str(claims["sub"]), str(claims["password_mark"]), claims["session_epoch"])
