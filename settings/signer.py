"""What `aktum sign` reads from the environment of the accountant's machine. The other processes need none of it."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class SignerSettings(BaseSettings):
    """The variables AKTUM_URL, AKTUM_TOKEN and AKTUM_EIMZO. An empty one counts as unset."""

    model_config = SettingsConfigDict(env_prefix="AKTUM_", env_ignore_empty=True, extra="ignore", frozen=True)

    url: str = Field(default="http://127.0.0.1:8081", description="of Aktum's API")
    token: SecretStr = Field(default=SecretStr(""), description="an API key, or the token of a login")
    eimzo: str = Field(default="", description="WebSocket addresses on this machine, separated by blanks")

    @property
    def eimzo_addresses(self) -> list[str]:
        return self.eimzo.split()
