"""Login tokens: JWT, signed with HS256."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from api.access.repository import Credentials
from api.errors import Unauthorized
from models.access.users import password_mark
from settings import AuthSettings

_ALGORITHM = "HS256"
_CLAIMS = ("sub", "role", "password_mark", "iat", "exp")
_CLOCKS_MAY_DIFFER = timedelta(seconds=5)

NOT_VALID = "the token is not valid; log in again"


@dataclass(frozen=True)
class Claims:
    """The user and the password that a token was issued for."""

    username: str
    password_mark: str

    def fit(self, user: Credentials) -> bool:
        """Return whether the user is active and still has the password of the token."""
        return user.active and self.password_mark == password_mark(user.password_hash)


class Tokens:
    """Issues and reads tokens. The constructor ends the process when the signing secret is not set."""

    def __init__(self, settings: AuthSettings) -> None:
        secret = settings.jwt_secret.get_secret_value()
        if not secret.strip():
            raise SystemExit(
                "AKTUM_AUTH__JWT_SECRET is not set, so no login token can be signed. Set it to a long random text, "
                'e.g. from: python3 -c "import secrets; print(secrets.token_hex(32))"'
            )
        self._secret = secret
        self._lifetime = timedelta(hours=settings.token_hours)

    def issue(self, user: Credentials, now: datetime) -> tuple[str, datetime]:
        """Return a token and its expiry time. The token also becomes invalid when the user's password changes."""
        issued = now.replace(microsecond=0)
        expires = issued + self._lifetime
        claims = {
            "sub": user.username,
            "role": user.role,
            "password_mark": password_mark(user.password_hash),
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
        return Claims(str(claims["sub"]), str(claims["password_mark"]))
