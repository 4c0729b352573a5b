"""The settings of the API: logins, limits of requests, and what it shows."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from settings.group import Group

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class AuthSettings(Group):
    jwt_secret: SecretStr = Field(default=SecretStr(""), description="signs the login tokens; at least 32 bytes")
    token_hours: int = Field(default=24, ge=1, le=168, description="how long a login is valid; a week at the most")


class ApiSettings(Group):
    update_timeout_seconds: float = Field(
        default=30, description="a command that takes longer is answered with 504; `aktum` waits as long for Temporal"
    )
    request_seconds: float = Field(
        default=30, gt=0, description="a connection whose request has not arrived in full by then is closed"
    )
    stall_seconds: float = Field(
        default=60, gt=0, description="a connection whose client reads nothing of the answer for so long is closed"
    )
    connections: int = Field(default=1000, ge=1, description="at once; more are answered 503")
    web_ui_origin: str | None = Field(
        default=None,
        description="where browsers open the Temporal Web UI, e.g. https://temporal.prxm.uz; its pages may then ask "
        "the API to decode payloads",
    )
    allowed_hosts: str = Field(
        default="",
        description="names in the Host header that are served, separated by commas, e.g. aktum.example.com or "
        "*.example.com; any name when unset",
    )
    desk_over_http: bool = Field(
        default=False,
        description="true: the cookie of the desk is also sent over plain http. Browsers need it where the address is "
        "not https and not of the own machine",
    )
    signer_addresses: str = Field(
        default="wss://127.0.0.1:64443/service/cryptapi ws://127.0.0.1:64646/service/cryptapi",
        description="where the signing page finds E-IMZO on the machine of the browser, separated by blanks",
    )
    signer_keys: str = Field(
        default="",
        description="the domain of the desk and its key for E-IMZO, with a blank between; localhost and 127.0.0.1 "
        "need none",
    )
    docs: bool = Field(default=True, description="false: no /docs and no /openapi.json")
    metrics_port: int | None = Field(default=None, description="the API's Prometheus port; no endpoint when unset")
    metrics_address: str = Field(default="127.0.0.1", description="where that port listens; it asks for no login")

    @field_validator("signer_addresses")
    @classmethod
    def _on_the_own_machine(cls, text: str) -> str:
        for address in text.split():
            parts = urlsplit(address)
            if parts.scheme not in ("ws", "wss") or parts.hostname not in LOOPBACK:
                raise ValueError("each must be a WebSocket (ws:// or wss://) of the machine of the browser")
        return text

    @field_validator("signer_keys")
    @classmethod
    def _in_pairs(cls, text: str) -> str:
        if len(text.split()) % 2:
            raise ValueError("must be a domain and its key, or several such pairs, separated by blanks")
        return text

    @property
    def hosts(self) -> list[str]:
        """Return the names of `allowed_hosts`."""
        return [name.strip() for name in self.allowed_hosts.split(",") if name.strip()]
