"""The counts that the triggers maintain equal the counts of the rows, also after concurrent writes."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.invoice.projection import InvoiceProjection
from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.invoice import ActionStamp, Invoice
from models.invoice.status import Status
from models.values.money import Currency
from tests.fixtures.database_invoices import CREATED, MARCH, content, invoice
from tests.fixtures.invoices import partner_content

GROUPS = "kind, status, currency, overdue, held, blocked"
MAINTAINED = (
    f"SELECT {GROUPS}, sum(invoices) FROM registry_counts GROUP BY {GROUPS} HAVING sum(invoices) <> 0 ORDER BY {GROUPS}"
)
COUNTED = f"SELECT {GROUPS}, count(*) FROM invoices GROUP BY {GROUPS} ORDER BY {GROUPS}"
BALANCES_MAINTAINED = """
    SELECT kind, currency, nullif(due_date, 'infinity'), sum(invoices), sum(balance) FROM open_balances
    GROUP BY 1, 2, 3 HAVING sum(invoices) <> 0 ORDER BY 1, 2, 3
"""
BALANCES_COUNTED = """
    SELECT kind, currency, due_date, count(*), sum(balance) FROM invoices WHERE awaits_money
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

MONTHS = """
    count(*) FILTER (WHERE {issued}), coalesce(sum(total_amount) FILTER (WHERE {issued}), 0),
    coalesce(sum(paid_amount) FILTER (WHERE {issued}), 0),
    count(*) FILTER (WHERE status = 'rejected'), coalesce(sum(total_amount) FILTER (WHERE status = 'rejected'), 0)
""".format(issued="status IN ('approved', 'sent', 'accepted', 'uploaded', 'awaiting_payment', 'paid', 'closed')")
SUMS = "sum(issued), sum(issued_amount), sum(paid_amount), sum(rejected), sum(rejected_amount)"
SUMS_BY_TABLE = {
    f"SELECT kind, currency, month, {SUMS} FROM invoice_months GROUP BY 1, 2, 3 "
    "HAVING sum(issued) + sum(rejected) <> 0 ORDER BY 1, 2, 3": (
        f"SELECT * FROM (SELECT kind, currency, date_trunc('month', invoice_date)::date AS month, {MONTHS} "
        "FROM invoices GROUP BY 1, 2, 3) AS counted (k, c, m, issued, a, p, rejected, r) "
        "WHERE issued + rejected <> 0 ORDER BY 1, 2, 3"
    ),
    f"SELECT kind, currency, month, customer_key, {SUMS} FROM customer_months GROUP BY 1, 2, 3, 4 "
    "HAVING sum(issued) + sum(rejected) <> 0 ORDER BY 1, 2, 3, 4": (
        f"SELECT * FROM (SELECT kind, currency, date_trunc('month', invoice_date)::date, customer_key, {MONTHS} "
        "FROM invoices GROUP BY 1, 2, 3, 4) AS counted (k, c, m, key, issued, a, p, rejected, r) "
        "WHERE issued + rejected <> 0 ORDER BY 1, 2, 3, 4"
    ),
    "SELECT kind, currency, customer_key, sum(invoices), sum(open_invoices), sum(balance) FROM customer_balances "
    "GROUP BY 1, 2, 3 HAVING sum(invoices) <> 0 ORDER BY 1, 2, 3": (
        "SELECT kind, currency, customer_key, count(*), count(*) FILTER (WHERE awaits_money), "
        "coalesce(sum(balance) FILTER (WHERE awaits_money), 0) FROM invoices GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ),
}


async def require_equal_counts(connection: AsyncConnection) -> None:
    async def found(query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await connection.execute(text(query))]

    assert await found(MAINTAINED) == await found(COUNTED)
    assert await found(BALANCES_MAINTAINED) == await found(BALANCES_COUNTED)
    for maintained, counted in SUMS_BY_TABLE.items():
        assert await found(maintained) == await found(counted)


def changed(made: Invoice, revision: int, dice: random.Random) -> Invoice:
    due = dice.choice([None, CREATED.date(), MARCH.start])
    effect = Effect(
        key="k", name=EffectName.ACCOUNTING, state=EffectState.FAILED, owed_at=CREATED, revision=1, error="no"
    )
    return made.model_copy(
        update={
            "revision": revision,
            "status": dice.choice(list(Status)),
            "due": due,
            "overdue": dice.random() < 0.3,
            "held": dice.choice([None, ActionStamp(by="aziza", at=CREATED)]),
            "effects": dice.choice([(), (effect,)]),
        }
    )


async def test_counts_after_concurrent_writes(connect: Callable[..., AsyncEngine]) -> None:
    """40 invoices with 12 states each, written in random order by concurrent writers."""
    engine = connect(pool_size=15, pool_timeout_seconds=200)
    dice = random.Random(5)  # noqa: S311 (no secret)
    states: list[Invoice] = []
    for n in range(40):
        drafted = content(f"app-count-{n}", currency=dice.choice([Currency.UZS, Currency.USD]))
        drafted = dice.choice([drafted, partner_content(drafted)])
        made = invoice(content=drafted, workflow_id=f"w-{n}")
        states += [changed(made, revision, dice) for revision in range(1, 13)]
    dice.shuffle(states)
    await asyncio.gather(*(InvoiceProjection(engine).project(state) for state in states))
    async with engine.begin() as connection:
        await require_equal_counts(connection)
        assert await connection.scalar(text("SELECT sum(invoices) FROM registry_counts")) == 40
        await connection.execute(text("UPDATE invoices SET total_amount = 5, balance = 5 WHERE currency = 'USD'"))
        await require_equal_counts(connection)
        await connection.execute(text("DELETE FROM invoices WHERE kind = 'partner'"))
        await require_equal_counts(connection)
        await connection.execute(text("DELETE FROM invoices"))
        assert await connection.scalar(text("SELECT count(*) FROM open_balances")) == 0


async def test_what_is_rolled_back_is_not_counted(connect: Callable[..., AsyncEngine]) -> None:
    engine = connect()
    await InvoiceProjection(engine).project(invoice(status=Status.SENT))
    async with engine.connect() as connection:
        await connection.execute(text("DELETE FROM invoices"))
        await connection.rollback()
    async with engine.begin() as connection:
        await require_equal_counts(connection)
        assert await connection.scalar(text("SELECT sum(invoices) FROM registry_counts")) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("ACT-2026-0012", {"act20260012", "20260012", "0012", "12"}),
        ("ООО «Ёлка»", {"ооо", "елка"}),
        ("Oʻzbekiston O'zbek", {"ozbekiston", "ozbek"}),
        ("Élan  №7", {"elan", "no7"}),
        ("???", set()),
        ("x" * 5000, {"x" * 100}),
    ],
)
async def test_words_to_search_by(engine: AsyncEngine, given: str, words: set[str]) -> None:
    async with engine.connect() as connection:
        query = text("SELECT tsvector_to_array(search_words(NULL, :given, '', '', '', '{}'))")
        found = await connection.scalar(query, {"given": given})
    assert found is not None
    assert set(found) == words


async def test_a_name_of_any_length_and_letters_can_be_saved(engine: AsyncEngine) -> None:
    made = invoice()
    longest = "-".join(chr(n) for n in range(33, 0xD7FF, 7)) + "я" * 100_000
    name = made.content.customer.model_copy(update={"name": longest})
    named = made.model_copy(update={"content": made.content.model_copy(update={"customer": name})})
    assert (await InvoiceProjection(engine).project(named)).revision == 1
