"""The settings of external systems: the mail server, the mailbox of bounces, PlanFact and Didox."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from settings.group import Group
from settings.servers import LEAST_SECRET_CHARACTERS


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
