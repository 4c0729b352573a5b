"""The one reader of the environment.

Every setting is an environment variable with the prefix `AKTUM_`; groups are nested with two underscores
(`AKTUM_S3__BUCKET`). `DATABASE_URL` is also accepted without the prefix, as most hosts set it so.
A variable that is empty counts as unset. An integration whose URL is unset is switched off: its effects are left out
and say so. Only delivery (by Didox or by e-mail) fails then, as does an effect of which something may already be over
there. What identifies the company at a vendor has no default: with a URL it must be set, or nothing starts.
"""

import base64
import binascii
import re
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
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "AKTUM_"
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
_KEY_BYTES = 32
# What an integration needs as soon as the setting that switches it on is there.
NEEDED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "planfact": ("url", ("api_key", "company_id", "hourly_product_id", "support_product_id")),
    "didox": ("url", ("partner_token", "seller_tin", "password")),
    "smtp": ("host", ("sender",)),
}


def variable_name(*path: str) -> str:
    return PREFIX + "__".join(path).upper()


class Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TemporalSettings(Group):
    address: str = "127.0.0.1:7233"
    namespace: str = "default"
    api_key: SecretStr | None = None
    tls: bool = False
    encryption_keys: SecretStr | None = Field(
        default=None,
        description="id:key pairs separated by commas, each key 32 bytes as base64 or hex; the first one encrypts, "
        "every one decrypts; unset: nothing is encrypted",
    )

    @field_validator("encryption_keys")
    @classmethod
    def _encryption_keys_can_be_read(cls, text: SecretStr | None) -> SecretStr | None:
        _key_ring(text)
        return text

    @property
    def key_ring(self) -> Mapping[str, bytes]:
        """The encryption keys by their ids, in the order of the setting."""
        return _key_ring(self.encryption_keys)


def _key_ring(text: SecretStr | None) -> dict[str, bytes]:
    """No message repeats what was given: a key may stand in the place of an id."""
    ring: dict[str, bytes] = {}
    for place, entry in enumerate(text.get_secret_value().split(","), start=1) if text else ():
        key_id, _, written = entry.strip().partition(":")
        key = _key_bytes(written)
        if not _KEY_ID.fullmatch(key_id) or key is None:
            raise ValueError(
                f"entry {place} must be an id, a colon and a key; the id has 1 to 32 letters, digits and . _ -, and "
                "the key has 32 bytes, as base64 (`openssl rand -base64 32`) or as 64 hexadecimal digits"
            )
        if key_id in ring or key in ring.values():
            raise ValueError(f"entry {place} repeats the id or the key of an earlier entry")
        ring[key_id] = key
    return ring


def _key_bytes(written: str) -> bytes | None:
    if re.fullmatch(r"[0-9a-fA-F]{64}", written):
        return bytes.fromhex(written)
    try:
        key = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == _KEY_BYTES else None


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
    sender: str = ""
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
    company_id: int = 0
    hourly_product_id: str = ""
    support_product_id: str = ""
    income_category: str = Field(default="Продажа услуг", description="the category that shipments are booked under")
    timeout_seconds: float = 10
    settle_seconds: float = Field(
        default=60, ge=0, description="how long a request without an answer may still be carried out there"
    )


class DidoxSettings(Group):
    url: str | None = None
    partner_token: SecretStr = SecretStr("")
    seller_tin: str = ""
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
    update_timeout_seconds: float = Field(default=30, description="after this a command answers 504: outcome unknown")
    request_seconds: float = Field(
        default=30, gt=0, description="a connection whose request has not arrived in full by then is closed"
    )
    stall_seconds: float = Field(
        default=60, gt=0, description="a connection that takes nothing of its answer for so long is closed"
    )
    connections: int = Field(default=1000, ge=1, description="at once; more are answered 503")
    web_ui_origin: str | None = Field(
        default=None,
        description="where browsers open the Temporal Web UI, e.g. https://temporal.prxm.uz; its pages may then ask "
        "the API to decode payloads",
    )


LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(str.upper)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # it holds the secrets
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
    metrics_port: int | None = Field(default=None, description="the worker's Prometheus port; unset: no endpoint")
    metrics_address: str = Field(
        default="127.0.0.1", description="where that port listens; it asks for no login, so keep it inside a network"
    )
    cached_workflows: int = Field(
        default=1000, ge=1, description="invoices that a worker holds in memory, at 0.2 MiB each; others it replays"
    )
    log_level: LogLevel = "INFO"

    @model_validator(mode="after")
    def _integrations_are_complete(self) -> Self:
        problems = []
        for name, (switch, needed) in NEEDED.items():
            group = getattr(self, name)
            missing = [variable_name(name, each) for each in needed if not getattr(group, each)]
            if getattr(group, switch) and missing:
                problems.append(f"{variable_name(name, switch)} is set, so these must be too: {', '.join(missing)}.")
        if problems:
            raise ValueError(" ".join(problems))
        return self


@lru_cache(maxsize=1)
def load() -> Settings:
    """Ends the process, naming the variables, when they make no sense."""
    try:
        return Settings()
    except ValidationError as error:
        problems = [_problem(each["loc"], each["msg"]) for each in error.errors(include_input=False)]
        raise SystemExit("The settings make no sense.\n" + "\n".join(problems)) from None


def _problem(place: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ")
    return f"{variable_name(*map(str, place))}: {said}" if place else said
