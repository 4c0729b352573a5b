"""Who may log in: what a name and a password must be, and what the history keeps of a user (never the password)."""

import hashlib
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from models.access.roles import Role
from models.values.base_models import Strict

LONGEST_NAME = 100
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000

Username = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=LONGEST_NAME, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$", strip_whitespace=True
    ),
]
Password = Annotated[SecretStr, Field(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]


class NewUser(Strict):
    username: Username
    role: Role
    password: Password


class UserChange(Strict):
    role: Role | None = None
    active: bool | None = Field(default=None, description="false: cannot log in, and is logged out at once")
    password: Password | None = None


class UserState(Strict):
    role: Role
    active: bool
    password_mark: str = Field(description="changes whenever the password does")


def password_mark(password_hash: str) -> str:
    return hashlib.sha256(password_hash.encode()).hexdigest()[:12]
