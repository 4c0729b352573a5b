"""The one reader of the environment.

Every setting is an environment variable with the prefix `AKTUM_`; groups are nested with two underscores
(`AKTUM_S3__BUCKET`). `DATABASE_URL` is also accepted without the prefix, as most hosts set it so.
An integration whose URL is unset is switched off: its effects are left out and say so. Only delivery (by Didox or by
e-mail) fails then, as does an effect of which something may already be over there.
"""

from functools import lru_cache
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    """R2, or any server that speaks S3 and honours `If-None-Match: *`."""

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
    sender: str = "invoices@proximaops.example"
    reply_to: str | None = None
    probe_url: str | None = Field(
        default=None, description="where the mailbox lists what arrived; only the embedded one can be asked"
    )
    timeout_seconds: float = 30


class GotenbergSettings(Group):
    url: str = "http://127.0.0.1:3000"
    api_timeout_seconds: int = Field(default=30, description="the server's own API_TIMEOUT; the client waits 10 s more")


class PlanFactSettings(Group):
    url: str | None = None
    api_key: SecretStr = SecretStr("")
    company_id: int = 146673
    hourly_product_id: str = "b78ac753-0bbb-41aa-9408-b23700c9f2b4"
    support_product_id: str = "d9c144af-dd05-4f68-b136-b37100f12f8a"
    income_category: str = Field(default="Продажа услуг", description="the category that shipments are booked under")
    timeout_seconds: float = 10
    settle_seconds: float = Field(
        default=60, ge=0, description="how long a request without an answer may still be carried out there"
    )


class DidoxSettings(Group):
    url: str | None = None
    partner_token: SecretStr = SecretStr("")
    seller_tin: str = "309630523"
    password: SecretStr = SecretStr("")
    measure_id: int = Field(default=1, description="Didox's number of the measure 'one service'")
    timeout_seconds: float = 15
    settle_seconds: float = Field(
        default=60, ge=0, description="how late an act whose creation was not answered may appear in Didox's list"
    )


class AuthSettings(Group):
    jwt_secret: SecretStr = SecretStr("")
    token_hours: int = 24


class ApiSettings(Group):
    host: str = "127.0.0.1"
    port: int = 8081
    update_timeout_seconds: float = Field(default=30, description="after this a command answers 504: outcome unknown")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AKTUM_", env_nested_delimiter="__", extra="ignore", frozen=True)

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
    metrics_port: int | None = Field(default=None, description="the worker's Prometheus port; unset: no endpoint")
    cached_workflows: int = Field(
        default=1000, ge=1, description="invoices that a worker holds in memory, at 0.2 MiB each; others it replays"
    )
    log_level: str = "INFO"


@lru_cache(maxsize=1)
def load() -> Settings:
    return Settings()
