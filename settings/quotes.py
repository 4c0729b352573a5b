"""The settings of quotes: the links that clients get."""

from pydantic import Field, SecretStr, field_validator

from settings.group import Group
from settings.servers import LEAST_SECRET_CHARACTERS


class QuoteSettings(Group):
    public_url: str | None = Field(
        default=None,
        description="where clients reach the API, e.g. https://quotes.prxm.uz; the links of quotes begin with it. "
        "Unset: letters have no link, and quotes are answered by a person",
    )
    link_secret: SecretStr | None = Field(
        default=None,
        description="of at least 32 characters; signs the links of quotes. With another one all earlier links end",
    )

    @field_validator("link_secret")
    @classmethod
    def _secret_is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and len(secret.get_secret_value()) < LEAST_SECRET_CHARACTERS:
            raise ValueError(f"must have at least {LEAST_SECRET_CHARACTERS} characters (`openssl rand -hex 32`)")
        return secret

    @property
    def secret(self) -> bytes | None:
        """The secret of the links; None if there are none."""
        return self.link_secret.get_secret_value().encode() if self.link_secret and self.public_url else None
