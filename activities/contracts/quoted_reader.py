"""What accepted quotes have agreed for contracts, as a draft needs it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import ARRAY, Text, any_, literal
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from models.contracts.quoted_terms import NOTHING_QUOTED, QuotedPrices, QuotedTerms, ScheduledInvoice
from models.contracts.tables import QuotedTermsRow, QuoteScheduleRow


async def quoted_terms(session: AsyncSession, keys: Sequence[str], on: date) -> dict[str, QuotedTerms]:
    """Return what is agreed for each contract: the prices of the day, and the entries that are due by then.

    Of several quotes the one that began last has the prices.
    """
    wanted = any_(literal(list(keys), ARRAY(Text)))
    of_day = select(QuotedTermsRow).where(
        col(QuotedTermsRow.application_key) == wanted,
        col(QuotedTermsRow.valid_from) <= on,
        col(QuotedTermsRow.valid_to) >= on,
    )
    rows = await session.scalars(of_day.order_by(col(QuotedTermsRow.valid_from), col(QuotedTermsRow.number)))
    found: defaultdict[str, QuotedTerms] = defaultdict(lambda: NOTHING_QUOTED)
    for row in rows:
        update: dict[str, object] = {"prices": _prices(row)} if row.has_prices else {}
        if row.replaces_base:
            update["replaces_base"] = row.number
        found[row.application_key] = found[row.application_key].model_copy(update=update)
    scheduled = await _scheduled(session, keys, on)
    return {key: found[key].model_copy(update={"scheduled": tuple(scheduled[key])}) for key in keys}


async def _scheduled(session: AsyncSession, keys: Sequence[str], on: date) -> dict[str, list[ScheduledInvoice]]:
    wanted = any_(literal(list(keys), ARRAY(Text)))
    due = (
        select(QuoteScheduleRow, QuotedTermsRow)
        .join(QuotedTermsRow, col(QuotedTermsRow.quote_id) == col(QuoteScheduleRow.quote_id))
        .where(col(QuoteScheduleRow.application_key) == wanted, col(QuoteScheduleRow.due_on) <= on)
        .order_by(col(QuoteScheduleRow.due_on), col(QuotedTermsRow.number), col(QuoteScheduleRow.entry_id))
    )
    found: defaultdict[str, list[ScheduledInvoice]] = defaultdict(list)
    for row, terms in (await session.execute(due)).all():
        entry = row.model_dump(include={"quote_id", "entry_id", "name", "due_on"})
        parts = tuple({**part, "place": terms.places.get(part["line_id"])} for part in row.parts)
        found[row.application_key].append(
            ScheduledInvoice.model_validate({**entry, "parts": parts, "number": terms.number, "version": terms.version})
        )
    return found


def _prices(row: QuotedTermsRow) -> QuotedPrices:
    return QuotedPrices.model_validate(
        row.model_dump(include={"quote_id", "number", "version", "base_amount", "lines", "places"})
    )
