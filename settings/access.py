"""The settings of the API: logins, limits of requests, and what it shows."""

from pydantic import Field, SecretStr

from settings.group import Group


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
    docs: bool = Field(default=True, description="false: no /docs and no /openapi.json")
    metrics_port: int | None = Field(default=None, description="the API's Prometheus port; no endpoint when unset")
    metrics_address: str = Field(default="127.0.0.1", description="where that port listens; it asks for no login")

    @property
    def hosts(self) -> list[str]:
        """Return the names of `allowed_hosts`."""
        return [name.strip() for name in self.allowed_hosts.split(",") if name.strip()]
