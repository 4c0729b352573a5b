"""Reads what the other live invoices of contracts bill: worklogs by their claims, and overlapping periods."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, Text, any_, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from models.billing.billed_work import BilledWork, OtherInvoice
from models.contracts.contract import DealType
from models.invoice.status import WITHDRAWN, Kind
from models.invoice.tables import ClaimedWorklog, InvoiceRow
from models.values.period import Period


@dataclass(frozen=True)
class BilledWorkReader:
    """Finds for a draft what it must leave out or warn of."""

    engine: AsyncEngine

    async def of(self, application_key: str, worklogs: Collection[str], period: Period) -> BilledWork:
        """Return what other invoices of one contract bill."""
        return (await self.of_contracts({application_key: worklogs}, period))[application_key]

    async def of_contracts(self, worklogs: Mapping[str, Collection[str]], period: Period) -> dict[str, BilledWork]:
        """Return what other invoices of each contract bill, with two queries; `worklogs` has the ids by contract.

        The live invoice of exactly this period is no other invoice: it is the one that is drafted, there is only one.
        """
        async with self.engine.connect() as connection:
            claimed = await _claimed(connection, worklogs, period)
            overlapping = await _overlapping(connection, list(worklogs), period)
        return {key: BilledWork(worklogs=claimed[key], overlapping=tuple(overlapping[key])) for key in worklogs}


async def _claimed(
    connection: AsyncConnection, worklogs: Mapping[str, Collection[str]], period: Period
) -> dict[str, dict[str, OtherInvoice]]:
    found: dict[str, dict[str, OtherInvoice]] = defaultdict(dict)
    pairs = [(key, worklog_id) for key, ids in worklogs.items() for worklog_id in sorted(ids)]
    if not pairs:
        return found
    keys, ids = zip(*pairs, strict=True)
    asked = select(func.unnest(literal(list(keys), ARRAY(Text))), func.unnest(literal(list(ids), ARRAY(Text))))
    claim = tuple_(col(ClaimedWorklog.application_key), col(ClaimedWorklog.worklog_id))
    query = other_invoices(col(ClaimedWorklog.worklog_id)).join(
        ClaimedWorklog, col(ClaimedWorklog.invoice_id) == col(InvoiceRow.id)
    )
    for row in await connection.execute(query.where(claim.in_(asked), ~_is_for(period))):
        found[row.application_key][row.worklog_id] = other_invoice(row)
    return found


async def _overlapping(connection: AsyncConnection, keys: list[str], period: Period) -> dict[str, list[OtherInvoice]]:
    found: dict[str, list[OtherInvoice]] = defaultdict(list)
    of_contracts = col(InvoiceRow.application_key) == any_(literal(keys, ARRAY(Text)))
    query = other_invoices().where(of_contracts, *is_live_on(period), ~_is_for(period))
    for row in await connection.execute(query.order_by(col(InvoiceRow.period_start), col(InvoiceRow.period_end))):
        found[row.application_key].append(other_invoice(row))
    return found


def other_invoices(*columns: Any) -> Select[Any]:
    """Return the query for the columns of `OtherInvoice` and these further ones."""
    names = ("id", "application_key", "number", "status", "period_start", "period_end", "deal_type")
    return select(*(col(getattr(InvoiceRow, name)) for name in names), *columns)


def other_invoice(row: Any) -> OtherInvoice:
    """Return the invoice of a row of `other_invoices`."""
    period = Period(start=row.period_start, end=row.period_end)
    status = row.status.replace("_", " ")
    name = f"{row.number}, {status}" if row.number else f"the {status} for {period.title}"
    return OtherInvoice(id=row.id, name=name, period=period, deal_type=DealType(row.deal_type))


def is_live_on(period: Period) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a live service invoice that bills some day of the period."""
    return (
        col(InvoiceRow.kind) == Kind.SERVICE.value,
        col(InvoiceRow.status).not_in([status.value for status in WITHDRAWN]),
        col(InvoiceRow.period_start) <= period.end,
        col(InvoiceRow.period_end) >= period.start,
    )


def _is_for(period: Period) -> ColumnElement[bool]:
    return (col(InvoiceRow.period_start) == period.start) & (col(InvoiceRow.period_end) == period.end)
