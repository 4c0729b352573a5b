"""API keys, with which machines call the API: the rules for their names and terms, and the name of their actor.

A key belongs to the admin who made it. It may do at most what its owner may do now, and counts as its owner where two
people are needed (docs/specification/api.md 6.4).
"""

import hashlib
import re
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from models.access.roles import Role
from models.values.base_models import Strict

KEY_START: Final = "aktum_"
_SHOWN: Final = len(KEY_START) + 6
LONGEST_NAME: Final = 50
_ACTOR: Final = re.compile(r"key:\S+ \((?P<owner>\S+)\)")

KeyName = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=LONGEST_NAME, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", strip_whitespace=True
    ),
]


LONGEST_DAYS: Final = 366


class NewApiKey(Strict):
    """A key to be made."""

    name: KeyName = Field(examples=["accounting"])
    role: Role
    expires_in_days: int = Field(default=90, ge=1, le=LONGEST_DAYS)


class ApiKeyState(Strict):
    """What the settings history records of a key."""

    role: Role
    prefix: str
    created_by: str
    expires_at: datetime


def hash_of(secret: str) -> str:
    """Return the hash that is stored. A key has 256 random bits, so it cannot be found from a fast hash either."""
    return hashlib.sha256(secret.encode()).hexdigest()


def prefix_of(secret: str) -> str:
    """Return the beginning of a key, by which a person recognises it."""
    return secret[:_SHOWN]


def actor_name(key_name: str, owner: str) -> str:
    """Return the name under which a key acts: `key:accounting (anna)`."""
    return f"key:{key_name} ({owner})"


def person(actor: str) -> str:
    """Return the person who acts: the owner of a key, otherwise the actor.

    No user has such a name, because names of users contain neither a colon nor a blank.
    """
    key = _ACTOR.fullmatch(actor.strip())
    return key["owner"] if key else actor
