"""Three hundred random invoices, and plain Python that filters and orders them as the registry must do."""

import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from models.invoice.status import AWAITS_MONEY, Kind, Status, milestone
from models.invoice.tables import InvoiceRow

Row = dict[str, Any]
TODAY = date(2026, 3, 1)
# PostgreSQL compares a deadline with the present time.
PASSED, AHEAD = datetime(2020, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
MONTHS = [date(2025, month, 1) for month in range(7, 13)] + [date(2026, 1, 1), date(2026, 2, 1)]
COMPANIES = [
    "Acme Corp",
    "ACME-Trading LLC",
    "ООО «Ромашка»",
    "Ёлочные игрушки",
    "Élan Systèmes",
    "O'zbekiston Temir Yo'llari",
    "zeta",
    "=HYPERLINK(1)",
]
INVOICES = InvoiceRow.metadata.tables["invoices"]


def rows(count: int = 300, seed: int = 7) -> list[Row]:
    """Return rows with many equal values in every order, and with drafts that have no number and no due date."""
    dice = random.Random(seed)  # noqa: S311 (no secret)
    return [row(n, dice) for n in range(1, count + 1)]


def row(n: int, dice: random.Random, **fields: Any) -> Row:
    kind, status, month = dice.choice(list(Kind)), dice.choice(list(Status)), dice.choice(MONTHS)
    customer = dice.randrange(len(COMPANIES))
    numbered = status not in (Status.DRAFT, Status.DISCARDED)
    invoice_date = month + timedelta(days=31 + dice.randrange(3))
    due = invoice_date + timedelta(days=dice.choice([15, 30, 45])) if numbered else None
    total = Decimal(dice.choice(["0.00", "100.00", "100.50", "99999999999.99", "2500.00"]))
    paid = total if status in (Status.PAID, Status.CLOSED) else Decimal("0.50") if total and dice.random() < 0.2 else 0
    open_ = status in AWAITS_MONEY
    return {
        "id": str(UUID(int=dice.getrandbits(128))),
        "workflow_id": f"service-invoice.{n}",
        "kind": kind.value,
        "status": status.value,
        "milestone": milestone(kind, status),
        "number": f"ACT-{invoice_date.year}-{n}" if numbered else None,
        "series": dice.choice(["ACT", "INV"]) if numbered else None,
        "seq": n if numbered else None,
        "subject_key": f"APP-{n:03d}",
        "application_key": f"APP-{n:03d}",  # one invoice for each contract and period
        "application_name": dice.choice(["Support 24/7", "Сопровождение", "Разработка портала"]),
        "customer_key": f"CUST-{customer:02d}",
        "customer_name": COMPANIES[customer],
        "period_start": month,
        "period_end": month + timedelta(days=27),
        "invoice_date": invoice_date,
        "due_date": due,
        "deal_type": "SUP",
        "client_type": "local",
        "currency": dice.choice(["UZS", "UZS", "USD", "EUR"]),
        "base_amount": total,
        "overtime_hours": 0,
        "overtime_amount": 0,
        "total_hours": 0,
        "total_amount": total,
        "paid_amount": Decimal(paid),
        "balance": total - paid,
        "written_off_amount": Decimal(n % 5) if status in (Status.PAID, Status.CLOSED) else 0,
        "credit_amount": Decimal(n % 7) / 2 if status in (Status.PAID, Status.CLOSED, Status.VOID) else 0,
        "awaits_money": open_,
        "overdue": bool(open_ and due and due < TODAY),
        "held": dice.random() < 0.1,
        "blocked": dice.random() < 0.1,
        "blocked_reason": None,
        "bounced": dice.random() < 0.1,
        "wait_deadline": dice.choice([None, None, PASSED, AHEAD]),
        "revision": 1,
        "state": {"content": {"basis": {"agreement_number": f"Д-{n}/25"}}},
        "created_at": datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=dice.randrange(40)),
    } | fields


async def store(engine: AsyncEngine, given: Sequence[Row]) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(INVOICES), list(given))


def folded(name: str) -> str:
    """Return the name without case, accents and apostrophes, like the SQL function of the migration."""
    bare = "".join(letter for letter in name if letter not in "'`´ʻʼ’‘")
    return "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c)).lower()


# The value that each order compares; rows with None come last in both directions.
ORDERS: Mapping[str, Callable[[Row], Any]] = {
    "created_at": lambda row: row["created_at"],
    "invoice_date": lambda row: row["invoice_date"],
    "due_date": lambda row: row["due_date"],
    "number": lambda row: row["seq"] and (row["series"], row["seq"]),
    "customer_name": lambda row: folded(row["customer_name"]),
    "total_amount": lambda row: row["total_amount"],
    "balance": lambda row: row["balance"],
}


def in_order(given: Sequence[Row], sort: str = "created_at", order: str = "desc") -> list[Row]:
    key, down = ORDERS[sort], order == "desc"
    with_key = [row for row in given if key(row) is not None]
    without = [row for row in given if key(row) is None]
    with_key.sort(key=lambda row: (key(row), row["id"]), reverse=down)
    return with_key + sorted(without, key=lambda row: str(row["id"]), reverse=down)


def ids(given: Sequence[Row]) -> list[str]:
    return [row["id"] for row in given]
