"""Worked examples of margins, each with its arithmetic (docs/specification/quotes.md 3).

Without other words an invoice charges 30.00 USD an hour. Anna costs 10.00 USD an hour, Boris 2,400 / 128 = 18.75 USD,
Lola 100,000.00 UZS, which are 8.00 USD at 12,500.
"""

from dataclasses import dataclass
from datetime import date

from models.invoice.status import Status
from models.quotes.margins.facts import MarginFacts
from tests.fixtures.margins import (
    ANNA,
    BORIS,
    LOLA,
    NOBODY,
    content_of,
    facts,
    fixed,
    hourly,
    live,
    support,
    work,
)
from tests.fixtures.scenarios import PER_HEAD, PERCENT, SPREAD, SPREAD_UZS

TUESDAY = date(2026, 2, 3)


@dataclass(frozen=True)
class Case:
    name: str
    given: MarginFacts
    expected: dict[str, str | None]


def _sums(**expected: str | None) -> dict[str, str | None]:
    return expected


LOCAL_RATE = {"rate": "400000.00", "currency": "UZS"}

COSTS = [
    # 10 x 30 = 300; 10 x 10 = 100; 200 / 300 = 66.67 %; 300 / 10 = 30 an hour
    Case(
        "one person",
        facts(hourly(work(ANNA, 10))),
        _sums(
            hours="10",
            revenue="300",
            direct_cost="100",
            overhead="0",
            gross_margin="200",
            gross_percent="66.67",
            net_margin="200",
            net_percent="66.67",
            effective_rate="30",
            realisation_percent="100",
        ),
    ),
    # 8 x 18.75 = 150.00
    Case(
        "taxes, benefits and utilisation",
        facts(hourly(work(BORIS, 8))),
        _sums(revenue="240", direct_cost="150", net_margin="90", net_percent="37.50"),
    ),
    # 100 + 4 x 18.75 = 175; 14 x 30 = 420
    Case(
        "two people",
        facts(hourly(work(ANNA, 10), work(BORIS, 4))),
        _sums(revenue="420", direct_cost="175", net_margin="245", net_percent="58.33"),
    ),
    # 1.2 h x 18.75 = 22.50; each worklog is rounded once: 0.7 x 18.75 = 13.125 = 13.13, 0.5 x 18.75 = 9.375 = 9.38
    Case(
        "each worklog is rounded once",
        facts(hourly(work(BORIS, "0.7"), work(BORIS, "0.5", day=TUESDAY))),
        _sums(hours="1.20", revenue="36", direct_cost="22.51", net_margin="13.49"),
    ),
    # 10 h below cost: 10 x 9 = 90; 90 - 100 = -10; -10 / 90 = -11.11 %
    Case(
        "a loss",
        facts(hourly(work(ANNA, 10), rate="9.00")),
        _sums(net_margin="-10", net_percent="-11.11", gross_percent="-11.11"),
    ),
    # 10 h x 100,000 / 12,500 = 80.00 USD
    Case(
        "a cost in another currency",
        facts(hourly(work(LOLA, 10))),
        _sums(revenue="300", direct_cost="80", net_margin="220", net_percent="73.33"),
    ),
    # 10 h x 400,000 = 4,000,000; 10 x 10 USD x 12,500 = 1,250,000
    Case(
        "an invoice in another currency",
        facts(hourly(work(ANNA, 10), **LOCAL_RATE)),
        _sums(revenue="4000000", direct_cost="1250000", net_margin="2750000", net_percent="68.75"),
    ),
    # the base is charged whatever the hours: 500 - 20 x 10 = 300; 500 / 20 = 25 an hour
    Case(
        "support inside its limit",
        facts(support(work(ANNA, 20), base="500", limit="40")),
        _sums(revenue="500", direct_cost="200", net_margin="300", net_percent="60", effective_rate="25"),
    ),
    # 500 + 10 x 30 = 800; 50 x 10 = 500
    Case(
        "support with overtime",
        facts(support(work(ANNA, 50), base="500", limit="40")),
        _sums(revenue="800", direct_cost="500", net_margin="300", net_percent="37.50", effective_rate="16"),
    ),
    # the price stays: 1,000 - 20 x 18.75 = 625
    Case(
        "a fixed price",
        facts(fixed(work(BORIS, 20), price="1000")),
        _sums(revenue="1000", direct_cost="375", net_margin="625", net_percent="62.50", write_off_value="0"),
    ),
    # without work a fixed price costs nothing, and there is no hour of it
    Case(
        "a fixed price without work",
        facts(fixed(price="1000")),
        _sums(hours="0", revenue="1000", direct_cost="0", net_margin="1000", net_percent="100", effective_rate=None),
    ),
]

OVERHEADS = [
    # 20 % of 100
    Case(
        "a percentage",
        facts(hourly(work(ANNA, 10)), overheads=(PERCENT,)),
        _sums(overhead="20", gross_margin="200", net_margin="180", net_percent="60"),
    ),
    # 300 x 8 / 128 = 18.75
    Case(
        "per head",
        facts(hourly(work(BORIS, 8)), overheads=(PER_HEAD,)),
        _sums(direct_cost="150", overhead="18.75", net_margin="71.25"),
    ),
    # 10,000 / 1,000 x 10 = 100
    Case(
        "spread over the company's hours",
        facts(hourly(work(ANNA, 10)), overheads=(SPREAD,)),
        _sums(overhead="100", net_margin="100"),
    ),
    # 12,500,000 UZS / 1,000 x 10 / 12,500 = 10.00 USD
    Case(
        "in another currency",
        facts(hourly(work(ANNA, 10)), overheads=(SPREAD_UZS,)),
        _sums(overhead="10", net_margin="190"),
    ),
    # 20 % of 100 + 300 x 10 / 160 = 20 + 18.75
    Case(
        "beside each other",
        facts(hourly(work(ANNA, 10)), overheads=(PERCENT, PER_HEAD)),
        _sums(overhead="38.75", net_margin="161.25"),
    ),
    # begins after the work: 2026-03-01
    Case(
        "not yet valid",
        facts(hourly(work(ANNA, 10)), overheads=(PERCENT | {"valid_from": "2026-03-01"},)),
        _sums(overhead="0", net_margin="200"),
    ),
]

