"""The record of all quotes in PostgreSQL, for an operator's commands: what is open in it, and one quote by its name."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.audit.hash_chain import reason_broken
from models.invoice.recorded import Recorded
from models.quotes.quote.quote import Quote
from models.quotes.quote.recorded import has_finished, recorded_of
from models.quotes.quote.status import QuoteStatus
from models.quotes.quote.tables import QuoteEventRow, QuoteRow
from models.quotes.quote.timers import LINK_DAYS

PAGE: Final = 200
_ANSWERED: Final = (QuoteStatus.ACCEPTED.value, QuoteStatus.DECLINED.value, QuoteStatus.EXPIRED.value)
# The links end at a midnight of the issuer's zone; some days more include every zone, and the rules decide.
_LONG_ENDED: Final = timedelta(days=LINK_DAYS + 7)
_HAS_UNFINISHED_EFFECT: Final = (
    "jsonb_path_exists(state, "
    """'$.effects[*] ? (@.state == "pending" || @.state == "failed" || @.state == "unknown")')"""
)


async def open_quotes(engine: AsyncEngine, now: datetime) -> list[Recorded]:
    """Return the quotes that are not finished, so that a workflow must run for each, in the order of their ids."""
    answered = col(QuoteRow.status).in_(_ANSWERED) & (col(QuoteRow.valid_until) < (now - _LONG_ENDED).date())
    has_ended = answered | (col(QuoteRow.status) == QuoteStatus.WITHDRAWN.value)
    may_be_open = or_(~has_ended, text(_HAS_UNFINISHED_EFFECT))
    return [recorded_of(quote) async for quote in _quotes(engine, may_be_open) if not has_finished(quote, now)]


async def of_workflows(engine: AsyncEngine, workflow_ids: Iterable[str]) -> list[Recorded]:
    """Return the quotes of these workflows, open or not, in the order of their ids."""
    wanted = col(QuoteRow.workflow_id).in_(list(workflow_ids))
    return [recorded_of(quote) async for quote in _quotes(engine, wanted)]


async def find_quote(engine: AsyncEngine, name: str) -> Quote | None:
    """Return the quote with this number, id or workflow id, or None. Lower case also finds a number."""
    columns = (QuoteRow.number, QuoteRow.id, QuoteRow.workflow_id)
    named = or_(*(col(column).in_({name, name.upper()}) for column in columns))
    async for quote in _quotes(engine, named):
        return quote
    return None


async def recorded_states(engine: AsyncEngine) -> AsyncIterator[Quote]:
    """Yield the recorded state of every quote, in the order of their ids."""
    async for quote in _quotes(engine, true()):
        yield quote


async def count(engine: AsyncEngine) -> int:
    """Return the number of quotes."""
    async with engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(QuoteRow)) or 0)


async def break_of(engine: AsyncEngine, quote: Quote) -> str | None:
    """Return what is wrong with an audit trail; None if it is unbroken and ends in the recorded state."""
    query = select(col(QuoteEventRow.event)).where(col(QuoteEventRow.quote_id) == quote.id)
    async with engine.connect() as connection:
        found = await connection.scalars(query.order_by(col(QuoteEventRow.seq)))
        return reason_broken(found.all(), quote.revision, quote.chain)


async def missing(engine: AsyncEngine, workflow_ids: Iterable[str]) -> list[str]:
    """Return those of the workflow ids that no recorded quote has."""
    wanted = list(workflow_ids)
    recorded = {each.workflow_id for each in await of_workflows(engine, wanted)}
    return [each for each in wanted if each not in recorded]


async def _quotes(engine: AsyncEngine, condition: ColumnElement[bool]) -> AsyncIterator[Quote]:
    """Yield the recorded states of the quotes that match, read in pages by the last id."""
    query: Any = select(col(QuoteRow.id), col(QuoteRow.state)).where(condition)
    last = ""
    while True:
        page = query.where(col(QuoteRow.id) > last).order_by(col(QuoteRow.id)).limit(PAGE)
        async with engine.connect() as connection:
            rows = (await connection.execute(page)).all()
        for row in rows:
            yield Quote.model_validate(row.state)
        if len(rows) < PAGE:
            return
        last = rows[-1].id
