"""Response schemas of contracts: a row of the list, one contract in full, and its worklogs as they are billed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field

from api.contracts.invoicing import ContractInvoicing
from api.http.envelopes import Page, is_none
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
    company_name: str | None = Field(description="null when ClickHouse has no customer")
    status: str
    deal_type: DealType
    client_type: ClientType | None = Field(description="local or international; null without a customer")
    measure: Literal["limit", "rate", "amount"] = Field(
        description="the main figure of the contract: the hours of a SUP base, an HR rate, or an FP amount"
    )
    deal_amount: Money
    monthly_limit: Limit
    hourly_rate: Money
    currency: str
    invoice_amount: Money
    invoicing: ContractInvoicing | None = Field(
        default=None, exclude_if=is_none, description="only if the request names a period or a state"
    )

    @classmethod
    def of(cls, item: ContractListItem, invoicing: ContractInvoicing | None = None) -> "ClientView":
        contract, customer = item.contract, item.customer
        return cls(
            **contract.model_dump(include=set(cls.model_fields)),
            invoicing=invoicing,
            company_name=customer.company_name if customer else None,
            client_type=client_type(contract, customer.swift_bic) if customer else None,
            measure=_MEASURE[contract.deal_type],
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
    """A page of contracts. `total` includes the unreadable ones; `unreadable` names those of this page."""

    unreadable: list[UnreadableClientView] = Field(description="contracts whose data in ClickHouse cannot be billed")


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
    def of(cls, contract: Contract) -> "ApplicationDetail":
        return cls(**contract.model_dump())


class ClientDetailView(BaseModel):
    application: ApplicationDetail
    customer: Customer | None = Field(description="null when ClickHouse has none; no draft can be created then")
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
    billable_seconds: int = Field(description="at least half an hour; 0 when it is not billed")
    rate_tier: Tier = Field(description="the tier of the worklog alone; overtime depends on the hours before it")
    billed: bool
    not_billed_reason: NotBilled | None = Field(
        description="excluded, overhead_only: by the employee; internal, overhead: by the project; no_time: 0 seconds"
    )

    @classmethod
    def of(cls, billable: BillableWorklog) -> "WorklogView":
        return cls(
            **billable.worklog.model_dump(exclude={"seconds"}),
            time_spent_seconds=billable.worklog.seconds,
            billable_seconds=billable.billable_seconds,
            rate_tier=billable.tier,
            billed=billable.not_billed is None,
            not_billed_reason=billable.not_billed,
        )


class WorklogTotals(BaseModel):
    """Sums of the whole period, not of the page."""

    time_spent_seconds: int
    billable_seconds: int
    billable_hours: Hours
    not_billed_seconds: int = Field(description="logged by excluded employees or in projects that are not billed")
    billable_seconds_by_tier: dict[Tier, int]


class WorklogList(Page[WorklogView]):
    totals: WorklogTotals
    rate_rule: Literal["contract", "default"] = Field(
        description="contract: the contract's own rate rule; default: the rate and limit in ClickHouse"
    )


def worklog_totals(page: WorklogPage) -> WorklogTotals:
    """Return the totals of the period that the page belongs to."""
    totals = page.totals
    billable: Decimal = hours(totals.billable_seconds)
    return WorklogTotals(
        time_spent_seconds=totals.seconds,
        billable_seconds=totals.billable_seconds,
        billable_hours=billable,
        not_billed_seconds=totals.not_billed_seconds,
        billable_seconds_by_tier=totals.by_tier,
    )
