"""The invoices of contracts, from PostgreSQL: the newest one, and the one for a period."""

from collections.abc import Collection
from datetime import date
from typing import Annotated, Self

from fastapi import Depends
from pydantic import BaseModel, Field
from sqlalchemy import ARRAY, ColumnElement, RowMapping, Text, column, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncEngine

from api.deps import StateDep
from api.http.number_formats import Money
from api.registry.queries import INVOICES
from models.billing.period_state import PeriodState, period_state
from models.invoice.status import WITHDRAWN, Kind, Status
from models.values.money import Currency
from models.values.period import MAX_LENGTH, Period


class InvoiceOfContract(BaseModel):
    """An invoice of a contract, in short."""

    id: str
    display_number: str | None
    status: Status
    period_start: date
    period_end: date
    currency: Currency
    total_amount: Money

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        return cls.model_validate({**row, "display_number": row["number"]})


class ContractInvoicing(BaseModel):
    """How far a contract is invoiced for a period."""

    state: PeriodState = Field(description="none, draft, or issued: a document was made")
    invoice: InvoiceOfContract | None = Field(
        description="the newest invoice that bills days of the period and is neither void nor discarded"
    )
    last_invoice: InvoiceOfContract | None = Field(description="the newest invoice of the contract, whatever it bills")


_COLUMNS = ("id", "number", "status", "period_start", "period_end", "currency", "total_amount")


class ContractInvoices:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, keys: Collection[str], period: Period) -> dict[str, ContractInvoicing]:
        """Return the invoicing of each contract, also of those without an invoice."""
        of_period = await self._newest(keys, *_bills_days_of(period))
        last = await self._newest(keys)
        return {
            key: ContractInvoicing(
                state=period_state(of_period[key].status if key in of_period else None),
                invoice=of_period.get(key),
                last_invoice=last.get(key),
            )
            for key in keys
        }

    async def states(self, period: Period) -> dict[str, PeriodState]:
        """Return the state of each contract that has an invoice for days of the period."""
        c = INVOICES.c
        query = select(c.application_key, c.status).where(c.kind == Kind.SERVICE.value, *_bills_days_of(period))
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(c.created_at))
            return {row.application_key: period_state(Status(row.status)) for row in rows}

    async def _newest(self, keys: Collection[str], *conditions: ColumnElement[bool]) -> dict[str, InvoiceOfContract]:
        """Return the newest invoice of each contract that meets the conditions, by an index for each contract."""
        c = INVOICES.c
        named = literal(list(keys), ARRAY(Text))
        wanted = func.unnest(named).table_valued(column("key", Text)).render_derived("wanted")
        newest = (
            select(*(c[name] for name in _COLUMNS))
            .where(c.application_key == wanted.c.key, c.kind == Kind.SERVICE.value, *conditions)
            .order_by(c.created_at.desc(), c.id.desc())
            .limit(1)
            .lateral("newest")
        )
        query = select(wanted.c.key, newest).select_from(wanted.join(newest, true()))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return {row["key"]: InvoiceOfContract.of(row) for row in rows}


def _bills_days_of(period: Period) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of an invoice in force that bills days of the period; the first limits the index."""
    c = INVOICES.c
    return (
        c.period_start.between(period.start - MAX_LENGTH, period.end),
        c.period_end >= period.start,
        c.status.not_in([each.value for each in WITHDRAWN]),
    )


async def contract_invoices(state: StateDep) -> ContractInvoices:
    return ContractInvoices(state.engines.queries)


ContractInvoicesDep = Annotated[ContractInvoices, Depends(contract_invoices)]
