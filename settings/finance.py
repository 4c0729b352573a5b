"""The settings of both sides of finance: the push of vendor bills, and the import that receives them."""

from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from settings.group import Group

LONGEST_TOKEN_SECONDS = 600
# As many as the digest has (RFC 7518 3.2).
LEAST_SECRET_BYTES = {"HS256": 32, "HS512": 64}


class FinanceSettings(Group):
    """Without a URL nothing is pushed; without a secret no import is accepted."""

    url: str | None = Field(default=None, description="of the finance service, e.g. http://localhost:4010")
    jwt_secret: SecretStr | None = Field(
        default=None, description="shared by both services; signs the tokens; of 64 bytes or more (32 with HS256)"
    )
    jwt_algorithm: Literal["HS256", "HS512"] = "HS512"
    issuer: str = Field(default="aktum", min_length=1, description="`iss` of the tokens")
    audience: str | None = Field(default=None, description="`aud` of the tokens; the issuer when unset")
    tenant: str = Field(default="platform-admin", min_length=1, description="the tenant that bills are pushed for")
    roles: str = Field(default="admin", description="the roles of the token, separated by commas")
    lifetime_seconds: int = Field(default=60, ge=5, le=LONGEST_TOKEN_SECONDS, description="how long a token is valid")
    timeout_seconds: float = Field(default=30, gt=0)
    payment_days: int = Field(
        default=30, ge=0, le=365, description="days from the issue of a received bill to its due date"
    )

    @model_validator(mode="after")
    def _jwt_secret_is_long(self) -> Self:
        least = LEAST_SECRET_BYTES[self.jwt_algorithm]
        if self.jwt_secret and len(self.jwt_secret.get_secret_value().encode()) < least:
            raise ValueError(
                f"jwt_secret must have at least {least} bytes with {self.jwt_algorithm} (`openssl rand -hex 32`)"
            )
        return self

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
