"""The settings of both sides of finance: the push of vendor bills, and the import that receives them."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from settings.group import Group
from settings.servers import LEAST_SECRET_CHARACTERS

LONGEST_TOKEN_SECONDS = 600


class FinanceSettings(Group):
    """Without a URL nothing is pushed; without a secret no import is accepted."""

    url: str | None = Field(default=None, description="of the finance service, e.g. http://localhost:4010")
    jwt_secret: SecretStr | None = Field(
        default=None, description="of at least 32 characters, shared by both services; signs the tokens of the push"
    )
    jwt_algorithm: Literal["HS256", "HS512"] = "HS512"
    issuer: str = Field(default="aktum", min_length=1, description="`iss` of the tokens")
    audience: str | None = Field(default=None, description="`aud` of the tokens; the issuer when unset")
    tenant: str = Field(default="platform-admin", min_length=1, description="the tenant that bills are pushed for")
    roles: str = Field(default="admin", description="the roles of the token, separated by commas")
    token_seconds: int = Field(default=60, ge=5, le=LONGEST_TOKEN_SECONDS, description="how long a token is valid")
    timeout_seconds: float = Field(default=30, gt=0)
    payment_days: int = Field(
        default=30, ge=0, le=365, description="days from the issue of a received bill to its due date"
    )

    @field_validator("jwt_secret")
    @classmethod
    def _jwt_secret_is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and len(secret.get_secret_value()) < LEAST_SECRET_CHARACTERS:
            raise ValueError(f"must have at least {LEAST_SECRET_CHARACTERS} characters (`openssl rand -hex 32`)")
        return secret

    @field_validator("url")
    @classmethod
    def _url_is_complete(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return url

    @property
    def token_audience(self) -> str:
        return self.audience or self.issuer

    @property
    def role_names(self) -> list[str]:
        """The names of `roles`."""
        return [name.strip() for name in self.roles.split(",") if name.strip()]
