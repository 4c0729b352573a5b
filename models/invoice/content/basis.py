"""What an invoice and each of its lines are made from: a contract's work in a period, or a partner's completed orders.

Each basis has the same few properties, so that code which needs no more than those does not ask which one it is.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from models.contracts.contract import DealType
from models.contracts.rate_rule import RateRule, Tier
from models.invoice.status import Kind
from models.values.base_models import Frozen
from models.values.period import Period


class ClientType(StrEnum):
    LOCAL = "local"
    INTERNATIONAL = "international"


class ServiceBasis(Frozen):
    """A contract and a period, and what was computed from their worklogs."""

    kind: Literal[Kind.SERVICE] = Kind.SERVICE
    application_key: str = Field(description="the contract's key")
    application_name: str = Field(description="the contract's name, as the document prints it")
    customer_key: str
    deal_type: DealType
    client_type: ClientType
    period: Period
    agreement_number: str | None = None
    agreement_date: date | None = None
    rate_rule: RateRule
    suggested_base_amount: Decimal | None = None
    worklogs: dict[str, int] = Field(default={}, description="what the lines were computed from: id -> seconds logged")
    hours_follow_lines: bool = Field(default=False, description="False in a draft of an older release")

    @property
    def subject_key(self) -> str:
        return self.application_key

    @property
    def language(self) -> str:
        return "ru" if self.client_type is ClientType.LOCAL else "en"


class PartnerBasis(Frozen):
    """Completed field orders of one partner."""

    kind: Literal[Kind.PARTNER] = Kind.PARTNER
    partner_key: str
    order_keys: tuple[str, ...] = Field(min_length=1)
    work_type: str
    period: Period

    @property
    def subject_key(self) -> str:
        return self.partner_key

    @property
    def customer_key(self) -> str:
        return self.partner_key

    @property
    def language(self) -> str:
        return "en"


Basis = Annotated[ServiceBasis | PartnerBasis, Field(discriminator="kind")]


class WorklogSource(Frozen):
    """The work that a line bills or lists. A line that a person added may name an issue and have no worklogs."""

    kind: Literal["worklogs"] = "worklogs"
    jira_key: str | None = None
    rate_tier: Tier = Tier.STANDARD
    time_seconds: int = 0
    billable_seconds: int = 0
    worked_on: tuple[date, ...] = ()
    worklogs: tuple[str, ...] = ()


class OrderSource(Frozen):
    """The order that a line bills."""

    kind: Literal["order"] = "order"
    order_key: str
    service_id: str
    work_type: str


LineSource = Annotated[WorklogSource | OrderSource, Field(discriminator="kind")]
