"""The finance dashboard on a real PostgreSQL: figures worked out by hand, and random invoices against plain Python."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.accounting.finance_sums import read_figures
from activities.database import engine as database
from models.accounting.collection import MEDIAN, Days, expected_on, nearest_rank
from models.accounting.finance_figures import first_month
from models.accounting.finance_snapshot import CurrencyFigures, FinanceFigures, Forecast
from models.accounting.finance_sums import Rest, Sum
from models.invoice.status import Kind
from models.values.money import ZERO, Currency, total
from tests.fixtures.finance_rows import AS_OF, Row, random_rows, store, worked_out
from tests.fixtures.postgres import scratch_database

ZONE = "Asia/Tashkent"


@pytest.fixture
def own_engine(connect: Callable[..., AsyncEngine]) -> AsyncEngine:
    """An engine of a database for one test, because the dashboard reads all invoices."""
    return connect()


@pytest.fixture(scope="module")
async def figures(postgres_url: str, _migrated_template: str) -> FinanceFigures:
    with scratch_database(postgres_url, _migrated_template) as (_, url):
        engine = database.create_engine(url)
        await store(engine, worked_out())
        found = await read_figures(engine, AS_OF, ZONE, changed_since=None)
        await engine.dispose()
    return found


def of_currency(figures: FinanceFigures, currency: Currency) -> CurrencyFigures:
    return next(each for each in figures.currencies if each.currency is currency)


def money(invoices: int, amount: str) -> Sum:
    return Sum(invoices=invoices, amount=Decimal(amount))


def weeks(forecast: Forecast) -> dict[date, tuple[Decimal, Decimal]]:
    """Return what is expected by history and by due date in each week in which something is."""
    return {each.week: (each.by_history, each.by_due_date) for each in forecast.weeks if each.expected.invoices}


async def test_the_sums_of_each_currency(figures: FinanceFigures) -> None:
    """TIME owes 1000 (due today) and 500 - 200 (one day late), Celcom 145: 10+31+31+28+4 = 104 days late."""
    assert [each.currency for each in figures.currencies] == [Currency.MYR, Currency.USD, Currency.UZS]
    ringgit = of_currency(figures, Currency.MYR)
    assert ringgit.outstanding == money(3, "1445.00")
    assert (ringgit.due_soon, ringgit.late, ringgit.rejected) == (
        money(1, "1000.00"),
        money(2, "445.00"),
        money(1, "75.00"),
    )
    assert {each.days_late: (each.invoices, each.amount) for each in ringgit.ageing} == {
        "0": (1, Decimal("1000.00")),
        "1-30": (1, Decimal("300.00")),
        "31-60": (0, ZERO),
        "61-90": (0, ZERO),
        "90+": (1, Decimal("145.00")),
    }
    sum_ = of_currency(figures, Currency.UZS)
    assert (sum_.outstanding, sum_.due_soon, sum_.late) == (money(1, "15000000.00"), money(1, "15000000.00"), Sum())
    dollars = of_currency(figures, Currency.USD)
    assert (dollars.outstanding, dollars.due_soon) == (money(1, "2500.00"), Sum())


async def test_the_partners_of_a_currency(figures: FinanceFigures) -> None:
    """TIME: 1000 + 500 + 150 + 330 were invoiced, 200 + 150 + 330 paid; it paid 10 and 20 days late."""
    time, celcom = of_currency(figures, Currency.MYR).customers
    assert (time.kind, time.customer_key, time.customer_name) == (Kind.PARTNER, "TIME", "Time")
    assert (time.outstanding, time.due_soon, time.late) == (
        money(2, "1300.00"),
        money(1, "1000.00"),
        money(1, "300.00"),
    )
    assert (time.invoiced, time.paid_amount, time.rejected) == (money(4, "1980.00"), Decimal("680.00"), money(1, "75"))
    assert time.usual_days_late == 10
    assert (celcom.customer_key, celcom.outstanding, celcom.usual_days_late) == ("CELCOM", money(1, "145.00"), None)
    assert [each.amount for each in celcom.ageing] == [ZERO, ZERO, ZERO, ZERO, Decimal("145.00")]
    assert of_currency(figures, Currency.MYR).other_customers == Rest()


async def test_the_months(figures: FinanceFigures) -> None:
    months = {
        each.month: (each.invoiced.amount, each.paid_amount, each.rejected.amount)
        for each in of_currency(figures, Currency.MYR).months
    }
    assert list(months) == [*(date(2025, n, 1) for n in range(4, 13)), *(date(2026, n, 1) for n in range(1, 4))]
    amounts = {month: tuple(str(each) for each in found) for month, found in months.items() if any(found)}
    assert amounts == {
        date(2025, 10, 1): ("145.00", "0.00", "0.00"),
        date(2025, 11, 1): ("150.00", "150.00", "0.00"),
        date(2025, 12, 1): ("830.00", "530.00", "0.00"),
        date(2026, 1, 1): ("1000.00", "0.00", "0.00"),
        date(2026, 2, 1): ("0.00", "0.00", "75.00"),
    }
    # The void invoice, the draft, and the one of March 2025 do not count.
    assert total(each.invoiced.amount for each in of_currency(figures, Currency.UZS).months) == Decimal("27000000.00")


async def test_the_days_from_ready_to_paid(figures: FinanceFigures) -> None:
    """Partners: 5 and 5 days to the upload, 55 and 65 from there; the client's was sent at once and paid in 14."""
    service, partner = figures.timing
    assert partner.ready_to_delivered == Days(invoices=2, mean=Decimal("5.0"), percentile_90=5)
    assert partner.delivered_to_paid == Days(invoices=2, mean=Decimal("60.0"), percentile_90=65)
    assert partner.ready_to_paid == Days(invoices=2, mean=Decimal("65.0"), percentile_90=70)
    assert service.ready_to_delivered == Days(invoices=1, mean=Decimal("0.0"), percentile_90=0)
    assert service.ready_to_paid == Days(invoices=1, mean=Decimal("14.0"), percentile_90=14)


