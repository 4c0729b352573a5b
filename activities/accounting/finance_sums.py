"""Reads the sums of the finance dashboard from the invoices in PostgreSQL, as they are at one moment.

The cost must not grow with the number of old invoices: triggers keep the open balances, and the rest is read from
indexes that contain all columns (docs/specification/dashboard.md 8). Rules of the figures are in models/accounting/;
only the day on which money is expected is computed here as well, by `expected_on` of models/accounting/collection.py.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from models.accounting.finance_figures import ISSUED, MOST_CUSTOMERS, figures, first_month, last_day
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
    RejectedSum,
    Rest,
    Sum,
)
from models.invoice.status import Status
from models.values.money import Currency

_OPEN: Final = text(
    """
    SELECT kind, currency, nullif(due_date, 'infinity') AS due, sum(invoices) AS invoices, sum(balance) AS amount
    FROM open_balances GROUP BY 1, 2, 3 HAVING sum(invoices) <> 0
    """
)
_MONTHS: Final = text(
    """
    SELECT kind, currency, date_trunc('month', invoice_date)::date AS month, status,
        count(*) AS invoices, sum(total_amount) AS total_amount, sum(paid_amount) AS paid_amount
    FROM invoices WHERE invoice_date BETWEEN :first AND :last AND (status = ANY(:issued) OR status = :rejected)
    GROUP BY 1, 2, 3, 4
    """
)
_REJECTED: Final = text(
    """
    SELECT kind, currency, count(*) AS invoices, sum(total_amount) AS amount
    FROM invoices WHERE status = :rejected GROUP BY 1, 2
    """
)
# The median by nearest rank: half of the invoices were not later.
_USUAL = """
    SELECT kind, customer_key, percentile_disc(0.5) WITHIN GROUP (ORDER BY paid_on - due_date) AS usual_days_late
    FROM invoices WHERE paid_on BETWEEN :first AND :as_of AND due_date IS NOT NULL
