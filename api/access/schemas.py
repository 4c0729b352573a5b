"""Response schema of the login."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from api.access.repository import Credentials
from api.access.tokens import Tokens
from models.access.roles import Role


class TokenView(BaseModel):
    token: str
    expires_at: datetime
    username: str
    role: Role

    @classmethod
    def issued(cls, tokens: Tokens, user: Credentials, now: datetime) -> Self:
        """Return a new token of the user."""
        token, expires_at = tokens.issue(user, now)
        return cls(token=token, expires_at=expires_at, username=user.username, role=Role(user.role))
