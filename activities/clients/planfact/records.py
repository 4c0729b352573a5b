"""What PlanFact answers with, and what is sent to it (docs/specification/effects.md 4)."""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

# "[APP-001] Acme support": the key is the whole text in the brackets at the start.
DEAL_KEY = re.compile(r"\[([^\]]+)\]")


class Row(BaseModel):
    """A frozen part of an answer; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Listed(Row):
    """A row of a list. Its id tells whether a page of the list was repeated."""

    id: int


class Deal(Listed):
    """The selling deal of a contract; its title starts with the application key in square brackets."""

    id: int = Field(validation_alias="dealId")
    title: str
    external_id: str | None = Field(default=None, validation_alias="externalId")
    # In deals the field is named contractorId, on all other paths contrAgentId.
    contragent_id: int = Field(validation_alias="contractorId")
    closed: bool = False

    def is_of(self, application_key: str) -> bool:
        """Return whether this is the deal of exactly this contract."""
        found = DEAL_KEY.match(self.title)
        return self.external_id == application_key or (found is not None and found[1] == application_key)


class Project(Listed):
    id: int = Field(validation_alias="projectId")
    title: str
    external_id: str | None = Field(default=None, validation_alias="externalId")
    closed: bool = False
    active: bool = True


class Contragent(Listed):
    """A counterparty; one that is not active is in the archive."""

    id: int = Field(validation_alias="contrAgentId")
    title: str
    active: bool = True


class Company(Listed):
    """One of our legal entities; one that is not active is in the archive."""

    id: int = Field(validation_alias="companyId")
    title: str
    active: bool = True


class Account(Listed):
    """A bank account or till; one that is not active is in the archive."""

    id: int = Field(validation_alias="accountId")
    title: str
    currency: str = Field(validation_alias="currencyCode")
    active: bool = True


class Category(Listed):
    id: int = Field(validation_alias="operationCategoryId")
    title: str
    type: str = Field(validation_alias="operationCategoryType")


class OperationKind(StrEnum):
    SHIPMENT = "Shipment"
    INCOME = "Income"


class ShipmentLine(Row):
    product_id: str
    count: Decimal
    value: Decimal


class ShipmentDraft(Row):
    """A shipment to be created. `comment` contains the marker by which the shipment is found."""

    day: date
    deal_id: int
    contragent_id: int
    project_id: int | None
    category_id: int
    currency: str
    comment: str
    external_id: str
    lines: tuple[ShipmentLine, ...] = Field(min_length=1)


class IncomeDraft(Row):
    """An income to be created, in the currency of its account. `comment` contains the marker by which it is found."""

    day: date
    account_id: int
    deal_id: int
    contragent_id: int
    project_id: int | None
    category_id: int
    value: Decimal
    comment: str
    external_id: str


class OperationPart(Row):
    # The id 0 means that there is no deal.
    deal_id: int | None = Field(default=None, validation_alias="sellingDealId")
    value: Decimal


class Operation(Listed):
    """An operation of any kind."""

    id: int = Field(validation_alias="operationId")
    type: str = Field(validation_alias="operationType")
    value: Decimal
    day: date | None = Field(default=None, validation_alias="calculationDate")
    comment: str | None = None
    external_id: str | None = Field(default=None, validation_alias="externalId")
    parts: tuple[OperationPart, ...] = Field(default=(), validation_alias="operationParts")

    @field_validator("day", mode="before")
    @classmethod
    def _without_time(cls, value: object) -> object:
        """Return the date of a value such as `2026-02-28T00:00:00`; `0001-01-01...` stands for no date."""
        if isinstance(value, str):
            return None if value.startswith("0001-01-01") else value[:10]
        return value

    @property
    def deal_id(self) -> int | None:
        return next((part.deal_id for part in self.parts if part.deal_id), None)


class Page(Row):
    items: tuple[dict[str, Any], ...]
    total: int = 0


class Envelope(Row):
    ok: bool = Field(validation_alias="isSuccess")
    data: Any = None
    message: str | None = Field(default=None, validation_alias="errorMessage")
    title: str | None = Field(default=None, validation_alias="errorCodeTitle")

    @property
    def refusal(self) -> str:
        return self.message or self.title or "no reason given"
