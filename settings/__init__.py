"""The configuration of all processes, read from the environment here and nowhere else.

Every setting is an environment variable with the prefix `AKTUM_`; groups are nested with two underscores
(`AKTUM_S3__BUCKET`). `DATABASE_URL` is also accepted without the prefix, because most hosting services set it so, and
`SKYAI_FINANCE_URL` in place of `AKTUM_FINANCE__URL`, because other programs of the company read it.
An empty variable counts as unset.

An integration whose URL is unset is switched off: its effects are skipped, and their receipts say so. Two kinds of
effects fail instead: a delivery (Didox or e-mail), and an effect that the vendor may already have executed. The
settings that identify the company at a vendor have no default. They must be set when the URL is set, or no process
starts.
"""

import os
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from settings.access import ApiSettings, AuthSettings
from settings.anomalies import AnomalySettings
from settings.bills import BillSettings, DigitalOceanSettings
from settings.events import EventsSettings, WebhookSettings
from settings.finance import FinanceSettings
from settings.quotes import QuoteSettings
from settings.servers import (
    AttachmentSettings,
    BillReaderSettings,
    ClickHouseSettings,
    GotenbergSettings,
    S3Settings,
    TemporalSettings,
)
from settings.vendors import DidoxSettings, ImapSettings, PlanFactSettings, SmtpSettings, TelegramSettings

__all__ = [
    "AnomalySettings",
    "ApiSettings",
    "AttachmentSettings",
    "AuthSettings",
    "BillReaderSettings",
    "BillSettings",
    "ClickHouseSettings",
    "DidoxSettings",
    "DigitalOceanSettings",
    "EventsSettings",
    "FinanceSettings",
    "GotenbergSettings",
    "ImapSettings",
    "PlanFactSettings",
    "QuoteSettings",
    "S3Settings",
    "Settings",
    "SmtpSettings",
    "TelegramSettings",
    "TemporalSettings",
    "WebhookSettings",
    "load",
    "variable_name",
]

PREFIX = "AKTUM_"
FINANCE_URL = "SKYAI_FINANCE_URL"
# Group, setting that switches something on, and the settings of the group that it then requires.
REQUIRED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("planfact", "url", ("api_key", "company_id", "hourly_product_id", "support_product_id")),
    ("planfact", "book_payments", ("url", "account_id")),
    ("didox", "url", ("partner_token", "seller_tin", "password")),
    ("smtp", "host", ("sender",)),
    ("imap", "host", ("username", "password")),
    ("telegram", "token", ("chat",)),
    ("finance", "url", ("jwt_secret",)),
)


def variable_name(*path: str) -> str:
    """Return the environment variable of a setting: `variable_name("s3", "bucket")` is `AKTUM_S3__BUCKET`."""
    return PREFIX + "__".join(path).upper()


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
    attachments: AttachmentSettings = AttachmentSettings()
    smtp: SmtpSettings = SmtpSettings()
    imap: ImapSettings = ImapSettings()
    renderer: Literal["embedded", "gotenberg"] = "embedded"
    gotenberg: GotenbergSettings = GotenbergSettings()
    planfact: PlanFactSettings = PlanFactSettings()
    didox: DidoxSettings = DidoxSettings()
    telegram: TelegramSettings = TelegramSettings()
    bills: BillSettings = BillSettings()
    bill_reader: BillReaderSettings = BillReaderSettings()
    digitalocean: DigitalOceanSettings = DigitalOceanSettings()
    events: EventsSettings = EventsSettings()
    webhooks: WebhookSettings = WebhookSettings()
    finance: FinanceSettings = FinanceSettings()
    anomalies: AnomalySettings = AnomalySettings()
    quotes: QuoteSettings = QuoteSettings()
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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the usual sources, and as the last one the address of finance under its other name."""
        url = os.environ.get(FINANCE_URL)
        other_name = InitSettingsSource(settings_cls, {"finance": {"url": url}} if url else {})
        return init_settings, env_settings, dotenv_settings, file_secret_settings, other_name

    @model_validator(mode="after")
    def _integrations_are_complete(self) -> Self:
        problems = []
        for name, switch, required in REQUIRED:
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
