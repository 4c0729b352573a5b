"""Response schemas of the events across invoices and of the check of their hash chains."""

from datetime import datetime

from pydantic import BaseModel, Field


class InvoiceEventView(BaseModel):
    """One event of the audit trail with the invoice that it is of."""

    invoice_id: str
    display_number: str | None
    company_name: str
    seq: int
    at: datetime
    by: str
    action: str
    reason: str | None
    status_before: str
    status_after: str
    changes: dict[str, tuple[str | None, str | None]] = Field(description="field -> [before, after]")
    details: dict[str, str]
    hash: str


class InvoiceEvents(BaseModel):
    """`next_cursor` is null on the last page."""

    data: list[InvoiceEventView]
    next_cursor: str | None


class BrokenChain(BaseModel):
    """An invoice whose audit trail was altered, or does not end in its recorded state."""

    invoice_id: str
    name: str = Field(description="its number, or else the id of its workflow")
    reason: str


class Verification(BaseModel):
    """What has been checked so far, this part included."""

    chains: int = Field(description="invoices whose chains were checked")
    events: int
    broken: int
    first_breaks: list[BrokenChain] = Field(description="the first 10 broken chains")
    invoices: int = Field(description="how many there are now")
    next_cursor: str | None = Field(description="continues the check; null when every chain has been checked")
    command: str = Field(description="does the same without the API")
