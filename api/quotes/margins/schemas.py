"""The answers of the margins. The fields of a row are the columns of its files, too."""

from datetime import date
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, Field

from api.http.envelopes import Meta
from api.http.number_formats import Hours, Money, Quantity
from api.quotes.schemas import ExchangeRateView
from models.quotes.margins.entries import EntryKind, MarginEntry, shown_hours
from models.quotes.margins.facts import Missing, MissingKind
from models.quotes.margins.remedies import FlaggedContract, Remedy, RemedyField
from models.quotes.margins.rows import MarginRow, WriteOffSum
from models.values.money import Currency, total

_UNKNOWN = "null while a cost is missing, or without a revenue"


class MarginRowView(MarginRow):
    """The margin of one invoice, contract, client, person, project or month in one currency."""

    key: str = Field(description="empty for what belongs to none, such as open work by invoice")
    name: str
    currency: Currency
    invoices: int
    hours: Hours = Field(description="worked, of the billed work")
    revenue: Money = Field(description="without tax")
    direct_cost: Money = Field(description="of the work, and what is passed on")
    passed_on_cost: Money = Field(description="of which resold cost of vendors")
    overhead: Money
    gross_margin: Money | None = Field(description="revenue - direct_cost; null while a cost is missing")
    gross_percent: Hours | None = Field(description=_UNKNOWN)
    net_margin: Money | None = Field(description="gross_margin - overhead; null while a cost is missing")
    net_percent: Hours | None = Field(description=_UNKNOWN)
    effective_rate: Money | None = Field(description="revenue without resold cost / hours")
    write_off_hours: Hours
    write_off_value: Money = Field(description="at the prices of the contracts")
    realisation_percent: Hours | None = Field(description="revenue / (revenue + write-offs), without resold cost")
    open_hours: Hours = Field(description="worked and not invoiced yet")
    hours_without_cost: Hours

    @classmethod
    def of(cls, row: MarginRow) -> Self:
        return cls.model_validate(row.model_dump())


class MarginWriteOffView(WriteOffSum):
    hours: Hours
    value: Money

    @classmethod
    def of(cls, row: WriteOffSum) -> Self:
        return cls.model_validate(row.model_dump())


class MissingView(BaseModel):
    """What is missing to know a cost."""

    kind: MissingKind
    name: str
    first: date
    last: date
    hours: Hours
    message: str

    @classmethod
    def of(cls, missing: Missing) -> Self:
        hours = shown_hours(missing.seconds)
        return cls.model_validate({**missing.model_dump(exclude={"seconds"}), "hours": hours})


class InvoicedMargins(BaseModel):
    """A page of rows, and for all pages the sums by currency, the months, and what is to know about them."""

    data: list[MarginRowView]
    meta: Meta
    period_from: date
    period_to: date
    totals: list[MarginRowView]
    trend: list[MarginRowView] = Field(description="a row for each month and currency")
    write_offs: list[MarginWriteOffView]
    missing: list[MissingView]
    exchange_rates: list[ExchangeRateView] = Field(description="all rates that were used")
    warnings: list[str]


class WorklogMargin(BaseModel):
    """One worklog, one resold cost, or what an invoice charges without work."""

    kind: EntryKind
    month: str
    invoice_id: str
    invoice: str
    application_key: str
    contract: str
    customer_key: str
    customer: str
    worklog_id: str
    started_on: date | None
    issue_key: str
    issue_summary: str
    account_id: str
    employee: str
    project: str
    currency: Currency
    hours: Hours
    billable_hours: Hours
    revenue: Money
    cost: Money | None = Field(description="null while it is not known, and of work without an invoice")
    overhead: Money | None
    margin: Money | None
    formula: str
    overhead_formula: str
    rate_id: str
    write_off: str = Field(description="why work is not paid; several are separated by commas")
    write_off_value: Money

    @classmethod
    def of(cls, entry: MarginEntry) -> Self:
        place, worklog, cost = entry.place, entry.worklog, entry.cost
        amount, overhead = _cost_of(entry)
        return cls(
            kind=entry.kind,
            month=place.month_label,
            invoice_id=place.invoice_id,
            invoice=place.invoice,
            application_key=place.application_key,
            contract=place.application_name,
            customer_key=place.customer_key,
            customer=place.customer_name,
            worklog_id=entry.worklog_id,
            started_on=worklog.started_on if worklog else None,
            issue_key=worklog.issue_key if worklog else "",
            issue_summary=worklog.issue_summary if worklog else "",
            account_id=entry.account_id,
            employee=entry.employee,
            project=entry.project,
            currency=place.currency,
            hours=shown_hours(entry.seconds),
            billable_hours=shown_hours(entry.billable_seconds),
            revenue=entry.revenue,
            cost=amount,
            overhead=overhead,
            margin=None if amount is None or overhead is None else entry.revenue - amount - overhead,
            formula=cost.formula if cost else "",
            overhead_formula="; ".join(f"{each.rule.code}: {each.formula}" for each in cost.overheads) if cost else "",
            rate_id=cost.rate.id if cost else "",
            write_off=", ".join(dict.fromkeys(each.cause.value for each in entry.write_offs)),
            write_off_value=total(each.value for each in entry.write_offs),
        )


class WorklogReport(BaseModel):
    """A page of worklogs, by invoice, day and issue."""

    data: list[WorklogMargin]
    meta: Meta
    period_from: date
    period_to: date


class RemedyView(Remedy):
    field: RemedyField
    now: Money
    needed: Money | None
    exact: Quantity | None = Field(description="the price before it was rounded up; null of a limit")
    revenue: Money | None
    net_margin: Money | None
    net_percent: Hours | None
    reason: str = Field(description="why nothing reaches the target; empty if something does")


class FlagView(BaseModel):
    """A contract below the target."""

    row: MarginRowView
    target_percent: Hours
    shortfall: Money = Field(description="the revenue that is missing")
    remedies: list[RemedyView]

    @classmethod
    def of(cls, flagged: FlaggedContract) -> Self:
        return cls(
            row=MarginRowView.of(flagged.row),
            target_percent=flagged.target_percent,
            shortfall=flagged.shortfall,
            remedies=[RemedyView.model_validate(each.model_dump()) for each in flagged.remedies],
        )


class Flags(BaseModel):
    """The contracts below the target in their own currencies, the lowest margin first."""

    period_from: date
    period_to: date
    target_percent: Hours
    contracts: list[FlagView]


def _cost_of(entry: MarginEntry) -> tuple[Decimal | None, Decimal | None]:
    """Return the cost and the overhead of an entry, as far as they are known."""
    if entry.kind in (EntryKind.OPEN, EntryKind.UNBILLED):
        return None, None
    if entry.kind is EntryKind.WORK:
        return (None, None) if entry.cost is None else (entry.cost.amount, entry.cost.overhead)
    return entry.passed_on, Decimal("0.00")
