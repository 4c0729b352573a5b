"""The activity that makes terms of a contract from an accepted quote.

Everything is written in one transaction, under the lock of the settings: the rate rule and the payment days as changes
of settings, which stand in their history, and what the settings cannot hold (models/contracts/quoted_terms.py).
"""

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col, delete, update
from temporalio import activity
from temporalio.exceptions import ApplicationError

from models.contracts.rate_book import with_new
from models.contracts.settings import ClientConfig, DatedRule, RateBook
from models.contracts.tables import ClientInvoiceConfig, ContractRateRule, QuotedTermsRow, QuoteScheduleRow
from models.contracts.terms import USUAL_PAYMENT_DAYS, USUAL_SERIES
from models.invoice.effects import Receipt
from models.issuer.tables import NumberSeries
from models.quotes.conversion.conversion import Conversion
from models.quotes.conversion.terms import dated_rule
from models.quotes.quote.ports import WRITE_TERMS, WriteTerms
from models.settings.area import Area, SettingRefused
from models.settings.tables import SETTINGS_LOCK, SettingsHistory
from models.values.failure_codes import Failure
from models.values.typed_values import AS_RECORDED


@dataclass(frozen=True)
class QuoteTerms:
    """The activity."""

    engine: AsyncEngine

    @activity.defn(name=WRITE_TERMS.name)
    async def write(self, request: WriteTerms) -> Receipt:
        """Write the terms; a repetition changes nothing. Raises TERMS_REFUSED, which is not retried."""
        conversion = request.conversion
        try:
            async with self.engine.begin() as connection:
                await connection.execute(select(func.pg_advisory_xact_lock(SETTINGS_LOCK)))
                row = insert(QuotedTermsRow).values(_terms_row(request)).on_conflict_do_nothing()
                if await connection.scalar(row.returning(col(QuotedTermsRow.quote_id))) is not None:
                    await _write_settings(connection, request)
                    await _write_schedule(connection, request)
        except SettingRefused as refused:
            raise ApplicationError(
                f"The terms of {conversion.application_key} cannot be written: {refused}.",
                type=Failure.TERMS_REFUSED,
                non_retryable=True,
            ) from refused
        return Receipt(vendor_id=conversion.application_key, details=_details(conversion))


def _terms_row(request: WriteTerms) -> dict[str, Any]:
    conversion, prices = request.conversion, request.conversion.prices
    due = [entry.due_on for entry in conversion.schedule]
    first = min([prices.valid_from] if prices else due)
    # The base of a month is replaced until the end of the month in which the last entry is due.
    last = prices.valid_to if prices else _last_day(max(due))
    return {
        "quote_id": request.quote_id,
        "application_key": conversion.application_key,
        "number": request.number,
        "version": request.version,
        "valid_from": first.replace(day=1) if not prices else first,
        "valid_to": last,
        "has_prices": prices is not None,
        "base_amount": prices.base_amount if prices else None,
        "lines": dict(prices.lines) if prices else {},
        "replaces_base": conversion.replaces_base,
        "places": {line_id: place.model_dump() for line_id, place in conversion.places.items()},
    }


async def _write_settings(connection: AsyncConnection, request: WriteTerms) -> None:
    conversion = request.conversion
    if conversion.prices is not None:
        await _add_rule(connection, request, dated_rule(conversion.prices))
    if conversion.payment_days is not None:
        await _set_payment_days(connection, request, conversion.payment_days)


async def _add_rule(connection: AsyncConnection, request: WriteTerms, rule: DatedRule) -> None:
    """Add the rate rule to those of the contract. Raises SettingRefused if one begins on the same day."""
    key, table = request.conversion.application_key, ContractRateRule
    columns = table.__table__.c  # type: ignore[attr-defined]
    rows = await connection.execute(select(*columns).where(columns.application_key == key).order_by(columns.valid_from))
    rules = [{name: value for name, value in row.items() if name != "application_key"} for row in rows.mappings()]
    before = RateBook(rules=tuple(DatedRule.model_validate(each, context=AS_RECORDED) for each in rules))
    after = with_new(before, rule)
    await connection.execute(delete(table).where(col(table.application_key) == key))
    for each in after.rules:
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in each.model_dump().items()}
        await connection.execute(insert(table).values(application_key=key, **values))
    was = before.model_dump(mode="json") if rules else None
    await _record(connection, request, Area.RATE_RULES, was, after.model_dump(mode="json"))


async def _set_payment_days(connection: AsyncConnection, request: WriteTerms, days: int) -> None:
    """Set the payment days of the contract. Raises SettingRefused if it cannot be configured."""
    key, table = request.conversion.application_key, ClientInvoiceConfig
    columns = table.__table__.c  # type: ignore[attr-defined]
    found = (await connection.execute(select(*columns).where(columns.application_key == key))).mappings().first()
    if found is None:
        await _configure(connection, request, days)
        return
    if found["payment_days"] == days:
        return
    await connection.execute(update(table).where(col(table.application_key) == key).values(payment_days=days))
    was = {name: value for name, value in found.items() if name != "application_key"}
    await _record(connection, request, Area.CLIENT_CONFIG, was, was | {"payment_days": days})


async def _configure(connection: AsyncConnection, request: WriteTerms, days: int) -> None:
    """Add a configuration that differs from that of an unconfigured contract in the payment days only."""
    if days == USUAL_PAYMENT_DAYS:
        return
    if await connection.scalar(select(col(NumberSeries.name)).where(col(NumberSeries.name) == USUAL_SERIES)) is None:
        raise SettingRefused(
            "payment_days",
            f"the contract has no settings for its invoices, and a number series {USUAL_SERIES}, with which they would "
            f"be added, is missing; enter the settings of the contract with {days} payment days, or add the series, "
            "and convert the quote again",
        )
    added = ClientConfig(series=USUAL_SERIES, payment_days=days).model_dump(mode="json")
    row = insert(ClientInvoiceConfig).values(application_key=request.conversion.application_key, **added)
    await connection.execute(row)
    await _record(connection, request, Area.CLIENT_CONFIG, None, added)


async def _record(
    connection: AsyncConnection, request: WriteTerms, area: Area, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    entry = {
        "by": request.conversion.stamp.by,
        "area": area.value,
        "key": request.conversion.application_key,
        "before": before,
        "after": after,
        "reason": f"quote {request.number}, version {request.version}",
    }
    await connection.execute(insert(SettingsHistory).values(entry))


async def _write_schedule(connection: AsyncConnection, request: WriteTerms) -> None:
    rows = [
        {
            "quote_id": request.quote_id,
            "entry_id": entry.id,
            "application_key": request.conversion.application_key,
            "name": entry.name,
            "due_on": entry.due_on,
            "parts": [part.model_dump(mode="json") for part in entry.parts],
        }
        for entry in request.conversion.schedule
    ]
    if rows:
        await connection.execute(insert(QuoteScheduleRow), rows)


def _details(conversion: Conversion) -> dict[str, str]:
    details = {"contract": conversion.application_key, "entries": str(len(conversion.schedule))}
    if conversion.prices:
        details["prices"] = f"{conversion.prices.valid_from} to {conversion.prices.valid_to}"
    return details


def _last_day(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
