"""Reads what margins are computed from: invoices in PostgreSQL, work in ClickHouse, rates and rules in the settings."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from api.errors import Invalid
from api.quotes.margins.entry_cache import EntryCache
from api.quotes.margins.filters import MarginFilter
from api.reads import Reads
from api.settings.cost_repositories import MARGIN_TARGETS, cost_book
from api.settings.repositories import CLASSIFICATIONS, EXCLUSIONS, RATE_BOOKS
from models.contracts.ports import ContractsWork, ContractsWorkQuery
from models.contracts.settings import RateBook
from models.contracts.terms import BillingRules
from models.invoice.content.content import Content
from models.invoice.status import WITHDRAWN, Kind, Status
from models.invoice.tables import InvoiceRow
from models.quotes.calculator.cost_book import CostBook
from models.quotes.margins.entries import MarginEntries, MarginEntry
from models.quotes.margins.facts import ContractWork, LiveInvoice, MarginFacts
from models.quotes.margins.remedies import FlaggedContract, flagged_contracts
from models.quotes.margins.targets import MarginTargets
from models.values.period import MAX_LENGTH, Period

MOST_INVOICES = 5_000
MOST_WORKLOGS = 50_000


@dataclass(frozen=True)
class Analysis:
    """The entries that were asked for, in the months that were asked for."""

    months: Period
    entries: Sequence[MarginEntry]
    found: MarginEntries


@dataclass(frozen=True)
class Settings:
    """The settings that margins are computed with."""

    book: CostBook
    rules: BillingRules
    rate_books: dict[str, RateBook]


class MarginAnalysis:
    """Computes the margins of invoices. `engine` serves long reads. One object serves all requests."""

    def __init__(self, engine: AsyncEngine, reads: Reads) -> None:
        self._engine = engine
        self._reads = reads
        self._cache = EntryCache()

    async def entries(self, asked: MarginFilter, today: date) -> Analysis:
        """Return the entries. Raise Invalid for too much work, or a currency without an exchange rate."""
        facts = await self._facts(asked, today)
        found = await self._cache.entries(facts)
        return Analysis(facts.months, [each for each in found.entries if asked.includes(each)], found)

    async def flags(
        self, asked: MarginFilter, today: date, target_percent: Decimal
    ) -> tuple[Period, list[FlaggedContract]]:
        """Return the contracts below the target in their own currencies, and the months."""
        own = asked.model_copy(update={"currency": None, "account_id": None, "project": None, "invoice_id": None})
        facts = await self._facts(own, today)
        found = await self._cache.entries(facts)

        def flagged() -> list[FlaggedContract]:
            entries = [each for each in found.entries if own.includes(each)]
            issued = [each for each in facts.invoices if each.is_issued and begins_in(each, facts.months)]
            return flagged_contracts(entries, issued, target_percent)

        return facts.months, await asyncio.to_thread(flagged)

    async def targets(self) -> MarginTargets:
        """Return the margins that are wanted."""
        async with self._engine.connect() as connection:
            return await MARGIN_TARGETS.current(connection)

    async def _facts(self, asked: MarginFilter, today: date) -> MarginFacts:
        async with self._engine.connect() as connection:
            months = asked.months(await _default_months(connection, asked, today))
            rows = await _invoices(connection, asked, months)
            settings = await _settings(connection)
        invoices = await asyncio.to_thread(_live, rows)
        work = await self._work(asked, months, invoices)
        return MarginFacts(
            months=months,
            invoices=tuple(invoices),
            work={
                key: ContractWork(
                    contract=each.contract,
                    customer_name=each.customer_name,
                    worklogs=each.worklogs,
                    rate_rules=settings.rate_books.get(key, RateBook()).rules,
                )
                for key, each in work.contracts.items()
            },
            unread=work.unread,
            rules=settings.rules,
            book=settings.book,
            currency=asked.currency,
        )

    async def _work(self, asked: MarginFilter, months: Period, invoices: Sequence[LiveInvoice]) -> ContractsWork:
        """Return the work of the contracts, on all days that their invoices bill."""
        periods = [each.content.period for each in invoices if begins_in(each, months)]
        last = max([months.end, *(each.end for each in periods)])
        found = await self._reads.work(
            ContractsWorkQuery(
                application_keys=tuple(sorted({each.content.subject_key for each in invoices})),
                period=Period.model_construct(start=months.start, end=last),
                application_key=asked.application_key,
                customer_key=asked.customer_key,
                at_most=MOST_WORKLOGS,
            )
        )
        if found.total > MOST_WORKLOGS:
            raise Invalid.of_message(
                f"{found.total:,} worklogs match, and at most {MOST_WORKLOGS:,} are computed at once. Ask for fewer "
                "months, for one client or for one contract."
            )
        return found


def begins_in(invoice: LiveInvoice, months: Period) -> bool:
    """Return whether the invoice's period begins in the months."""
    return months.start <= invoice.content.period.start <= months.end


async def _default_months(connection: AsyncConnection, asked: MarginFilter, today: date) -> Period:
    """Return the month in which the invoice that is asked for begins, or the previous month."""
    if asked.invoice_id is not None:
        query = select(col(InvoiceRow.period_start)).where(col(InvoiceRow.id) == asked.invoice_id)
        if begins := await connection.scalar(query):
            return Period.month(begins.year, begins.month)
    return Period.before(today)


async def _invoices(connection: AsyncConnection, asked: MarginFilter, months: Period) -> list[dict[str, object]]:
    """Return the live service invoices that bill a day of the months.

    No period is longer than MAX_LENGTH, so that an index on the last day finds the few that may begin in time.
    """
    conditions = [
        col(InvoiceRow.kind) == Kind.SERVICE.value,
        col(InvoiceRow.status).not_in([each.value for each in WITHDRAWN]),
        col(InvoiceRow.period_start) <= months.end,
        col(InvoiceRow.period_end).between(months.start, months.end + MAX_LENGTH),
    ]
    wanted = {InvoiceRow.application_key: asked.application_key, InvoiceRow.customer_key: asked.customer_key}
    conditions += [col(column) == key for column, key in wanted.items() if key is not None]
    columns = (col(InvoiceRow.id), col(InvoiceRow.number), col(InvoiceRow.status))
    content = col(InvoiceRow.state)["content"].label("content")
    query = select(*columns, content).where(*conditions).order_by(col(InvoiceRow.id)).limit(MOST_INVOICES + 1)
    rows = [dict(row) for row in (await connection.execute(query)).mappings()]
    if len(rows) > MOST_INVOICES:
        raise Invalid.of_message(
            f"More than {MOST_INVOICES:,} invoices match, which is more than is computed at once. Ask for fewer "
            "months, for one client or for one contract."
        )
    return rows


async def _settings(connection: AsyncConnection) -> Settings:
    exclusions = await EXCLUSIONS.read(connection)
    classes = await CLASSIFICATIONS.read(connection)
    return Settings(
        book=await cost_book(connection),
        rules=BillingRules(
            exclusions={key: each.exclusion_type for key, each in exclusions.items()},
            classifications={key: each.classification for key, each in classes.items()},
        ),
        rate_books=await RATE_BOOKS.read(connection),
    )


def _live(rows: Sequence[dict[str, object]]) -> list[LiveInvoice]:
    return [
        LiveInvoice(
            id=str(row["id"]),
            number=None if row["number"] is None else str(row["number"]),
            status=Status(str(row["status"])),
            content=Content.model_validate(row["content"]),
        )
        for row in rows
    ]
