"""The cost of work by the role and the grade of an employee (docs/specification/quotes.md 1.1, 3.3).

A developer costs 18.75 USD an hour (2,400.00 / 128), a senior 30.00 USD, the grade middle 20.00 USD, Anna 10.00 USD.
Work is charged at 30.00 USD an hour.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from models.quotes.calculator.cost_book import CostBook
from models.quotes.margins.facts import MarginFacts, MissingKind
from models.quotes.rates.cost_assignment import CostAssignmentInput, find_assignment
from tests.fixtures.margins import ANNA, NOBODY, PEOPLE, analysed, facts, hourly, only, work
from tests.fixtures.scenarios import FIRST, PER_HEAD, assignment, book, calculated, margin_of, scenario, team

D = Decimal
LATER = date(2026, 2, 16)


def known(*assignments: dict[str, Any], overheads: tuple[dict[str, Any], ...] = ()) -> CostBook:
    return book(*overheads, rates=PEOPLE, assignments=assignments)


def of(account: str, *assignments: dict[str, Any]) -> MarginFacts:
    """8 hours on 2 February and 2 hours on 16 February, charged 300.00."""
    records = hourly(work(account, 8), work(account, 2, day=LATER))
    return facts(records, book=known(*assignments))


@dataclass(frozen=True)
class Case:
    name: str
    given: MarginFacts
    direct_cost: str
    net_margin: str | None


CASES = [
    # 10 x 18.75 = 187.50; 300 - 187.50 = 112.50
    Case("a role", of(NOBODY, assignment(NOBODY, role="developer")), "187.50", "112.50"),
    # 10 x 20.00 = 200.00
    Case("a grade", of(NOBODY, assignment(NOBODY, grade="middle")), "200.00", "100.00"),
    # the role counts before the grade: 10 x 30.00
    Case("a role and a grade", of(NOBODY, assignment(NOBODY, role="senior", grade="middle")), "300.00", "0.00"),
    # nobody has a rate of the role tester, so that the grade counts
    Case("a role without a rate", of(NOBODY, assignment(NOBODY, role="tester", grade="middle")), "200.00", "100.00"),
    # the own rate counts first: 10 x 10.00
    Case("an own rate", of(ANNA, assignment(ANNA, role="senior")), "100.00", "200.00"),
    # a developer until the 15th, a senior from the 16th: 8 x 18.75 + 2 x 30.00 = 150.00 + 60.00
    Case(
        "a promotion",
        of(
            NOBODY,
            assignment(NOBODY, role="developer", valid_to="2026-02-15"),
            assignment(NOBODY, role="senior", valid_from="2026-02-16"),
        ),
        "210.00",
        "90.00",
    ),
    # only the 16th is known: 2 x 30.00; the 8 hours before have no cost
    Case("a later beginning", of(NOBODY, assignment(NOBODY, role="senior", valid_from="2026-02-16")), "60.00", None),
    Case("one that is not in use", of(NOBODY, assignment(NOBODY, role="senior", active=False)), "0.00", None),
    # neither the role nor the grade has a rate
    Case("no rate at all", of(NOBODY, assignment(NOBODY, role="tester", grade="guest")), "0.00", None),
    Case("somebody else's", of(NOBODY, assignment(ANNA, role="senior")), "0.00", None),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_worked_example(case: Case) -> None:
    row = only(case.given)
    assert row.direct_cost == D(case.direct_cost)
    assert row.net_margin == (None if case.net_margin is None else D(case.net_margin))


def test_what_remains_missing_is_named_as_before() -> None:
    [missing] = analysed(of(NOBODY, assignment(NOBODY, role="senior", valid_from="2026-02-16"))).missing
    assert (missing.kind, missing.name, missing.seconds) == (MissingKind.COST_RATE, "Nobody (nobody)", 8 * 3600)
    assert (missing.first, missing.last) == (date(2026, 2, 2), date(2026, 2, 2))


def test_the_rate_that_was_used_explains_the_cost() -> None:
    """8 x 2,400 / 128 = 150.00; per head 300 x 8 / 128 = 18.75, by the billable hours of the role."""
    developer = known(assignment(NOBODY, role="developer"), overheads=(PER_HEAD,))
    [entry] = analysed(facts(hourly(work(NOBODY, 8)), book=developer)).entries
    assert entry.cost is not None
    assert entry.cost.rate.id == "role.developer.2026-01-01"
    assert entry.cost.formula == "8 × 2400.00 / 128 = 150.00"
    assert [each.formula for each in entry.cost.overheads] == ["300.00 × 8 / 128 = 18.75"]


def test_the_calculator_finds_the_same_rate() -> None:
    """100 hours of nobody, who is a senior: 100 x 30.00. A role that is typed counts before: 100 x 18.75."""
    senior = known(assignment(NOBODY, role="senior"))
    for role, cost in ((None, "3000.00"), ("developer", "1875.00")):
        member = team(hours="100") | {"employee": NOBODY, "role": role}
        assert margin_of(calculated(scenario(team=[member]), senior)).margin.direct_cost == D(cost)


def test_the_assignment_of_the_day_is_found() -> None:
    first, second = known(
        assignment(NOBODY, role="developer", valid_to="2026-02-15"),
        assignment(NOBODY, grade="middle", valid_from="2026-02-16"),
    ).assignments
    assert (first.id, second.id) == (f"{NOBODY}.{FIRST}", f"{NOBODY}.2026-02-16")
    days = date(2025, 12, 31), date(2026, 2, 15), LATER
    assert [find_assignment((first, second), day, NOBODY) for day in days] == [None, first, second]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"role": None}, "role: give a role or a grade"),
        ({"employee": "Anna B."}, "pattern"),
        ({"role": "senior developer"}, "pattern"),
        ({"valid_to": "2025-12-31"}, "valid_to: 2025-12-31 is before valid_from"),
        ({"gross": "5"}, "gross"),
    ],
)
def test_a_wrong_value_is_refused(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError) as found:
        CostAssignmentInput.model_validate(assignment(NOBODY, role="senior") | changes)
    assert text in str(found.value)
