"""The configuration of all processes, read from the environment here and nowhere else.

Every setting is an environment variable with the prefix `AKTUM_`; groups are nested with two underscores
(`AKTUM_S3__BUCKET`). `DATABASE_URL` is also accepted without the prefix, because most hosting services set it so.
An empty variable counts as unset.

An integration whose URL is unset is switched off: its effects are skipped, and their receipts say so. Two kinds of
effects fail instead: a delivery (Didox or e-mail), and an effect that the vendor may already have executed. The
settings that identify the company at a vendor have no default. They must be set when the URL is set, or no process
starts.
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
LEAST_SECRET_CHARACTERS = 32
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
    """Return the keys of the setting by their ids.

    No error repeats the input, because a key may stand in the place of an id.
    """
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
    """Cloudflare R2, or any S3 server that supports `If-None-Match: *`."""

    url: str | None = None
    region: str = "auto"
    bucket: str = "proxima-invoices"
    access_key: str = ""
    secret_key: SecretStr = SecretStr("")
    public_url: str | None = Field(
        default=None,
        description="with `links=secret` the base of the public domain, e.g. https://invoices.prxm.uz; with "
        "`links=signed` the address of the S3 server for readers; there are no links when unset",
    )
    links: Literal["secret", "signed"] = Field(
        default="secret",
        description="what makes links impossible to guess: a secret part of each key, or a signature that expires",
    )
    link_secret: SecretStr | None = Field(
        default=None,
        description="of at least 32 characters; the secret parts of new keys are computed from it with `links=secret`",
    )
    link_days: int = Field(default=7, ge=1, le=7, description="how long a signed link is valid; S3 allows 7 days")

    @field_validator("link_secret")
    @classmethod
    def _link_secret_is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and len(secret.get_secret_value()) < LEAST_SECRET_CHARACTERS:
            raise ValueError(f"must have at least {LEAST_SECRET_CHARACTERS} characters (`openssl rand -hex 32`)")
        return secret


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
        default=30, ge=1, le=60, description="API_TIMEOUT of the server; the client waits 10 seconds longer"
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
    docs: bool = Field(default=True, description="false: no /docs and no /openapi.json")
    metrics_port: int | None = Field(default=None, description="the API's Prometheus port; no endpoint when unset")
    metrics_address: str = Field(default="127.0.0.1", description="where that port listens; it asks for no login")

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
    metrics_address: str = Field(
        default="127.0.0.1", description="where that port listens; it asks for no login, so keep it inside a network"
    )
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
        required = ("access_key", "secret_key") if self.s3.links == "signed" else ("link_secret",)
        missing = [variable_name("s3", each) for each in required if not getattr(self.s3, each)]
        if self.s3.public_url and missing:
            problems.append(
                f"{variable_name('s3', 'public_url')} is set with links={self.s3.links}, so these must also be set: "
                f"{', '.join(missing)}."
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
