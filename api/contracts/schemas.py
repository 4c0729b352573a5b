"""What the API answers about contracts: the list's rows, one contract in full, and its worklogs as they are billed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field

from api.http.envelopes import Page
from api.http.number_formats import Hours, Limit, Money
from models.billing.pricing import client_type
from models.contracts.billable_worklogs import BillableWorklog
from models.contracts.contract import Contact, Contract, Customer, DealType
from models.contracts.ports import ContractDetail, ContractListItem, WorklogPage
from models.contracts.rate_rule import Tier
from models.contracts.terms import NotBilled
from models.invoice.content.basis import ClientType
from models.values.money import hours


class ClientView(BaseModel):
    application_key: str
    customer_key: str
    application_name: str
    company_name: str | None = Field(description="null when the customer is missing in ClickHouse")
    status: str
    deal_type: DealType
    client_type: ClientType | None = Field(description="local or international; null without a customer")
    measure: Literal["limit", "rate", "amount"] = Field(
        description="what the contract is known by: the hours inside a SUP base, an HR rate, an FP amount"
    )
    deal_amount: Money
    monthly_limit: Limit
    hourly_rate: Money
    currency: str
    invoice_amount: Money

    @classmethod
    def of(cls, client: ContractListItem) -> "ClientView":
        application, customer = client.contract, client.customer
        fields = application.model_dump(include=set(cls.model_fields))
        return cls(
            **fields,
            company_name=customer.company_name if customer else None,
            client_type=client_type(application, customer.swift_bic) if customer else None,
            measure=_MEASURE[application.deal_type],
        )


_MEASURE: dict[DealType, Literal["limit", "rate", "amount"]] = {
    DealType.SUP: "limit",
    DealType.HR: "rate",
    DealType.FP: "amount",
}


class UnreadableClientView(BaseModel):
    application_key: str
    reason: str


class ClientList(Page[ClientView]):
    """`total` counts the unreadable ones as well; those of this page are named, so that none is missing in silence."""

    unreadable: list[UnreadableClientView] = Field(description="contracts whose row in ClickHouse cannot be billed")


class ApplicationDetail(BaseModel):
    application_key: str
    customer_key: str
    status: str
    application_name: str
    description: str
    start_date: date
    finish_date: date | None
    deal_type: DealType
    deal_amount: Money
    monthly_limit: Limit
    hourly_rate: Money
    currency: str
    invoice_amount: Money
    agreement_date: date | None
    agreement_number: str | None
    labels: tuple[str, ...]

    @classmethod
    def of(cls, application: Contract) -> "ApplicationDetail":
        return cls(**application.model_dump())


class ClientDetailView(BaseModel):
    application: ApplicationDetail
    customer: Customer | None = Field(description="null when it is missing in ClickHouse; nothing can be drafted then")
    contacts: tuple[Contact, ...]
    client_type: ClientType | None

    @classmethod
    def of(cls, found: ContractDetail) -> "ClientDetailView":
        return cls(
            application=ApplicationDetail.of(found.contract),
            customer=found.customer,
            contacts=found.contacts,
            client_type=client_type(found.contract, found.customer.swift_bic) if found.customer else None,
        )


class WorklogView(BaseModel):
    worklog_id: str
    issue_key: str
    issue_summary: str
    issue_type: str
    priority: str
    linked_issue_key: str | None
    account_id: str
    user_name: str
    project_label: str
    started_on: date
    started_at: datetime | None
    time_spent_seconds: int = Field(description="as logged")
    billable_seconds: int = Field(description="half an hour at the least; 0 when it is not billed")
    rate_tier: Tier = Field(description="of the worklog alone; overtime depends on all that was worked before it")
    billed: bool
    not_billed_reason: NotBilled | None = Field(
        description="excluded, overhead_only: the employee; internal, overhead: the project"
    )

    @classmethod
    def of(cls, worked: BillableWorklog) -> "WorklogView":
        return cls(
            **worked.worklog.model_dump(exclude={"seconds"}),
            time_spent_seconds=worked.worklog.seconds,
            billable_seconds=worked.billable_seconds,
            rate_tier=worked.tier,
            billed=worked.not_billed is None,
            not_billed_reason=worked.not_billed,
        )


class WorklogTotals(BaseModel):
    """Of the whole period, whatever page is shown."""

    time_spent_seconds: int
    billable_seconds: int
    billable_hours: Hours
    not_billed_seconds: int = Field(description="logged by excluded employees or in projects that are not billed")
    billable_seconds_by_tier: dict[Tier, int]


class WorklogList(Page[WorklogView]):
    totals: WorklogTotals
    rate_rule: Literal["contract", "default"] = Field(
        description="contract: its own rule of that time; default: the rate and limit in ClickHouse"
    )


def worklog_totals(page: WorklogPage) -> WorklogTotals:
    totals = page.totals
    billable: Decimal = hours(totals.billable_seconds)
    return WorklogTotals(
        time_spent_seconds=totals.seconds,
        billable_seconds=totals.billable_seconds,
        billable_hours=billable,
        not_billed_seconds=totals.not_billed_seconds,
        billable_seconds_by_tier=totals.by_tier,
    )