async def test_the_cash_that_is_expected(figures: FinanceFigures) -> None:
    """TIME pays 10 days late: 1000 on 14 March, 300 on the 13th. Celcom has no history and is late: this week.

    The client pays 31 days early: 15,000,000 is expected now. 30 June is after the 13 weeks, which end on 31 May.
    """
    this, next_ = date(2026, 3, 2), date(2026, 3, 9)
    assert weeks(of_currency(figures, Currency.MYR).forecast) == {
        this: (ZERO, Decimal("145.00")),
        next_: (Decimal("1300.00"), ZERO),
    }
    assert weeks(of_currency(figures, Currency.UZS).forecast) == {this: (Decimal("15000000.00"), ZERO)}
    dollars = of_currency(figures, Currency.USD).forecast
    assert (weeks(dollars), dollars.later) == ({}, money(1, "2500.00"))


def expected_by_hand(rows: list[Row], currency: str) -> dict[date | None, Decimal]:
    """Return the expected money of each day by the rules of models/accounting/collection.py."""
    late: dict[str, list[int]] = {}
    for each in rows:
        if each["paid_on"] and each["due_date"] and each["paid_on"] >= first_month(AS_OF):
            late.setdefault(each["customer_key"], []).append((each["paid_on"] - each["due_date"]).days)
    found: defaultdict[date | None, Decimal] = defaultdict(lambda: ZERO)
    for each in rows:
        if each["awaits_money"] and each["currency"] == currency:
            usual = nearest_rank(Counter(late.get(each["customer_key"], [])), MEDIAN)
            found[expected_on(each["due_date"], usual, AS_OF) if each["due_date"] else None] += each["balance"]
    return found


@pytest.mark.parametrize("seed", [1, 2])
async def test_random_invoices_against_plain_python(own_engine: AsyncEngine, seed: int) -> None:
    rows = random_rows(150, seed)
    await store(own_engine, rows)
    found = await read_figures(own_engine, AS_OF, ZONE, changed_since=None)
    for each in found.currencies:
        owed = [r for r in rows if r["awaits_money"] and r["currency"] == each.currency]
        assert each.outstanding == Sum(invoices=len(owed), amount=total(r["balance"] for r in owed))
        late = [r for r in owed if r["due_date"] and r["due_date"] < AS_OF]
        assert each.late == Sum(invoices=len(late), amount=total(r["balance"] for r in late))
        customers = each.customers
        assert total(c.outstanding.amount for c in customers) == each.outstanding.amount
        assert total(c.late.amount for c in customers) == each.late.amount
        assert total(c.invoiced.amount for c in customers) == total(m.invoiced.amount for m in each.months)
        by_hand = expected_by_hand(rows, each.currency)
        assert each.forecast.without_due_date.amount == by_hand.pop(None, ZERO)
        for week in each.forecast.weeks:
            mine = [amount for day, amount in by_hand.items() if day and 0 <= (day - week.week).days < 7]
            assert week.expected.amount == sum(mine, ZERO)


async def test_customers_beyond_the_limit_are_summed_up(own_engine: AsyncEngine) -> None:
    """53 clients owe 1, 2, ... 53 USD: the three smallest, 1 + 2 + 3, are not listed."""
    template = worked_out()[11]
    await store(
        own_engine,
        [
            template
            | {"id": str(n), "workflow_id": str(n), "application_key": str(n), "customer_key": f"C-{n}"}
            | {"total_amount": n, "balance": n}
            for n in range(1, 54)
        ],
    )
    (dollars,) = (await read_figures(own_engine, AS_OF, ZONE, changed_since=None)).currencies
    assert [each.outstanding.amount for each in dollars.customers] == [Decimal(n) for n in range(53, 3, -1)]
    assert dollars.other_customers == Rest(customers=3, outstanding=money(3, "6.00"), invoiced=money(3, "6.00"))
