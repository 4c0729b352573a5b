"""Reads the sums of the finance dashboard from the invoices in PostgreSQL, as they are at one moment.

The cost must not grow with the number of old invoices: triggers keep most sums, and the rest is read from indexes that
contain all columns (docs/specification/dashboard.md 8). Rules of the figures are in models/accounting/;
only the day on which money is expected is computed here as well, by `expected_on` of models/accounting/collection.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from models.accounting.ageing import AGES, DUE_SOON_DAYS
from models.accounting.finance_figures import MOST_CUSTOMERS, figures, first_month, last_day
from models.accounting.finance_snapshot import FinanceFigures
from models.accounting.finance_sums import (
    Customer,
    CustomerSum,
    ExpectedSum,
    MonthSum,
    OpenSum,
    OwedByCustomer,
    PaidDays,
    ReadSums,
    Sum,
)
from models.values.money import ZERO, Currency

_OPEN: Final = text(
    """
    SELECT kind, currency, nullif(due_date, 'infinity') AS due, sum(invoices) AS invoices, sum(balance) AS amount
    FROM open_balances GROUP BY 1, 2, 3 HAVING sum(invoices) <> 0
    """
)
_MONTHS: Final = text(
    """
    SELECT kind, currency, greatest(month, CAST(:earlier AS date)) AS month,
        sum(issued) AS issued, sum(issued_amount) AS issued_amount,
        sum(paid_amount) AS paid_amount, sum(rejected) AS rejected, sum(rejected_amount) AS rejected_amount
    FROM invoice_months GROUP BY 1, 2, 3
    HAVING sum(issued) <> 0 OR sum(rejected) <> 0
    """
)
# The median by nearest rank: half of the invoices were not later. Keys are sorted as bytes, which is the fastest order.
_USUAL = """
    SELECT customer_key COLLATE "C" AS customer_key,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY paid_on - due_date) AS usual_days_late
    FROM invoices WHERE paid_on BETWEEN :first AND :as_of AND due_date IS NOT NULL
