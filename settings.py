"""The configuration of all processes, read from the environment here and nowhere else.

Every setting is an environment variable with the prefix `AKTUM_`; groups are nested with two underscores
(`AKTUM_S3__BUCKET`). `DATABASE_URL` is also accepted without the prefix, because most hosting services set it so.
An empty variable counts as unset.

An integration whose URL is unset is switched off: its effects are skipped, and their receipts say so. Two kinds of
effects fail instead: a delivery (Didox or e-mail), and an effect that the vendor may already have executed. The
settings that identify the company at a vendor have no default. They must be set when the URL is set, or no process
starts.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "AKTUM_"
# For each integration the setting that switches it on, and the settings that it then requires.
REQUIRED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "planfact": ("url", ("api_key", "company_id", "hourly_product_id", "support_product_id")),
    "didox": ("url", ("partner_token", "seller_tin", "password")),
    "smtp": ("host", ("sender",)),
}


def variable_name(*path: str) -> str:
    """Return the environment variable of a setting: `variable_name("s3", "bucket")` is `AKTUM_S3__BUCKET`."""
    return PREFIX + "__".join(path).upper()


class Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TemporalSettings(Group):
    address: str = "127.0.0.1:7233"
    namespace: str = "default"
    api_key: SecretStr | None = None
    tls: bool = False


class ClickHouseSettings(Group):
    """`url` is a clickhouse-connect DSN: `http[s]://user:password@host:port/database`."""

    url: SecretStr = SecretStr("http://default:@127.0.0.1:8123/default")
    timeout_seconds: int = 15


class S3Settings(Group):
    """Cloudflare R2, or any S3 server that supports `If-None-Match: *`."""

    url: str | None = None
    region: str = "auto"
    bucket: str = "proxima-invoices"
    access_key: str = ""
    secret_key: SecretStr = SecretStr("")
    public_url: str | None = Field(default=None, description="base of the public domain, e.g. https://invoices.prxm.uz")


class SmtpSettings(Group):
    host: str | None = None
    port: int = 587
    username: str | None = None
    password: SecretStr | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = ""
    reply_to: str | None = None
    probe_url: str | None = Field(
        default=None,
        description="address at which the mailbox lists received mail; only the embedded mail server has one",
    )
    timeout_seconds: float = 30


class GotenbergSettings(Group):
    url: str = "http://127.0.0.1:3000"
    api_timeout_seconds: int = Field(
        default=30, description="API_TIMEOUT of the server; the client waits 10 seconds longer"
    )


class PlanFactSettings(Group):
    url: str | None = None
    api_key: SecretStr = SecretStr("")
    company_id: int = 0
    hourly_product_id: str = ""
    support_product_id: str = ""
    income_category: str = Field(default="Продажа услуг", description="the income category of the shipments")
    timeout_seconds: float = 10
    settle_seconds: float = Field(
        default=60, ge=0, description="how long after a request without an answer PlanFact may still execute it"
    )


class DidoxSettings(Group):
    url: str | None = None
    partner_token: SecretStr = SecretStr("")
    seller_tin: str = ""
    password: SecretStr = SecretStr("")
    measure_id: int = Field(default=1, description="Didox's id of the unit of measure 'one service'")
    timeout_seconds: float = 15
    settle_seconds: float = Field(
        default=60, ge=0, description="how long after a request without an answer the act may still appear in Didox"
    )


class AuthSettings(Group):
    jwt_secret: SecretStr = SecretStr("")
    token_hours: int = 24


class ApiSettings(Group):
    update_timeout_seconds: float = Field(
        default=30, description="a command that takes longer is answered with 504, outcome unknown"
    )
    allowed_hosts: str = Field(
        default="",
        description="names in the Host header that are served, separated by commas, e.g. aktum.example.com or "
        "*.example.com; any name when unset",
    )
    docs: bool = Field(default=True, description="false: no /docs and no /openapi.json")

    @property
    def hosts(self) -> list[str]:
        """Return the names of `allowed_hosts`."""
        return [name.strip() for name in self.allowed_hosts.split(",") if name.strip()]


LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(str.upper)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # the input contains the secrets
    )

    database_url: SecretStr = Field(
        default=SecretStr("postgresql://aktum@127.0.0.1:5433/aktum"),
        validation_alias=AliasChoices("AKTUM_DATABASE_URL", "DATABASE_URL"),
    )
    temporal: TemporalSettings = TemporalSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    s3: S3Settings = S3Settings()
    smtp: SmtpSettings = SmtpSettings()
    renderer: Literal["embedded", "gotenberg"] = "embedded"
    gotenberg: GotenbergSettings = GotenbergSettings()
    planfact: PlanFactSettings = PlanFactSettings()
    didox: DidoxSettings = DidoxSettings()
    auth: AuthSettings = AuthSettings()
    api: ApiSettings = ApiSettings()
    metrics_port: int | None = Field(default=None, description="the worker's Prometheus port; no endpoint when unset")
    cached_workflows: int = Field(
        default=1000,
        ge=1,
        description="workflows that a worker keeps in memory, 0.2 MiB each; the others are replayed when used",
    )
    log_level: LogLevel = "INFO"

    @model_validator(mode="after")
    def _integrations_are_complete(self) -> Self:
        problems = []
        for name, (switch, required) in REQUIRED.items():
            group = getattr(self, name)
            missing = [variable_name(name, each) for each in required if not getattr(group, each)]
            if getattr(group, switch) and missing:
                problems.append(
                    f"{variable_name(name, switch)} is set, so these must also be set: {', '.join(missing)}."
                )
        if problems:
            raise ValueError(" ".join(problems))
        return self


@lru_cache(maxsize=1)
def load() -> Settings:
    """Return the settings. End the process with a message that names each invalid variable."""
    try:
        return Settings()
    except ValidationError as error:
        problems = [_problem(each["loc"], each["msg"]) for each in error.errors(include_input=False)]
        raise SystemExit("Invalid configuration:\n" + "\n".join(problems)) from None


def _problem(path: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{variable_name(*map(str, path))}: {message}" if path else message
