"""The settings of external systems: the mail server, the mailbox of bounces, PlanFact, Didox and Telegram."""

import re
from typing import Final, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from settings.group import Group
from settings.servers import LEAST_SECRET_CHARACTERS

OFF: Final = "off"
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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


class ImapSettings(Group):
    """The mailbox to which mail servers return letters that they cannot deliver. Without a host it is not read."""

    host: str | None = None
    port: int = 993
    username: str = ""
    password: SecretStr = SecretStr("")
    folder: str = "INBOX"
    security: Literal["tls", "starttls", "none"] = "tls"
    every_minutes: int = Field(default=5, ge=1, le=1440, description="how often `aktum schedule apply` lets it be read")
    timeout_seconds: float = 30


class PlanFactSettings(Group):
    url: str | None = None
    api_key: SecretStr = SecretStr("")
    company_id: int = 0
    hourly_product_id: str = ""
    support_product_id: str = ""
    income_category: str = Field(default="Продажа услуг", description="the income category of the shipments")
    book_payments: bool = Field(default=False, description="book each payment of an invoice as an income")
    account_id: int = Field(default=0, description="PlanFact's id of the account that clients pay to")
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
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="of at least 32 characters; signs the deliveries of the webhook; unset: there is no webhook",
    )

    @field_validator("webhook_secret")
    @classmethod
    def _webhook_secret_is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and len(secret.get_secret_value()) < LEAST_SECRET_CHARACTERS:
            raise ValueError(f"must have at least {LEAST_SECRET_CHARACTERS} characters (`openssl rand -hex 32`)")
        return secret


class TelegramSettings(Group):
    """Notices to chats of the finance team. Without a token there are none.

    A chat is written as `-1001234567890` or `@name`, with a topic of a forum as `-1001234567890/17`.
    """

    url: str = "https://api.telegram.org"
    token: SecretStr = Field(default=SecretStr(""), description="of the bot, as @BotFather shows it")
    chat: str = Field(default="", description="where notices go whose topic has no chat of its own")
    approvals: str = Field(default="", description="the chat of approvals and declines; `off`: none")
    payments: str = Field(default="", description="the chat of payments and overdue invoices; `off`: none")
    problems: str = Field(default="", description="the chat of rejections and failed effects; `off`: none")
    summary: str = Field(default="", description="the chat of the daily summary; `off`: none")
    language: Literal["en", "ru"] = "en"
    invoice_url: str | None = Field(
        default=None,
        description="the page of an invoice for people, with {id} in place of its id, such as "
        "https://aktum.example.com/invoices/{id}; notices have no link when unset",
    )
    summary_days: str = Field(default="mon,tue,wed,thu,fri", description="the days of the summary; none when `off`")
    summary_time: str = Field(default="09:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="in Tashkent")
    timeout_seconds: float = 15

    @field_validator("token")
    @classmethod
    def _token_has_its_form(cls, token: SecretStr) -> SecretStr:
        # It becomes a part of an address.
        if token and not re.fullmatch(r"[A-Za-z0-9:_.-]+", token.get_secret_value()):
            raise ValueError("must be letters, digits and : _ - only, with no blank or line break around them")
        return token

    @field_validator("chat", "approvals", "payments", "problems", "summary")
    @classmethod
    def _chat_has_its_form(cls, chat: str, info: ValidationInfo) -> str:
        if not chat or (chat == OFF and info.field_name != "chat"):
            return chat
        if not re.fullmatch(r"(-?[0-9]+|@[A-Za-z0-9_]+)(/[0-9]+)?", chat):
            raise ValueError("must be a chat such as -1001234567890 or @name, with /17 for a topic in it")
        return chat

    @field_validator("invoice_url")
    @classmethod
    def _invoice_url_has_a_place_for_the_id(cls, url: str | None) -> str | None:
        if url is not None and not (url.startswith(("https://", "http://")) and "{id}" in url):
            raise ValueError("must begin with https:// and contain {id}")
        return url

    @field_validator("summary_days")
    @classmethod
    def _days_exist(cls, days: str) -> str:
        if days != OFF and (not days or set(days.split(",")) - set(WEEKDAYS)):
            raise ValueError(f"must be `off` or some of {','.join(WEEKDAYS)}, separated by commas")
        return days

    @property
    def summary_weekdays(self) -> tuple[int, ...]:
        """The days of the summary as numbers, 0 for Monday; none if there is no summary."""
        if self.summary_days == OFF or not self.chat_of("summary"):
            return ()
        return tuple(number for number, name in enumerate(WEEKDAYS) if name in self.summary_days.split(","))

    def chat_of(self, topic: str) -> str | None:
        """Return the chat of a topic; None if it has none, or if Telegram is switched off."""
        chosen = str(getattr(self, topic)) or self.chat
        return chosen if self.token and chosen != OFF else None