"""
_EXPECTED: Final = text(
    f"""
    WITH usual AS ({_USUAL} GROUP BY 1)
    SELECT currency,
        CASE WHEN due_date IS NOT NULL
            THEN greatest(due_date + coalesce(usual_days_late, 0), CAST(:as_of AS date)) END AS expected_on,
        usual_days_late IS NOT NULL AS by_history, count(*) AS invoices, sum(balance) AS amount
    FROM invoices LEFT JOIN usual USING (customer_key) WHERE awaits_money GROUP BY 1, 2, 3
    """  # noqa: S608 (no input)
)
_DAYS: Final = text(
    """
    SELECT kind, delivered_on - ready_on AS to_delivered, paid_on - delivered_on AS to_paid, count(*) AS invoices
    FROM invoices WHERE paid_on BETWEEN :first AND :as_of AND delivered_on IS NOT NULL GROUP BY 1, 2, 3
    """
)
# The first customers of each currency, partners first, and how many there are.
_CUSTOMERS: Final = text(
    """
    WITH customers AS (
        SELECT currency, kind, customer_key, sum(open_invoices) AS open_invoices, sum(balance) AS balance
        FROM customer_balances GROUP BY 1, 2, 3 HAVING sum(invoices) > 0
    ), ranked AS (
        SELECT *, count(*) OVER (PARTITION BY currency COLLATE "C") AS customers, row_number() OVER (
            PARTITION BY currency COLLATE "C" ORDER BY kind = 'partner' DESC, balance DESC, customer_key COLLATE "C"
        ) AS place
        FROM customers
    )
    SELECT * FROM ranked WHERE place <= :most ORDER BY currency, place
    """
)
_REVENUE: Final = text(
    """
    SELECT kind, currency, customer_key, sum(issued) AS issued, sum(issued_amount) AS issued_amount,
        sum(paid_amount) AS paid_amount, sum(rejected) AS rejected, sum(rejected_amount) AS rejected_amount
    FROM customer_months WHERE customer_key = ANY(:keys) AND month BETWEEN :first AND :last GROUP BY 1, 2, 3
    """
)
_OWED: Final = text(
    """
    SELECT kind, currency, customer_key, CASE WHEN due_date IS NOT NULL
            THEN least(greatest(due_date, CAST(:earliest AS date)), CAST(:latest AS date)) END AS due,
        count(*) AS invoices, sum(balance) AS amount
    FROM invoices WHERE awaits_money AND customer_key = ANY(:keys) GROUP BY 1, 2, 3, 4
    """
)
_KNOWN: Final = text(
    f"""
    WITH usual AS ({_USUAL} AND customer_key = ANY(:keys) GROUP BY 1)
    SELECT customer_key, customer_name, usual_days_late
    FROM unnest(CAST(:keys AS text[])) AS listed (customer_key) CROSS JOIN LATERAL (
        SELECT customer_name FROM invoices WHERE invoices.customer_key = listed.customer_key
        ORDER BY created_at DESC, id DESC LIMIT 1
    ) AS newest LEFT JOIN usual USING (customer_key)
    """  # noqa: S608 (no input)
)
_CHANGED: Final = text("SELECT count(*) FROM invoices WHERE updated_at >= :moment")


async def read_figures(engine: AsyncEngine, as_of: date, zone: str, changed_since: datetime | None) -> FinanceFigures:
    """Return the figures of the day from the invoices as they are now, all at one moment.

    With `changed_since`, the end of a past day, they say how many invoices have changed after it.
    """
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        taken_at = (await connection.execute(text("SELECT now()"))).scalar_one()
        sums = await _read(connection, as_of)
        changed = await connection.scalar(_CHANGED, {"moment": changed_since}) if changed_since else 0
    return figures(sums, as_of, zone, taken_at, changed or 0)


async def _read(connection: AsyncConnection, as_of: date) -> ReadSums:
    first = first_month(as_of)
    paid = {"first": first, "as_of": as_of}

    async def rows(query: TextClause, values: Mapping[str, Any]) -> Sequence[RowMapping]:
        return (await connection.execute(query, values)).mappings().all()

    ranked = await rows(_CUSTOMERS, {"most": MOST_CUSTOMERS})
    keys = {"keys": sorted({row["customer_key"] for row in ranked})}
    revenue = await rows(_REVENUE, keys | {"first": first, "last": last_day(as_of)})
    earlier = {"earlier": first - timedelta(days=1)}
    return ReadSums(
        open=tuple(OpenSum(**_with_sum(row)) for row in await rows(_OPEN, {})),
        months=tuple(_month(row) for row in await rows(_MONTHS, earlier)),
        expected=tuple(ExpectedSum(**_with_sum(row)) for row in await rows(_EXPECTED, paid)),
        days=tuple(PaidDays(**row) for row in await rows(_DAYS, paid)),
        customers=tuple(_customers(ranked, revenue)),
        customers_of={Currency(row["currency"]): row["customers"] for row in ranked},
        owed=tuple(OwedByCustomer(**_with_sum(row)) for row in await rows(_OWED, keys | _told_apart(as_of))),
        known=tuple(Customer(**row) for row in await rows(_KNOWN, paid | keys)),
    )


def _told_apart(as_of: date) -> dict[str, date]:
    """Return the first and the last due date that the buckets and `is_due_soon` tell apart from all before or after."""
    oldest = max(most for _, most in AGES) + 1
    return {"earliest": as_of - timedelta(days=oldest), "latest": as_of + timedelta(days=DUE_SOON_DAYS + 1)}


def _with_sum(row: RowMapping) -> dict[str, Any]:
    """Return the row with the columns `invoices` and `amount` as one open sum."""
    return {**row, "open": Sum(invoices=row["invoices"], amount=row["amount"])}


def _issued(row: RowMapping) -> dict[str, Any]:
    """Return the sums of a month, or of the 12 months."""
    return {
        "invoiced": Sum(invoices=row["issued"], amount=row["issued_amount"]),
        "paid_amount": row["paid_amount"],
        "rejected": Sum(invoices=row["rejected"], amount=row["rejected_amount"]),
    }


def _month(row: RowMapping) -> MonthSum:
    return MonthSum(kind=row["kind"], currency=row["currency"], month=row["month"], **_issued(row))


def _customers(ranked: Sequence[RowMapping], revenue: Sequence[RowMapping]) -> Iterator[CustomerSum]:
    found = {(row["currency"], row["kind"], row["customer_key"]): _issued(row) for row in revenue}
    nothing = {"invoiced": Sum(), "paid_amount": ZERO, "rejected": Sum()}
    for row in ranked:
        yield CustomerSum(
            kind=row["kind"],
            currency=row["currency"],
            customer_key=row["customer_key"],
            outstanding=Sum(invoices=row["open_invoices"], amount=row["balance"]),
            **found.get((row["currency"], row["kind"], row["customer_key"]), nothing),
        )
