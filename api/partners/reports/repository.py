"""Reads what the reports are computed from: completed orders, their invoices, and the settings of payouts.

An order's day of completion is that of its partner's zone, so that a report and the invoice show the same day.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from api.errors import Invalid
from api.partners.reports.filters import ReportFilter
from api.settings.partner_repositories import INSTALLER_RATES, INSTALLERS, KPI_TARGETS, PARTNERS
from models.accounting.job_amounts import job_amounts
from models.invoice.content.lines import Line
from models.invoice.status import Kind, Status
from models.invoice.tables import InvoiceRow
from models.partners.job_amounts import JobAmounts
from models.partners.orders.order import Order
from models.partners.orders.status import OrderStatus
from models.partners.orders.tables import OrderRow
from models.partners.partner import PARTNER_ZONE
from models.partners.payout.margin import JobMargin
from models.partners.payout.payout import JobPayout, PayoutTerms, job_payout
from models.partners.settings import PartnerInput
from models.values.money import Currency
from models.values.period import local_day
from models.values.typed_values import AS_RECORDED

MOST_JOBS = 50_000
INVOICED = frozenset({Status.APPROVED, Status.UPLOADED, Status.AWAITING_PAYMENT, Status.PAID, Status.CLOSED})
"""The statuses of a partner invoice whose amounts are final."""
_DAY = timedelta(days=1)
_LINES = TypeAdapter(tuple[Line, ...])


class _Invoice(NamedTuple):
    """An invoice whose amounts are final, with its lines as JSON."""

    number: str
    lines: list[object]


class PayoutReports:
    """Computes the payouts and the margins of the jobs that were completed in a range of days."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def payouts(self, asked: ReportFilter) -> list[JobPayout]:
        """Return the payouts of all completed jobs, by installer, day and order. Raises Invalid for too many jobs."""
        async with self._engine.connect() as connection:
            states = await _orders(connection, asked)
            partners = await PARTNERS.read(connection)
            terms = await _terms(connection)
        return await asyncio.to_thread(_payouts, states, partners, terms, asked)

    async def margins(self, asked: ReportFilter) -> tuple[list[JobMargin], int]:
        """Return the margins of the invoiced jobs in the same order, and how many jobs are not invoiced yet."""
        async with self._engine.connect() as connection:
            states = await _orders(connection, asked)
            partners = await PARTNERS.read(connection)
            terms = await _terms(connection)
            invoices = await _invoices(connection, {state["invoice_id"] for state in states if state["invoice_id"]})
        return await asyncio.to_thread(_margins, states, partners, terms, asked, invoices)

    async def of_invoice(self, invoice_id: str) -> list[JobMargin] | None:
        """Return the margins of the jobs of one partner invoice, by installer, day and order; None without one.

        They are empty until the invoice is approved, because its amounts may change until then.
        """
        partner_invoice = (col(InvoiceRow.id) == invoice_id, col(InvoiceRow.kind) == Kind.PARTNER.value)
        async with self._engine.connect() as connection:
            if await connection.scalar(select(col(InvoiceRow.id)).where(*partner_invoice)) is None:
                return None
            invoices = await _invoices(connection, [invoice_id])
            keys = {key for invoice in invoices.values() for key in _amounts(invoice)}
            query = select(col(OrderRow.state)).where(col(OrderRow.order_key).in_(keys))
            states = list(await connection.scalars(query))
            partners = await PARTNERS.read(connection)
            terms = await _terms(connection)
        found, _ = await asyncio.to_thread(_margins, states, partners, terms, None, invoices)
        return found


