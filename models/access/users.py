"""The users of the system: rules for names and passwords, and the state that the settings history keeps.

The history never contains a password or its hash.
"""

import hashlib
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from models.access.roles import Role
from models.values.base_models import Strict
from models.values.typed_values import Flag

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
    """A user to be added."""

    username: Username
    role: Role
    password: Password


class UserChange(Strict):
    """A change of a user; a field without a value keeps what it was."""

    role: Role | None = None
    active: Flag | None = Field(default=None, description="false: the user cannot log in and is logged out at once")
    password: Password | None = None


class UserState(Strict):
    """What the settings history records of a user."""

    role: Role
    active: bool
    password_mark: str = Field(description="changes whenever the password does")


def password_mark(password_hash: str) -> str:
    """Return a short digest of the password's hash; it shows that the password changed without revealing it."""

    return hashlib.sha256(password_hash.encode()).hexdigest()[:12]
