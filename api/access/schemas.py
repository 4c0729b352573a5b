"""Response schema of the login."""

from datetime import datetime

from pydantic import BaseModel

from models.access.roles import Role


class TokenView(BaseModel):
    token: str
    expires_at: datetime
    username: str
    role: Role
