"""What the API answers from rows: the registry, the audit trail, and a login's token."""

from collections.abc import Container
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.envelopes import ListPage
from api.numbers import Money
from models.audit import Event
from models.basis import ClientType
from models.facts import DealType
from models.money import Currency
from models.permissions import Role
from models.status import Kind, Status

Age = Literal["0", "1-30", "31-60", "61-90", "90+"]


class InvoiceSummary(BaseModel):
    """One row of the registry."""

    id: str
    workflow_id: str
    kind: Kind
    status: Status
    milestone: str | None
    display_number: str | None
    application_key: str
    application_name: str
    customer_key: str
    company_name: str
    period_start: date
    period_end: date
    invoice_date: date
    due_date: date | None
    deal_type: DealType
    client_type: ClientType
    currency: Currency
    total_amount: Money
    paid_amount: Money
    balance: Money
    overdue: bool
    held: bool
    blocked: bool
    blocked_reason: str | None
    revision: int
    created_at: datetime
    updated_at: datetime


class OpenItem(InvoiceSummary):
    """An invoice that awaits money."""

    days_late: int = Field(description="0 until the day after the due date")


class AgeBucket(BaseModel):
    days_late: Age
    invoices: int
    balance: Money


class OpenTotal(BaseModel):
    """What is owed in one currency, by how late it is; every bucket is there."""

    currency: Currency
    invoices: int
    balance: Money
    ageing: list[AgeBucket]


class OpenItems(ListPage[OpenItem]):
    as_of: date = Field(description="today where the issuer is")
    totals: list[OpenTotal] = Field(description="of all pages")


class EventView(BaseModel):
    """One entry of the audit trail; its hash covers all other fields and the hash before it."""

    seq: int
    at: datetime
    by: str
    action: str
    reason: str | None
    status_before: str
    status_after: str
    changes: dict[str, tuple[str | None, str | None]] = Field(description="field -> [before, after]")
    details: dict[str, str]
    previous: str
    hash: str


class EditView(BaseModel):
    """One change of what a draft says, from the audit trail."""

    revision: int
    at: datetime
    by: str
    action: str = Field(description="edit, undo, take_in (late work) or redraft (facts fetched again)")
    note: str | None
    changes: dict[str, tuple[str | None, str | None]] = Field(description="field -> [before, after]")
    undoes: int | None = Field(description="of an undo: the revision that it took back")
    undone: bool = Field(description="taken back by a later undo")

    @classmethod
    def of(cls, event: Event, undone: Container[int]) -> "EditView":
        undoes = event.details.get("undone")
        return cls(
            revision=event.seq,
            note=event.reason,
            undoes=int(undoes) if undoes else None,
            undone=event.seq in undone,
            **event.model_dump(include={"at", "by", "action", "changes"}),
        )


class AuditTrail(BaseModel):
    events: list[EventView]
    chain_intact: bool = Field(description="every hash fits, none is missing, and the newest is the invoice's own")
    first_break: int | None = Field(description="seq of the first event that does not fit the chain")


class TokenView(BaseModel):
    token: str
    expires_at: datetime
    username: str
    role: Role
