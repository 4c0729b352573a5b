"""What holds for all margins: sums agree in every grouping, and more cost never raises a margin."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from models.contracts.contract import ContractRecords
from models.contracts.worklog import Worklog
from models.quotes.margins.division import divide
from models.quotes.margins.entries import EntryKind, MarginEntry, margin_entries, shown_hours
from models.quotes.margins.facts import MarginFacts
from models.quotes.margins.remedies import flagged_contracts
from models.quotes.margins.revenue import net_revenue
from models.quotes.margins.rows import GroupBy, margin_rows
from models.quotes.margins.work_cost import Unknown, WorkCosts
from models.values.money import Currency, total
from tests.fixtures.margins import ANNA, BORIS, LOLA, NOBODY, facts, fixed, hourly, support
from tests.fixtures.margins import work as worked
from tests.fixtures.scenarios import PER_HEAD, PERCENT, SPREAD_UZS

AMOUNTS = st.decimals(Decimal(-100_000), Decimal(100_000), places=2, allow_nan=False)
ACCOUNTS = st.sampled_from([ANNA, BORIS, LOLA, NOBODY])
DAYS = st.integers(0, 27).map(lambda n: date(2026, 2, 1) + timedelta(days=n))


@st.composite
def worklogs(draw: st.DrawFn, accounts: st.SearchStrategy[str] = ACCOUNTS) -> list[Worklog]:
    made = draw(
        st.lists(st.tuples(accounts, DAYS, st.integers(1, 40_000), st.sampled_from(["P-1", "P-2"])), max_size=8)
    )
    return [
        worked(account, 0, day=day, issue=issue, seconds=seconds, worklog_id=f"w{n}", project_label=issue)
        for n, (account, day, seconds, issue) in enumerate(made)
    ]


MAKERS: list[Callable[..., ContractRecords]] = [
    lambda *work, **more: hourly(*work, **more),
    lambda *work, **more: fixed(*work, price="777.77", **more),
    lambda *work, **more: support(*work, base="1000.01", limit="12.34", **more),
]
OVERHEADS = st.sampled_from([(), (PERCENT,), (PERCENT, PER_HEAD), (SPREAD_UZS,)])


@st.composite
def months(draw: st.DrawFn, accounts: st.SearchStrategy[str] = ACCOUNTS) -> MarginFacts:
    """Two contracts with random work, in two currencies or one."""
    labels = {"labels": ("P-1", "P-2")}
    first = draw(st.sampled_from(MAKERS))(
        *draw(worklogs(accounts)), rate=draw(st.sampled_from(["7.77", "30", "91.3"])), **labels
    )
    second = [each.model_copy(update={"worklog_id": f"x{each.worklog_id}"}) for each in draw(worklogs(accounts))]
    other = draw(st.sampled_from(MAKERS))(*second, application_key="APP-002", **labels)
    currency = draw(st.sampled_from([None, Currency.USD, Currency.UZS]))
    return facts(first, other, overheads=draw(OVERHEADS), currency=currency)


@given(AMOUNTS, st.lists(st.decimals(Decimal(0), Decimal(10_000), places=2), min_size=1, max_size=12))
def test_the_parts_of_a_division_add_up(amount: Decimal, weights: list[Decimal]) -> None:
    weights.append(Decimal(1))
    parts = divide(amount, weights, Currency.USD)
    whole = sum(weights)
    assert sum(parts) == amount
    assert all(
        abs(part - amount * weight / whole) < Decimal("0.01") for part, weight in zip(parts, weights, strict=True)
    )


@given(months())
def test_every_grouping_has_the_same_sums(month: MarginFacts) -> None:
    entries = margin_entries(month).entries
    sums = set()
    for group in GroupBy:
        found = margin_rows(entries, group)
        sums.add(
            tuple(
                tuple(total(getattr(row, name) for row in found if row.currency is currency) for name in NAMES)
                for currency in (Currency.USD, Currency.UZS)
            )
        )
    assert len(sums) == 1


NAMES = ("revenue", "direct_cost", "overhead", "write_off_value")


@given(months(), st.sampled_from(GroupBy))
def test_each_figure_of_a_row_is_the_sum_over_its_entries(month: MarginFacts, group: GroupBy) -> None:
    """The rows are added up in one pass; here each figure is summed for itself, by its definition."""
    entries = margin_entries(month).entries
    for row in margin_rows(entries, group):
        mine = [each for each in entries if each.place.currency is row.currency and key_of(each, group) == row.key]
        worked = [each for each in mine if each.kind is EntryKind.WORK]
        costs = [each.cost for each in worked if each.cost is not None]
        unknown = [each for each in worked if each.cost is None]
        written_off = [each for entry in mine for each in entry.write_offs]
        direct, overhead = total(each.amount for each in costs), total(each.overhead for each in costs)
        revenue = total(each.revenue for each in mine)
        assert (row.revenue, row.direct_cost, row.overhead) == (revenue, direct, overhead)
        assert row.gross_margin == (None if unknown else revenue - direct)
        assert row.net_margin == (None if unknown else revenue - direct - overhead)
        assert row.hours == shown_hours(sum(each.seconds for each in worked))
        assert row.hours_without_cost == shown_hours(sum(each.seconds for each in unknown))
        assert row.open_hours == shown_hours(sum(each.seconds for each in mine if each.kind is EntryKind.OPEN))
        assert row.write_off_hours == shown_hours(sum(each.seconds for each in written_off))
        assert row.write_off_value == total(each.value for each in written_off)
        assert row.invoices == len({each.place.invoice_id for each in mine} - {""})


def key_of(entry: MarginEntry, group: GroupBy) -> str:
    place = entry.place
    return {
        GroupBy.INVOICE: place.invoice_id,
        GroupBy.CONTRACT: place.application_key,
        GroupBy.CLIENT: place.customer_key,
        GroupBy.EMPLOYEE: entry.account_id,
        GroupBy.PROJECT: entry.project,
        GroupBy.MONTH: f"{place.month:%Y-%m}",
        GroupBy.ALL: "",
    }[group]


@given(months())
def test_a_remembered_cost_is_that_of_a_worklog_alone(month: MarginFacts) -> None:
    found = margin_entries(month)
    used = set()
    for entry in found.entries:
        if entry.kind is EntryKind.WORK and entry.worklog is not None:
            alone = WorkCosts(month.book).of(entry.worklog, entry.place.currency)
            assert entry.cost == (None if isinstance(alone, Unknown) else alone)
            used |= set(entry.cost.exchange_rates if entry.cost else ())
            if entry.cost:
                rules = [each.rule.code for each in entry.cost.overheads]
                assert [each.formula.rpartition(" = ")[2] for each in entry.cost.overheads] == [
                    str(each.amount) for each in entry.cost.overheads
                ]
                assert rules == sorted(rules)
    assert used <= set(found.exchange_rates)


@given(months())
def test_the_revenue_is_that_of_the_invoices(month: MarginFacts) -> None:
    if month.currency is None:
        charged = total(net_revenue(each.content) for each in month.invoices)
        assert total(row.revenue for row in margin_rows(margin_entries(month).entries, GroupBy.ALL)) == charged


@given(months(), st.sampled_from(["gross", "taxes", "benefits"]), st.integers(1, 5000))
def test_more_cost_never_raises_a_margin(month: MarginFacts, part: str, more: int) -> None:
    dearer = month.model_copy(
        update={
            "book": month.book.model_copy(
                update={
                    "cost_rates": tuple(
                        each.model_copy(update={part: getattr(each, part) + more}) for each in month.book.cost_rates
                    )
                }
            )
        }
    )
    before, after = (margin_rows(margin_entries(each).entries, GroupBy.ALL) for each in (month, dearer))
    for one, other in zip(before, after, strict=True):
        assert (one.net_margin is None) is (other.net_margin is None)
        assert other.direct_cost >= one.direct_cost
        assert one.net_margin is None or other.net_margin is None or other.net_margin <= one.net_margin


@given(months(st.sampled_from([ANNA, BORIS, LOLA])), st.integers(1, 95))
def test_a_remedy_reaches_the_target(month: MarginFacts, target: int) -> None:
    given = month.model_copy(update={"currency": None})
    wanted = Decimal(target)
    for flag in flagged_contracts(margin_entries(given).entries, given.invoices, wanted):
        assert flag.row.net_margin is not None
        assert flag.row.net_margin * 100 < wanted * flag.row.revenue or flag.row.revenue <= 0
        for remedy in flag.remedies:
            assert (remedy.needed is None) is bool(remedy.reason)
            if remedy.needed is not None:
                assert remedy.net_margin is not None
                assert remedy.revenue is not None
                assert remedy.net_margin * 100 >= wanted * remedy.revenue
                assert remedy.revenue - remedy.net_margin == flag.row.direct_cost + flag.row.overhead
