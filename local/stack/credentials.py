"""The stack's own secrets, generated once for each state directory. They are valid for this stack only."""

import secrets
from typing import Self

from pydantic import BaseModel, Field

from local.stack.state_directory import StateDirectory, read_json, write_json

ROLES = ("admin", "manager", "editor", "viewer")


def new_secret() -> str:
    return secrets.token_urlsafe(24)


class SeedUser(BaseModel):
    username: str
    password: str
    role: str
    email: str = ""


def new_users() -> list[SeedUser]:
    return [
        SeedUser(username=role, password=secrets.token_urlsafe(9), role=role, email=f"{role}@proximaops.example")
        for role in ROLES
    ]


class Credentials(BaseModel):
    postgres_superuser: str = Field(default_factory=new_secret)
    postgres: str = Field(default_factory=new_secret)
    clickhouse: str = Field(default_factory=new_secret)
    s3_access_key: str = Field(default_factory=lambda: secrets.token_hex(10))
    s3_secret_key: str = Field(default_factory=new_secret)
    jwt_secret: str = Field(default_factory=lambda: secrets.token_urlsafe(48))
    planfact_api_key: str = Field(default_factory=new_secret)
    didox_partner_token: str = Field(default_factory=new_secret)
    didox_password: str = Field(default_factory=new_secret)
    finance_jwt_secret: str = Field(default_factory=lambda: secrets.token_urlsafe(48))
    imap_password: str = Field(default_factory=new_secret)
    telegram_token: str = Field(default_factory=lambda: f"1:{secrets.token_hex(20)}")
    quote_link_secret: str = Field(default_factory=lambda: secrets.token_urlsafe(48))
    digitalocean_token: str = Field(default_factory=lambda: f"dop_v1_{secrets.token_hex(32)}")
    users: list[SeedUser] = Field(default_factory=new_users)

    @classmethod
    def load(cls, directory: StateDirectory) -> Self:
        """Return the stored secrets; generate and store those that are missing."""
        kept = read_json(directory.credentials_file)
        loaded = cls.model_validate(kept)
        if loaded.model_dump() != kept:
            write_json(directory.credentials_file, loaded.model_dump())
        return loaded