MISSING = [
    # 2 x 30 are charged for work without a cost rate; 10 x 10 = 100 is what is known
    Case(
        "a person without a cost rate",
        facts(hourly(work(ANNA, 10), work(NOBODY, 2))),
        _sums(
            revenue="360",
            direct_cost="100",
            gross_margin=None,
            net_margin=None,
            net_percent=None,
            hours_without_cost="2",
        ),
    ),
    # the worklog of 4 hours is deleted from ClickHouse after the invoice
    Case(
        "a worklog that is gone",
        facts(hourly(work(ANNA, 10)), invoices=[live(content_of(hourly(work(ANNA, 10), work(BORIS, 4))))]),
        _sums(revenue="420", direct_cost="100", net_margin=None, hours="14", hours_without_cost="4"),
    ),
]

SHORT = work(ANNA, "0.25")
WRITE_OFFS = [
    # work of an excluded person is on no invoice: 5 x 30 = 150; 300 / (300 + 150) = 66.67 %
    Case(
        "an excluded person",
        facts(hourly(work(ANNA, 10), work(BORIS, 5)), exclusions={BORIS: "excluded"}),
        _sums(
            hours="10",
            revenue="300",
            direct_cost="100",
            net_margin="200",
            write_off_hours="5",
            write_off_value="150",
            realisation_percent="66.67",
        ),
    ),
    # only counted: 2 x 30 = 60
    Case(
        "overhead only",
        facts(hourly(work(ANNA, 10), work(BORIS, 2)), exclusions={BORIS: "overhead_only"}),
        _sums(write_off_hours="2", write_off_value="60"),
    ),
    # an internal project of the contract
    Case(
        "an internal project",
        facts(
            hourly(work(ANNA, 10), work(ANNA, 3, issue="INT-1", project_label="INT"), labels=("PROJ", "INT")),
            classifications={"INT": "internal"},
        ),
        _sums(hours="10", write_off_hours="3", write_off_value="90"),
    ),
    # 0.25 h are billed as 0.50: 15.00 for 7.50 of work; costs 0.25 x 10 = 2.50; 15 / (15 - 7.5) = 200 %
    Case(
        "the minimum of half an hour",
        facts(hourly(SHORT)),
        _sums(
            hours="0.25",
            revenue="15",
            direct_cost="2.50",
            write_off_hours="-0.25",
            write_off_value="-7.50",
            effective_rate="60",
            realisation_percent="200",
        ),
    ),
    # 0.25 h of support are 0.50 inside the limit; no hour has a price
    Case(
        "the minimum in support",
        facts(support(SHORT, base="500", limit="40")),
        _sums(write_off_hours="-0.25", write_off_value="0"),
    ),
    # 50 x 30 = 1,500 is 500 beyond the price, 500 / 30 = 16.67 h; 1,000 / 1,500 = 66.67 %; 1,000 / 50 = 20 an hour
    Case(
        "beyond a fixed price",
        facts(fixed(work(ANNA, 50), price="1000")),
        _sums(
            revenue="1000",
            net_margin="500",
            write_off_hours="16.67",
            write_off_value="500",
            realisation_percent="66.67",
            effective_rate="20",
        ),
    ),
    # without an hourly rate nobody knows what the work is worth
    Case(
        "a fixed price without a rate",
        facts(fixed(work(ANNA, 50), price="1000", rate="0")),
        _sums(write_off_hours="0", write_off_value="0", realisation_percent="100"),
    ),
    # a draft is no revenue yet: its work is open
    Case(
        "a draft",
        facts(hourly(work(ANNA, 10)), invoices=[live(content_of(hourly(work(ANNA, 10))), None, Status.DRAFT)]),
        _sums(hours="0", revenue="0", direct_cost="0", net_margin="0", open_hours="10", net_percent=None),
    ),
    # nothing was invoiced
    Case("no invoice", facts(hourly(work(ANNA, 10)), invoices=[]), _sums(revenue="0", open_hours="10")),
]

SHOWN_IN = [
    # 4,000,000 / 12,500 = 320; 100,000 x 10 / 12,500 = 80
    Case(
        "another currency",
        facts(hourly(work(LOLA, 10), **LOCAL_RATE), currency="USD"),
        _sums(revenue="320", direct_cost="80", net_margin="240", net_percent="75"),
    ),
    # 300 USD x 12,500 = 3,750,000; 500 USD overrun would be 6,250,000
    Case(
        "write-offs, too",
        facts(fixed(work(ANNA, 50), price="1000"), currency="UZS"),
        _sums(revenue="12500000", write_off_value="6250000", write_off_hours="16.67"),
    ),
]

ALL = {
    "cost": COSTS,
    "overhead": OVERHEADS,
    "missing": MISSING,
    "write-off": WRITE_OFFS,
    "shown in": SHOWN_IN,
}
