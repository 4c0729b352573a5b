"""The numbers of invoices: each series is a counter in PostgreSQL without gaps and without duplicates.

See docs/specification/numbering.md.
"""

from dataclasses import dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.database.constraints import constraint
from models.invoice.invoice import Number
from models.invoice.ports import TAKE_NUMBER, NumberRequest
from models.issuer.number_pattern import PatternRefused, Reset, display_number, last_used, numbering_period
from models.issuer.tables import ONE_DISPLAY_NUMBER, ONE_NUMBER_OF_A_SERIES, IssuedNumber, NumberSeries
from models.values.failure_codes import Failure


@dataclass(frozen=True)
class Numbering:
    """The activity that gives an invoice its number."""

    engine: AsyncEngine

    @activity.defn(name=TAKE_NUMBER.name)
    async def take_number(self, request: NumberRequest) -> Number:
        """Return the invoice's number; take the next one of the series if the invoice has none yet.

        The series is locked for four short statements. Raises NUMBERING_REFUSED, which is not retried, when the series
        cannot give a number.
        """
        try:
            async with self.engine.begin() as connection:
                return await _issued(connection, request.invoice_id) or await _take(connection, request)
        except IntegrityError as error:
            if constraint(error) in (ONE_DISPLAY_NUMBER, ONE_NUMBER_OF_A_SERIES):
                raise _refusal(
                    f"The next number of series {request.series} has been used before. In the settings, set its last "
                    "number to the highest number that was used, and give no other series the same pattern; then "
                    "finalise again."
                ) from error
            raise


async def issued_number(engine: AsyncEngine, invoice_id: str) -> Number | None:
    """Return the number that was issued to the invoice, recorded in its state or not."""
    async with engine.connect() as connection:
        return await _issued(connection, invoice_id)


async def _issued(connection: AsyncConnection, invoice_id: str) -> Number | None:
    """Return the number that the invoice already has."""
    query = select(col(IssuedNumber.series), col(IssuedNumber.seq), col(IssuedNumber.display))
    found = (await connection.execute(query.where(col(IssuedNumber.invoice_id) == invoice_id))).first()
    return Number(series=found.series, seq=found.seq, display=found.display) if found else None


async def _take(connection: AsyncConnection, request: NumberRequest) -> Number:
    """Lock the series, and record the number after the last one of the numbering period for the invoice."""
    columns = (NumberSeries.pattern, NumberSeries.last_number, NumberSeries.reset, NumberSeries.counted_in)
    query = select(*map(col, columns))
    series = (await connection.execute(query.where(col(NumberSeries.name) == request.series).with_for_update())).first()
    # Another attempt for this invoice may have taken its number while this one waited for the lock.
    if issued := await _issued(connection, request.invoice_id):
        return issued
    if series is None:
        raise _refusal(
            f"There is no number series {request.series}. Add it in the settings or choose another series for the "
            "contract, then finalise again."
        )
    if series.last_number is None:
        raise _refusal(
            f"The number series {request.series} has no starting point. Enter the last number that was used (0 for a "
            "new series) in the settings, then finalise again."
        )
    reset = Reset(series.reset)
    period = numbering_period(reset, request.invoice_date)
    highest = 0 if reset is Reset.NEVER else await _highest_issued(connection, request.series, period)
    seq = last_used(reset, series.last_number, series.counted_in, period, highest) + 1
    try:
        display = display_number(series.pattern, seq, request.invoice_date)
    except PatternRefused as error:
        raise _refusal(f"The number series {request.series} cannot be used. {error}") from error
    number = Number(series=request.series, seq=seq, display=display)
    if reset is Reset.NEVER:
        await connection.execute(
            update(NumberSeries).where(col(NumberSeries.name) == request.series).values(last_number=seq)
        )
    row = {"invoice_id": request.invoice_id, "period": period, **number.model_dump()}
    await connection.execute(insert(IssuedNumber).values(**row))
    return number


async def _highest_issued(connection: AsyncConnection, series: str, period: str) -> int:
    """Return the highest number that was issued in the numbering period; 0 if there is none."""
    of_period = (col(IssuedNumber.series) == series) & (col(IssuedNumber.period) == period)
    return await connection.scalar(select(func.max(col(IssuedNumber.seq))).where(of_period)) or 0


def _refusal(message: str) -> ApplicationError:
    """Return the error of a series that cannot give a number."""
    return ApplicationError(message, type=Failure.NUMBERING_REFUSED, non_retryable=True)