"""
_EXPECTED: Final = text(
    f"""
    WITH usual AS ({_USUAL} GROUP BY 1, 2)
    SELECT currency,
        CASE WHEN due_date IS NOT NULL
            THEN greatest(due_date + coalesce(usual_days_late, 0), CAST(:as_of AS date)) END AS expected_on,
        usual_days_late IS NOT NULL AS by_history, count(*) AS invoices, sum(balance) AS amount
    FROM invoices LEFT JOIN usual USING (kind, customer_key) WHERE awaits_money GROUP BY 1, 2, 3
    """  # noqa: S608 (no input)
)
_DAYS: Final = text(
    """
    SELECT kind, delivered_on - (created_at AT TIME ZONE :zone)::date AS to_delivered,
        paid_on - delivered_on AS to_paid, count(*) AS invoices
    FROM invoices WHERE paid_on BETWEEN :first AND :as_of AND delivered_on IS NOT NULL GROUP BY 1, 2, 3
    """
)
# The customers of each currency, partners first. The totals of a currency tell what the list leaves out.
_CUSTOMERS: Final = text(
    """
    WITH owed AS (
        SELECT currency, kind, customer_key, count(*) AS invoices, sum(balance) AS amount
        FROM invoices WHERE awaits_money GROUP BY 1, 2, 3
    ), issued AS (
        SELECT currency, kind, customer_key, count(*) AS invoices, sum(total_amount) AS amount,
            sum(paid_amount) AS paid_amount
        FROM invoices WHERE invoice_date BETWEEN :first AND :last AND status = ANY(:issued) GROUP BY 1, 2, 3
    ), refused AS (
        SELECT currency, kind, customer_key, count(*) AS invoices, sum(total_amount) AS amount
        FROM invoices WHERE status = :rejected GROUP BY 1, 2, 3
    ), customers AS (
        SELECT currency, kind, customer_key,
            coalesce(owed.invoices, 0) AS owed_invoices, coalesce(owed.amount, 0) AS owed_amount,
            coalesce(issued.invoices, 0) AS issued_invoices, coalesce(issued.amount, 0) AS issued_amount,
            coalesce(issued.paid_amount, 0) AS paid_amount,
            coalesce(refused.invoices, 0) AS refused_invoices, coalesce(refused.amount, 0) AS refused_amount
        FROM owed FULL JOIN issued USING (currency, kind, customer_key)
            FULL JOIN refused USING (currency, kind, customer_key)
    ), ranked AS (
        SELECT *, row_number() OVER (
            PARTITION BY currency ORDER BY kind = 'partner' DESC, owed_amount DESC, issued_amount DESC, customer_key
        ) AS place
        FROM customers
    )
    SELECT currency, kind, customer_key, owed_invoices, owed_amount, issued_invoices, issued_amount, paid_amount,
        refused_invoices, refused_amount, place, 1 AS customers
    FROM ranked WHERE place <= :most
    UNION ALL
    SELECT currency, NULL, NULL, sum(owed_invoices), sum(owed_amount), sum(issued_invoices), sum(issued_amount),
        sum(paid_amount), sum(refused_invoices), sum(refused_amount), :most + 1, count(*)
    FROM ranked WHERE place > :most GROUP BY currency
    ORDER BY currency, place
    """
)
_OWED: Final = text(
    """
    SELECT kind, currency, customer_key, due_date AS due, count(*) AS invoices, sum(balance) AS amount
    FROM invoices WHERE awaits_money AND customer_key = ANY(:keys) GROUP BY 1, 2, 3, 4
    """
)
_KNOWN: Final = text(
    f"""
    WITH usual AS ({_USUAL} AND customer_key = ANY(:keys) GROUP BY 1, 2)
    SELECT kind, customer_key, customer_name, usual_days_late
    FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[])) AS listed (kind, customer_key) CROSS JOIN LATERAL (
        SELECT customer_name FROM invoices
        WHERE invoices.customer_key = listed.customer_key AND invoices.kind = listed.kind
        ORDER BY created_at DESC, id DESC LIMIT 1
    ) AS newest LEFT JOIN usual USING (kind, customer_key)
    """  # noqa: S608 (no input)
)
_CHANGED: Final = text("SELECT count(*) FROM invoices WHERE updated_at >= :moment")
_ISSUED = sorted(ISSUED)


async def read_figures(engine: AsyncEngine, as_of: date, zone: str, changed_since: datetime | None) -> FinanceFigures:
    """Return the figures of the day from the invoices as they are now, all at one moment.

    With `changed_since`, the end of a past day, they say how many invoices have changed after it.
    """
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        taken_at = (await connection.execute(text("SELECT now()"))).scalar_one()
        sums = await _read(connection, as_of, zone)
        changed = await connection.scalar(_CHANGED, {"moment": changed_since}) if changed_since else 0
    return figures(sums, as_of, zone, taken_at, changed or 0)


async def _read(connection: AsyncConnection, as_of: date, zone: str) -> ReadSums:
    first, last = first_month(as_of), last_day(as_of)
    months = {"first": first, "last": last, "issued": _ISSUED, "rejected": Status.REJECTED.value}
    paid = {"first": first, "as_of": as_of}

    async def rows(query: TextClause, values: Mapping[str, Any]) -> Sequence[RowMapping]:
        return (await connection.execute(query, values)).mappings().all()

    ranked = await rows(_CUSTOMERS, months | {"most": MOST_CUSTOMERS})
    listed = [row for row in ranked if row["customer_key"] is not None]
    customers = sorted({(row["kind"], row["customer_key"]) for row in listed})
    keys = {"kinds": [kind for kind, _ in customers], "keys": [key for _, key in customers]}
    return ReadSums(
        open=tuple(OpenSum(**_with_sum(row, "open")) for row in await rows(_OPEN, {})),
        months=tuple(MonthSum(**row) for row in await rows(_MONTHS, months)),
        rejected=tuple(RejectedSum(**_with_sum(row, "rejected")) for row in await rows(_REJECTED, months)),
        expected=tuple(ExpectedSum(**_with_sum(row, "open")) for row in await rows(_EXPECTED, paid)),
        days=tuple(PaidDays(**row) for row in await rows(_DAYS, paid | {"zone": zone})),
        customers=tuple(_customer(row) for row in listed),
        rest={Currency(row["currency"]): _rest(row) for row in ranked if row["customer_key"] is None},
        owed=tuple(OwedByCustomer(**_with_sum(row, "open")) for row in await rows(_OWED, keys)),
        known=tuple(Customer(**row) for row in await rows(_KNOWN, paid | keys)),
    )


def _with_sum(row: RowMapping, name: str) -> dict[str, Any]:
    """Return the row with the columns `invoices` and `amount` as one sum of this name."""
    return {**row, name: Sum(invoices=row["invoices"], amount=row["amount"])}


def _customer(row: RowMapping) -> CustomerSum:
    return CustomerSum(
        kind=row["kind"],
        currency=row["currency"],
        customer_key=row["customer_key"],
        outstanding=Sum(invoices=row["owed_invoices"], amount=row["owed_amount"]),
        invoiced=Sum(invoices=row["issued_invoices"], amount=row["issued_amount"]),
        paid_amount=row["paid_amount"],
        rejected=Sum(invoices=row["refused_invoices"], amount=row["refused_amount"]),
    )


def _rest(row: RowMapping) -> Rest:
    return Rest(
        customers=row["customers"],
        outstanding=Sum(invoices=row["owed_invoices"], amount=row["owed_amount"]),
        invoiced=Sum(invoices=row["issued_invoices"], amount=row["issued_amount"]),
    )
