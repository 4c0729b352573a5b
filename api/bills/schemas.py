"""What the routes of vendor bills answer. Costs are texts with all decimals of the file."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, PlainSerializer, WithJsonSchema

from models.bills.bill import Bill, BillStatus, PushState
from models.bills.problem import Problem
from models.values.currencies import Currency
from models.values.progress import Progress

_EXACT_PATTERN = r"^-?[0-9]+(\.[0-9]+)?$"
# A cost as text, in digits with a point and with all decimals.
Cost = Annotated[
    Decimal,
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _EXACT_PATTERN, "examples": ["79.02"]}),
]


class FinanceView(BaseModel):
    """How far the push to finance is."""

    state: PushState
    note: str | None = Field(description="why it is held, skipped or failed")
    finance_invoice_id: str | None
    pushed_at: datetime | None


class BillSummary(BaseModel):
    """A bill in a list."""

    id: str
    provider: str
    account: str
    provider_invoice_id: str
    issuer: str
    number: str | None
    currency: Currency
    period_start: date
    period_end: date = Field(description="exclusive")
    issued_at: datetime | None
    status: BillStatus
    version: int
    line_count: int
    net: Cost
    tax: Cost
    gross: Cost
    adds_up: bool
    is_done: bool = Field(description="all steps of the newest version are done")
    finance: FinanceView

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls.model_validate(_fields(row))


class TotalsView(BaseModel):
    """The exact sums, and the amounts in minor units of the currency; gross = net + tax in both."""

    net: Cost
    tax: Cost
    gross: Cost
    net_minor: int
    tax_minor: int
    gross_minor: int
    rounding_minor: int = Field(description="what the rounded lines lack of the rounded total")
    stated_total: Cost | None = Field(description="the total that the file states itself")


class SourceView(BaseModel):
    """The file of a version."""

    sha256: str
    name: str
    format: str
    size: int
    rows: int


class VersionView(BaseModel):
    """A version of a bill. `diff` is what it changed of the version before; null for the first one."""

    version: int
    created_at: datetime
    file: SourceView
    gross: Cost
    diff: dict[str, Any] | None


class BillDetail(BillSummary):
    """A bill with its totals, its problems, its file and its newest versions."""

    workflow_id: str
    totals: TotalsView
    problems: list[Problem]
    file: SourceView
    versions: list[VersionView] = Field(description="the newest 20, the newest first")
    waits_for: str | None = Field(description="the failure that its workflow waits to repeat, such as an outage")

    @classmethod
    def of_bill(cls, row: Mapping[str, Any], versions: list[VersionView], waits_for: str | None) -> Self:
        bill = Bill.model_validate(row["state"])
        totals = TotalsView(**bill.totals.model_dump(), stated_total=bill.stated_total)
        more = {
            "workflow_id": bill.key.workflow_id,
            "totals": totals,
            "problems": list(bill.problems),
            "file": SourceView(**bill.file.model_dump()),
            "versions": versions,
            "waits_for": waits_for,
        }
        return cls.model_validate({**_fields(row), **more})


class BillPage(BaseModel):
    """`next_cursor` is null on the last page."""

    data: list[BillSummary]
    next_cursor: str | None


class LineView(BaseModel):
    """A line in the terms of FOCUS. `position` counts the records of the file from 1."""

    position: int
    line_key: str
    charge_category: str
    charge_class: str | None
    description: str
    billed_cost: Cost
    effective_cost: Cost | None
    list_cost: Cost | None
    contracted_cost: Cost | None
    quantity: Cost | None
    unit: str | None
    charge_period_start: datetime | None
    charge_period_end: datetime | None = Field(description="exclusive")
    provider_name: str | None
    publisher_name: str | None
    service_category: str | None
    service_name: str | None
    resource_id: str | None
    resource_name: str | None
    resource_type: str | None
    region: str | None
    sku_id: str | None
    sub_account_id: str | None
    sub_account_name: str | None
    project_name: str | None
    tags: dict[str, Any] | None


class LinePage(BaseModel):
    """`next_cursor` is null on the last page."""

    data: list[LineView]
    next_cursor: str | None


class GroupBy(StrEnum):
    """What the totals of a bill are grouped by."""

    SERVICE = "service"
    PROJECT = "project"
    CATEGORY = "category"
    RESOURCE = "resource"
    REGION = "region"
    ACCOUNT = "account"


class GroupTotal(BaseModel):
    """The sums of the lines with one name; `name` is null for lines without one."""

    name: str | None
    net: Cost
    tax: Cost
    gross: Cost
    line_count: int


class GroupTotals(BaseModel):
    """The greatest groups, and the sums of all others together."""

    by: GroupBy
    currency: Currency
    groups: list[GroupTotal]
    others: GroupTotal | None = Field(description="null if all groups are listed")


class FileState(StrEnum):
    """How far a file is."""

    READING = "reading"
    WRITING = "writing"
    DONE = "done"
    REFUSED = "refused"  # it holds no bill
    FAILED = "failed"


class HeadView(BaseModel):
    """A bill of a file. `outcome` is created, corrected, unchanged or refused; null while it is not written."""

    provider: str
    account: str
    provider_invoice_id: str
    bill_id: str | None
    version: int | None
    outcome: str | None
    note: str | None = Field(description="why nothing was written")
    workflow_id: str


class FileSummary(BaseModel):
    """A file in a list."""

    sha256: str
    name: str
    format: str
    account: str
    size: int
    rows: int
    refusal: str | None = Field(description="why the file holds no bill")
    problem_count: int
    uploaded_by: str
    uploaded_at: datetime
    outcomes: dict[str, int] = Field(description="how many of its bills have which outcome; `waiting`: none yet")


class FilePage(BaseModel):
    """`next_cursor` is null on the last page."""

    data: list[FileSummary]
    next_cursor: str | None


class FileDetail(BaseModel):
    """How far a file is, what does not fit in it, and what became of its bills."""

    sha256: str
    state: FileState
    workflow_id: str
    progress: Progress | None = Field(description="of the step that runs now")
    waits_for: str | None = Field(description="the failure that its workflow waits to repeat, or why it failed")
    file: FileSummary | None = Field(description="null until it is read")
    problems: list[Problem] = Field(description="the first 100")
    bills: list[HeadView] = Field(description="the first 100, those that were refused first")


class Received(BaseModel):
    """An uploaded file. `already_read`: it was read before, and nothing was started."""

    sha256: str
    already_read: bool
    workflow_id: str
    status_url: str


class PushAsked(BaseModel):
    """The workflow that pushes the bill."""

    bill_id: str
    workflow_id: str
    status_url: str


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    finance = FinanceView(
        state=row["push_state"],
        note=row["push_note"],
        finance_invoice_id=row["finance_invoice_id"],
        pushed_at=row["pushed_to_finance_at"],
    )
    return {**row, "is_done": row["done_at"] is not None, "finance": finance}