async def _orders(connection: AsyncConnection, asked: ReportFilter) -> list[dict[str, object]]:
    """Return the states of the orders completed in the days, and a day more on both sides for other zones."""
    completed = col(OrderRow.completed_at)
    conditions: list[ColumnElement[bool]] = [
        completed >= _midnight(asked.from_ - _DAY),
        completed < _midnight(asked.to + 2 * _DAY),
        col(OrderRow.status) != OrderStatus.CANCELLED.value,
    ]
    if asked.partner is not None:
        conditions.append(col(OrderRow.partner_key) == asked.partner)
    query = select(col(OrderRow.state)).where(*conditions).limit(MOST_JOBS + 1)
    states = list(await connection.scalars(query))
    if len(states) > MOST_JOBS:
        raise Invalid.of_message(
            f"More than {MOST_JOBS:,} jobs were completed in these days, which is the limit of a report. Ask for fewer "
            "days or for one partner."
        )
    return states


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


async def _terms(connection: AsyncConnection) -> PayoutTerms:
    rates = await INSTALLER_RATES.read(connection)
    installers = await INSTALLERS.read(connection)
    targets = await KPI_TARGETS.read(connection)
    return PayoutTerms(
        rates=tuple(each.rate(key) for key, each in rates.items()),
        installers=tuple(each.profile(key) for key, each in installers.items()),
        targets=tuple(each.target(key) for key, each in targets.items()),
    )


async def _invoices(connection: AsyncConnection, ids: Iterable[object]) -> dict[str, _Invoice]:
    lines = col(InvoiceRow.state)["content"]["lines"]
    query = select(col(InvoiceRow.id), col(InvoiceRow.number), lines.label("lines")).where(
        col(InvoiceRow.id).in_(list(ids)),
        col(InvoiceRow.kind) == Kind.PARTNER.value,
        col(InvoiceRow.status).in_([status.value for status in INVOICED]),
    )
    return {row.id: _Invoice(row.number or "", row.lines) for row in await connection.execute(query)}


def _payouts(
    states: Iterable[Mapping[str, object]],
    partners: Mapping[str, PartnerInput],
    terms: PayoutTerms,
    asked: ReportFilter | None,
) -> list[JobPayout]:
    orders = (Order.model_validate(state, context=AS_RECORDED) for state in states)
    return sorted(_paid(orders, partners, terms, asked), key=_place)


def _paid(
    orders: Iterable[Order], partners: Mapping[str, PartnerInput], terms: PayoutTerms, asked: ReportFilter | None
) -> Iterable[JobPayout]:
    wanted = asked.installer.strip().casefold() if asked and asked.installer else None
    for order in orders:
        assert order.completed_at is not None
        partner = partners.get(order.partner_key)
        day = local_day(order.completed_at, partner.zone if partner else PARTNER_ZONE)
        if asked and not asked.covers(day):
            continue
        job = job_payout(order, terms, day, partner.currency if partner else Currency.MYR)
        if wanted is None or wanted in (job.installer.casefold(), job.installer_name.casefold()):
            yield job


def _margins(
    states: Iterable[Mapping[str, object]],
    partners: Mapping[str, PartnerInput],
    terms: PayoutTerms,
    asked: ReportFilter | None,
    invoices: Mapping[str, _Invoice],
) -> tuple[list[JobMargin], int]:
    states = list(states)
    invoice_of = {str(state["order_key"]): str(state["invoice_id"]) for state in states}
    amounts = {invoice_id: _amounts(invoice) for invoice_id, invoice in invoices.items()}
    found, not_invoiced = [], 0
    for payout in _payouts(states, partners, terms, asked):
        invoice_id = invoice_of[payout.order_key]
        of_job = amounts.get(invoice_id, {}).get(payout.order_key)
        if of_job is None:
            not_invoiced += 1
            continue
        number = invoices[invoice_id].number
        found.append(JobMargin(payout=payout, invoice_id=invoice_id, number=number, amounts=of_job))
    return found, not_invoiced


def _amounts(invoice: _Invoice) -> dict[str, JobAmounts]:
    return job_amounts(_LINES.validate_python(invoice.lines, context=AS_RECORDED))


def _place(job: JobPayout) -> tuple[str, date, str]:
    return job.installer, job.completed_on, job.order_key
