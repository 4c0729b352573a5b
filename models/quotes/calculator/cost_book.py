"""What a calculation knows of costs, and a scenario with the rates that it uses, frozen."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from models.quotes.calculator.scenario import Member, OtherCost, Scenario
from models.quotes.numbers import HUNDRED
from models.quotes.rates.cost_assignment import CostAssignment, find_assignment
from models.quotes.rates.cost_rate import CostRate, find_cost_rate
from models.quotes.rates.overhead_rule import OverheadRule, rules_on
from models.settings.exchange_rate import Conversion, ExchangeRate, find_conversion, rates_of
from models.values.base_models import Frozen
from models.values.money import Currency


class CalculationRefused(ValueError):
    """A scenario cannot be computed; `path` names the field and `message` says what would be right."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class CostBook(Frozen):
    """The dated rates and rules of the settings."""

    cost_rates: tuple[CostRate, ...] = ()
    assignments: tuple[CostAssignment, ...] = ()
    overhead_rules: tuple[OverheadRule, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()

    def cost_rate(
        self, on: date, *, employee: str | None = None, role: str | None = None, grade: str | None = None
    ) -> CostRate | None:
        """Return the rate of a person on the day: the employee's own, else that of the role, else that of the grade.

        A role or grade that is not given is the one that the employee has on the day.
        """
        assigned = find_assignment(self.assignments, on, employee) if employee else None
        if assigned:
            role, grade = role or assigned.role, grade or assigned.grade
        return find_cost_rate(self.cost_rates, on, employee=employee, role=role, grade=grade)


class RatedMember(Frozen):
    """A member of the team with its cost rate. `hours` are the billable hours of all its people in a month."""

    member: Member
    rate: CostRate
    conversion: Conversion
    hours: Decimal


class RatedCost(Frozen):
    cost: OtherCost
    conversion: Conversion

    def times(self, term_months: int) -> int:
        """Return how often the cost is there in the term."""
        return term_months if self.cost.monthly else 1


class RatedOverhead(Frozen):
    rule: OverheadRule
    conversion: Conversion


class RatedScenario(Frozen):
    """A scenario with everything that it takes from the settings."""

    scenario: Scenario
    on: date
    team: tuple[RatedMember, ...]
    costs: tuple[RatedCost, ...]
    overheads: tuple[RatedOverhead, ...]

    @property
    def team_hours(self) -> Decimal:
        """The billable hours of the team in a month."""
        return sum((each.hours for each in self.team), Decimal(0))

    @property
    def exchange_rates(self) -> tuple[ExchangeRate, ...]:
        """The exchange rates that are used, each once."""
        conversions = [
            *(each.conversion for each in self.team),
            *(each.conversion for each in self.costs),
            *(each.conversion for each in self.overheads),
        ]
        return tuple(dict.fromkeys(rate for each in conversions for rate in each.rates))


def rated_costs(scenario: Scenario, on: date, exchange_rates: tuple[ExchangeRate, ...]) -> tuple[RatedCost, ...]:
    """Return the other costs of the scenario with their exchange. They come from no cost rate."""
    convert = _conversions(scenario.currency, on, exchange_rates)
    return tuple(
        RatedCost(cost=cost, conversion=convert(cost.currency or scenario.currency, f"costs.{place}.currency"))
        for place, cost in enumerate(scenario.costs)
    )


def rated(scenario: Scenario, on: date, book: CostBook) -> RatedScenario:
    """Return the scenario with the rates of the day. Raise CalculationRefused if one is missing."""
    convert = _conversions(scenario.currency, on, book.exchange_rates)
    team = []
    for place, member in enumerate(scenario.team):
        rate = book.cost_rate(on, employee=member.employee, role=member.role, grade=member.grade)
        if rate is None:
            raise CalculationRefused(
                f"team.{place}", f"{member.name} has no cost rate on {on}; add one to the settings"
            )
        team.append(
            RatedMember(
                member=member,
                rate=rate,
                conversion=convert(rate.currency, f"team.{place}"),
                hours=_hours(member, rate),
            )
        )
    return RatedScenario(
        scenario=scenario,
        on=on,
        team=tuple(team),
        costs=rated_costs(scenario, on, book.exchange_rates),
        overheads=tuple(
            RatedOverhead(rule=rule, conversion=convert(rule.currency or scenario.currency, "currency"))
            for rule in rules_on(book.overhead_rules, on)
        ),
    )


def _hours(member: Member, rate: CostRate) -> Decimal:
    if member.hours is not None:
        return member.people * member.hours
    return member.people * (member.share_percent or Decimal(0)) / HUNDRED * rate.billable_hours


def _conversions(target: Currency, on: date, rates: tuple[ExchangeRate, ...]) -> Callable[[Currency, str], Conversion]:
    newest = rates_of(rates, on)

    def convert(source: Currency, path: str) -> Conversion:
        found = find_conversion(newest, source, target)
        if found is None:
            raise CalculationRefused(path, f"there is no exchange rate between {source} and {target} on {on}; add one")
        return found

    return convert
