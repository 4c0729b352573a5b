"""Response schemas of the registry and of the open items."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from activities.archive.addresses import ArchiveAddresses
from api.http.envelopes import ListPage, Page
from api.http.number_formats import Money
from models.accounting.ageing import Age
from models.contracts.contract import DealType
from models.invoice.content.basis import ClientType
from models.invoice.status import Kind, Status
from models.values.money import Currency


class InvoiceSummary(BaseModel):
    """One invoice in the registry. A partner invoice has no contract, so the contract's fields are null."""

    id: str
    workflow_id: str
    kind: Kind
    status: Status
    milestone: str | None
    display_number: str | None
    application_key: str | None
    application_name: str | None
    customer_key: str
    company_name: str
    period_start: date
    period_end: date
    invoice_date: date
    due_date: date | None
    deal_type: DealType | None
    client_type: ClientType | None
    currency: Currency
    total_amount: Money
    paid_amount: Money
    written_off_amount: Money
    balance: Money
    credit_amount: Money = Field(description="the client's money beyond the total, to be paid back or set off")
    overdue: bool
    held: bool
    blocked: bool
    blocked_reason: str | None
    bounced: bool = Field(description="a letter did not reach the client, who has not answered either")
    wait_deadline: datetime | None = Field(
        description="when somebody is to be reminded of what the invoice waits for; it stays when it has passed"
    )
    revision: int
    created_at: datetime
    updated_at: datetime
    archived_url: str | None = Field(
        description="opens the archived PDF without a login; null if nothing is archived or there is no public URL"
    )
    archived_url_expires_at: datetime | None = Field(description="null if the link does not expire")

    @classmethod
    def of(cls, row: RowMapping, archive: ArchiveAddresses, **more: object) -> Self:
        """Return a row with the link of now to its archived PDF."""
        link = archive.link(row["archive_key"]) if row["archive_key"] else None
        return cls.model_validate(
            {
                **row,
                "archived_url": link.url if link else None,
                "archived_url_expires_at": link.expires_at if link else None,
                **more,
            }
        )


LINK_FIELDS = frozenset({"archived_url", "archived_url_expires_at"})  # they are no columns


class OpenItem(InvoiceSummary):
    """An invoice that was sent and is not paid."""

    days_late: int = Field(description="0 until the day after the due date")


class AgeBucket(BaseModel):
    days_late: Age
    invoices: int
    balance: Money


class OpenTotal(BaseModel):
    """The open balance in one currency, by days late. `ageing` contains all buckets, empty ones as well."""

    currency: Currency
    invoices: int
    balance: Money
    ageing: list[AgeBucket]


class OpenCustomer(BaseModel):
    """What one customer owes in one currency, by days late. `ageing` contains all buckets, empty ones as well."""

    currency: Currency
    customer_key: str
    customer_name: str = Field(description="as the newest invoice has it")
    invoices: int
    balance: Money
    days_late: int = Field(description="of the item that is due longest")
    ageing: list[AgeBucket]


class CreditTotal(BaseModel):
    """The credits of clients in one currency: money that covers no invoice. `has_credit=true` lists their invoices."""

    currency: Currency
    invoices: int
    credit_amount: Money


class OpenCustomers(Page[OpenCustomer]):
    as_of: date = Field(description="today in the issuer's time zone")


class OpenItems(ListPage[OpenItem]):
    as_of: date = Field(description="today in the issuer's time zone")
    totals: list[OpenTotal] = Field(description="sums of all pages, one for each currency")
    credits: list[CreditTotal] = Field(description="not part of the balances in `totals`")
