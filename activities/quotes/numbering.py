"""The numbers of quotes, from a series of their own that begins anew each year."""

from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.issuer.numbering import Numbering
from models.invoice.invoice import Number
from models.invoice.ports import NumberRequest
from models.issuer.number_pattern import Reset
from models.issuer.tables import NumberSeries
from models.quotes.content.content import SERIES
from models.quotes.quote.ports import TAKE_QUOTE_NUMBER, QuoteNumberRequest

PATTERN = "Q-{year}-{seq}"


@dataclass(frozen=True)
class QuoteNumbering:
    """The activity that gives a quote its number."""

    engine: AsyncEngine

    @activity.defn(name=TAKE_QUOTE_NUMBER.name)
    async def take_number(self, request: QuoteNumberRequest) -> Number:
        """Return the quote's number; take the next one of the series if it has none yet.

        The series is added when the first quote is sent; from then on it is a setting as any other. Raises
        NUMBERING_REFUSED, which is not retried, when the series cannot give a number.
        """
        row = {"name": SERIES, "pattern": PATTERN, "last_number": 0, "reset": Reset.YEAR.value}
        async with self.engine.begin() as connection:
            await connection.execute(insert(NumberSeries).values(row).on_conflict_do_nothing())
        taken = NumberRequest(invoice_id=request.quote_id, series=SERIES, invoice_date=request.issued_on)
        return await Numbering(self.engine).take_number(taken)
