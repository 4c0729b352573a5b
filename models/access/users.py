"""The users of the system: rules for names and passwords, and the state that the settings history keeps.

The history never contains a password or its hash.
"""

import hashlib
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, SecretStr, StringConstraints, WithJsonSchema

from models.access.roles import Role
from models.values.base_models import Strict
from models.values.email_address import ascii_address
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


def normalised(password: str) -> str:
    """Return the password in the form NFKC, so that every keyboard types the same one. Blanks belong to it."""
    return unicodedata.normalize("NFKC", password)


def _usable(given: SecretStr) -> SecretStr:
    text = given.get_secret_value()
    is_long_enough = len(text) >= SHORTEST_PASSWORD  # also as typed, as the schema says
    if len(text) <= LONGEST_PASSWORD:
        text = normalised(text)
    if not is_long_enough or not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        raise ValueError(f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    if "\x00" in text:
        raise ValueError("must not contain a NUL character")
    return SecretStr(text)


Password = Annotated[
    SecretStr,
    AfterValidator(_usable),
    WithJsonSchema(
        {
            "type": "string",
            "format": "password",
            "writeOnly": True,
            "minLength": SHORTEST_PASSWORD,
            "maxLength": LONGEST_PASSWORD,
        }
    ),
]


def _address_or_none(text: str) -> str:
    found = ascii_address(text.strip()) if text else ""
    if found is None:
        raise ValueError(f"{text!r} is not an e-mail address such as name@company.uz")
    return found


OptionalAddress = Annotated[
    str,
    AfterValidator(_address_or_none),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "email"}, {"type": "string", "maxLength": 0}]}),
]


class NewUser(Strict):
    """A user to be added."""

    model_config = ConfigDict(str_strip_whitespace=False)

    username: Username
    role: Role
    password: Password
    email: OptionalAddress = Field(default="", description="for messages about what waits for the user")


class UserChange(Strict):
    """A change of a user; a field without a value keeps what it was."""

    model_config = ConfigDict(str_strip_whitespace=False)

    role: Role | None = None
    active: Flag | None = Field(default=None, description="false: the user cannot log in and is logged out at once")
    password: Password | None = None
    email: OptionalAddress | None = Field(default=None, description="empty to remove the address")


class OwnPasswordChange(Strict):
    """A user's change of their own password."""

    model_config = ConfigDict(str_strip_whitespace=False)

    old_password: str = Field(min_length=1, max_length=LONGEST_PASSWORD)
    new_password: Password


class UserState(Strict):
    """What the settings history records of a user."""

    role: Role
    active: bool
    email: str | None = Field(default=None, exclude_if=lambda address: address is None)
    password_mark: str = Field(description="changes whenever the password does")


def password_mark(password_hash: str) -> str:
    """Return a short digest of the password's hash; it shows that the password changed without revealing it."""

    return hashlib.sha256(password_hash.encode()).hexdigest()[:12]
