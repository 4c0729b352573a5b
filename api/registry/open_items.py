"""Open items: invoices with a balance, and the sums of balances and of clients' credits by currency."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, Select, and_, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.archive.addresses import ArchiveAddresses
from api.registry.open_filters import OpenSelection
from api.registry.queries import FEW, INVOICES, PlanHint, Total, conditions
from api.registry.schemas import AgeBucket, CreditTotal, OpenItem, OpenTotal
from models.accounting.ageing import AGES, BUCKETS, OLDEST, Age, days_late, due_dates
from models.invoice.tables import OpenBalance
from models.values.money import ZERO, Currency, total

BALANCES = OpenBalance.metadata.tables["open_balances"]
AWAITS_MONEY: ColumnElement[bool] = INVOICES.c.awaits_money

# The filters for which triggers keep the sums.
_KEPT_FILTERS = frozenset({"kind", "currency"})


def open_item(row: RowMapping, today: date, archive: ArchiveAddresses) -> OpenItem:
    """Return the row with the days that it is late on the day `today`."""
    return OpenItem.of(row, archive, days_late=days_late(row["due_date"], today))


async def totals(connection: AsyncConnection, selection: OpenSelection, today: date) -> list[OpenTotal]:
    """Return the open balances of the selected invoices, one total for each currency."""
    found = (await connection.execute(_sums(selection, today))).mappings().all()
    return [_total(Currency(currency), found) for currency in sorted({row["currency"] for row in found})]


async def credits(connection: AsyncConnection, selection: OpenSelection) -> list[CreditTotal]:
    """Return the credits on the selected invoices, whatever their status, one total for each currency."""
    c = INVOICES.c
    query = select(c.currency, func.count().label("invoices"), func.sum(c.credit_amount).label("credit_amount"))
    query = query.where(*conditions(selection.model_copy(update={"has_credit": True})))
    found = (await connection.execute(query.group_by(c.currency).order_by(c.currency))).mappings().all()
    return [CreditTotal(**row) for row in found]


def count(totals: Sequence[OpenTotal]) -> Total:
    """Return how many invoices the totals contain."""
    found = sum(total.invoices for total in totals)
    return Total(found, plan=PlanHint.FILTER_THEN_SORT if found <= FEW else PlanHint.INDEX_SCAN)


def _sums(selection: OpenSelection, today: date) -> Select[Any]:
    """Return the query for the sums.

    It reads the sums that triggers keep. For one customer or contract it sums that customer's or contract's invoices.
    """
    if selection.used <= _KEPT_FILTERS:
        c = BALANCES.c
        filters = [c[name] == getattr(selection, name).value for name in sorted(selection.used)]
        invoices: ColumnElement[Any] = func.sum(c.invoices)
        query = select(c.currency, invoices.label("invoices"), func.sum(c.balance).label("balance")).where(
            *filters, *of_ages(selection.age, today, BALANCES)
        )
    else:
        c = INVOICES.c
        query = select(c.currency, func.count().label("invoices"), func.sum(c.balance).label("balance"))
        query = query.where(*open_conditions(selection, today))
    age = age_of(c.due_date, today)
    return query.add_columns(age.label("age")).group_by(c.currency, age)


def open_conditions(selection: OpenSelection, today: date) -> list[ColumnElement[bool]]:
    """Return the conditions of the open items that are selected."""
    return [AWAITS_MONEY, *conditions(selection), *of_ages(selection.age, today)]


def of_ages(ages: Sequence[Age], today: date, source: FromClause = INVOICES) -> list[ColumnElement[bool]]:
    """Return the condition that an item is in one of the buckets; none when no bucket is named."""
    return [or_(*(_is_of(each, source.c.due_date, today) for each in ages))] if ages else []


def _is_of(age: Age, due: ColumnElement[Any], today: date) -> ColumnElement[bool]:
    earliest, latest = due_dates(age, today)
    bounds = [*([due >= earliest] if earliest else []), *([due <= latest] if latest else [])]
    return or_(and_(*bounds), due.is_(None)) if latest is None else and_(*bounds)


def age_of(due: ColumnElement[Any], today: date) -> ColumnElement[str]:
    """Return the bucket of a due date."""
    return case(
        *((due >= today - timedelta(days=most), literal(name)) for name, most in AGES),
        (due.is_(None), literal(AGES[0][0])),
        else_=literal(OLDEST),
    )


def _total(currency: Currency, rows: Sequence[RowMapping]) -> OpenTotal:
    found = {row["age"]: row for row in rows if row["currency"] == currency}
    ageing = [
        AgeBucket(
            days_late=age,
            invoices=found[age]["invoices"] if age in found else 0,
            balance=found[age]["balance"] if age in found else ZERO,
        )
        for age in BUCKETS
    ]
    return OpenTotal(
        currency=currency,
        invoices=sum(bucket.invoices for bucket in ageing),
        balance=total(bucket.balance for bucket in ageing),
        ageing=ageing,
    )
