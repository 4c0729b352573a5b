"""The inputs of an edit for lines, toggles and the customer."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from models.issuer.service_code import ServiceCodeInput
from models.values.base_models import Strict
from models.values.money import Amount, Factor, Quantity
from models.values.typed_values import Flag


class LineInput(Strict):
    """A line added by hand. Its amount is quantity x price x multiplier, rounded."""

    description: str = Field(min_length=1, max_length=2000)
    quantity: Quantity = Decimal(1)
    unit_price: Amount
    rate_multiplier: Factor = Decimal("1.0")
    line_type: Literal["support", "fixed", "overtime", "task", "other", "job", "materials", "kpi", "cloud"] = "other"
    jira_key: str | None = Field(default=None, max_length=50)
    billed: Flag = True
    service_code: ServiceCodeInput | None = Field(default=None, description="in Didox; null: that of the contract")


class AddLine(Strict):
    op: Literal["add"]
    line: LineInput
    before: str | None = Field(
        default=None, description="id of the line to insert it before; null to add it at the end"
    )


class ChangeLine(Strict):
    op: Literal["change"]
    id: str
    description: str | None = Field(default=None, min_length=1, max_length=2000)
    quantity: Quantity | None = None
    unit_price: Amount | None = None
    rate_multiplier: Factor | None = None
    billed: Flag | None = None
    service_code: ServiceCodeInput | None = Field(
        default=None, description="in Didox; one without any value gives the line the code of the contract again"
    )


class RemoveLine(Strict):
    op: Literal["remove"]
    id: str


class OrderLines(Strict):
    op: Literal["reorder"]
    ids: tuple[str, ...] = Field(description="the ids of all lines in their new order")


LineChange = Annotated[AddLine | ChangeLine | RemoveLine | OrderLines, Field(discriminator="op")]


class ToggleChanges(Strict):
    show_task_list: Flag | None = None
    show_tracked_time: Flag | None = None
    show_task_pricing: Flag | None = None
    show_overtime: Flag | None = None


class CustomerChanges(Strict):
    """The customer as the document names it. An empty text removes the field. ClickHouse is not changed."""

    name: str | None = Field(default=None, min_length=1, max_length=500)
    company_type: str | None = Field(default=None, max_length=100)
    address: str | None = Field(default=None, max_length=1000)
    tin: str | None = Field(default=None, max_length=30, description="of a local client: 9 or 14 digits")
    account_number: str | None = Field(default=None, max_length=50)
    bank_name: str | None = Field(default=None, max_length=300)
    mfo: str | None = Field(default=None, max_length=20)
    swift_bic: str | None = Field(default=None, max_length=20)
    signer: str | None = Field(default=None, max_length=300)
    country: str | None = Field(default=None, max_length=100)
