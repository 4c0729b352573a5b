"""The settings of vendor bills: the size of files, the accounts at DigitalOcean, and when they are fetched."""

import re
from collections.abc import Mapping
from typing import Self

from pydantic import Field, SecretStr, model_validator

from settings.group import Group

_ACCOUNT = r"[a-z0-9][a-z0-9_-]{0,39}"


class BillSettings(Group):
    """The files of vendor bills, which lie in the bucket of the archive."""

    largest_mb: int = Field(default=1024, ge=1, le=5000, description="of one file, in MiB; S3 takes 5 GiB at once")
    fetch_day: int = Field(default=2, ge=1, le=28, description="the day on which bills of the month before are fetched")


class DigitalOceanSettings(Group):
    """The accounts whose bills are fetched. Without a token there are none."""

    url: str = "https://api.digitalocean.com"
    account: str = Field(default="main", pattern=f"^{_ACCOUNT}$", description="the name of the account of `token`")
    token: SecretStr = Field(default=SecretStr(""), description="with the scope billing:read")
    tokens: SecretStr = Field(
        default=SecretStr(""), description="of further accounts: name:token pairs separated by commas"
    )
    timeout_seconds: float = 30

    @property
    def accounts(self) -> Mapping[str, SecretStr]:
        """The tokens by the names of their accounts."""
        named = {self.account: self.token} if self.token else {}
        return named | {name: SecretStr(token) for name, token in _pairs(self.tokens)}

    @model_validator(mode="after")
    def _tokens_have_their_form(self) -> Self:
        """No error repeats the input, because it holds the tokens."""
        pairs = _pairs(self.tokens)
        for place, (name, token) in enumerate(pairs, start=1):
            if not (re.fullmatch(_ACCOUNT, name) and token):
                raise ValueError(
                    f"tokens: entry {place} must be a name, a colon and a token; the name has small letters, digits, "
                    "- and _"
                )
        names = [name for name, _ in pairs] + ([self.account] if self.token else [])
        if len(set(names)) < len(names):
            raise ValueError("tokens: the name of an account stands twice")
        if any(re.search(r"\s", token.get_secret_value()) for token in self.accounts.values()):
            raise ValueError("token: must have no blank or line break in it")
        return self


def _pairs(text: SecretStr) -> list[tuple[str, str]]:
    entries = [entry.strip() for entry in text.get_secret_value().split(",") if entry.strip()]
    return [(name.strip(), token.strip()) for name, _, token in (entry.partition(":") for entry in entries)]
