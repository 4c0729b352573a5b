"""The costs of a scenario: team, other costs, overhead, and the wait for the payment.

See docs/specification/quotes.md 2.5. Each line is rounded once, in the currency of the scenario.
"""

from decimal import Decimal

from models.quotes.calculator.cost_book import RatedCost, RatedMember, RatedOverhead, RatedScenario
from models.quotes.calculator.explained import Explained
from models.quotes.calculator.price import charge
from models.quotes.numbers import HUNDRED
from models.quotes.rates.overhead_rule import OverheadKind
from models.values.base_models import Frozen
from models.values.money import Currency, round_amount, shown, total

ONE = Decimal(1)
YEAR = Decimal(365)
_SHOWN_MEMBERS = 6


class Variation(Frozen):
    """By which factors the hours, the utilisation and the foreign currencies differ from what was entered."""

    hours: Decimal = ONE
    utilisation: Decimal = ONE
    exchange: Decimal = ONE


AS_ENTERED = Variation()


def direct_lines(rated: RatedScenario, variation: Variation = AS_ENTERED) -> tuple[Explained, ...]:
    """Return the cost of the team in a month, and the other costs."""
    term = rated.scenario.term_months
    team = [_team_line(each, rated.scenario.currency, term, variation) for each in rated.team]
    return (*team, *(_other_line(each, rated.scenario.currency, term, variation) for each in rated.costs))


def overhead_lines(
    rated: RatedScenario, direct: tuple[Explained, ...], variation: Variation = AS_ENTERED
) -> tuple[Explained, ...]:
    """Return one line for each overhead rule of the day."""
    borne = total(each.total for each in direct if each.rule != "cost.passed_on")
    return tuple(_overhead_line(each, rated, borne, variation) for each in rated.overheads)


def waiting_line(rated: RatedScenario, revenue: Decimal) -> Explained:
    """Return what it costs to wait for the revenue of the term."""
    scenario = rated.scenario
    amount = round_amount(revenue * waiting_share(rated), scenario.currency)
    formula = f"{revenue} × {shown(scenario.financing_percent)} / 100 × {scenario.payment_days} / 365"
    return Explained.by("cost.waiting", "waiting for the payment", formula, amount)


def waiting_share(rated: RatedScenario) -> Decimal:
    """Return which share of the revenue the wait for it costs."""
    return rated.scenario.financing_percent / HUNDRED * rated.scenario.payment_days / YEAR


def _team_line(each: RatedMember, currency: Currency, term: int, variation: Variation) -> Explained:
    rate, hours = each.rate, each.hours * variation.hours
    billable = _billable(each, variation)
    numerator = hours * rate.monthly * each.conversion.multiplier * _exchange(each, variation)
    amount = round_amount(numerator / (billable * each.conversion.divisor), currency)
    formula = f"{shown(hours)} × {rate.monthly} / {shown(billable)}{each.conversion.formula}"
    return Explained.by(
        "cost.team",
        each.member.name,
        formula,
        amount,
        times=term,
        rate_id=rate.id,
        month=f"{rate.gross} + {rate.taxes} + {rate.benefits} {rate.currency}",
        billable_hours=f"{rate.hours_per_month} × {rate.utilisation_percent} %",
    )


def _other_line(each: RatedCost, currency: Currency, term: int, variation: Variation) -> Explained:
    cost = each.cost
    paid = each.conversion.convert(cost.amount * _exchange(each, variation))
    return Explained.by(
        "cost.passed_on" if cost.passed_on else "cost.other",
        cost.name,
        f"{cost.amount}{each.conversion.formula}",
        paid,
        times=each.times(term),
        **({"charged": f"with {shown(cost.markup_percent)} % {charge(each, currency)}"} if cost.passed_on else {}),
    )


def _overhead_line(each: RatedOverhead, rated: RatedScenario, borne: Decimal, variation: Variation) -> Explained:
    rule, currency, term = each.rule, rated.scenario.currency, rated.scenario.term_months
    rule_name = f"overhead.{rule.kind}"
    if rule.kind is OverheadKind.PERCENT:
        percent = rule.percent or Decimal(0)
        amount = round_amount(borne * percent / HUNDRED, currency)
        formula = f"{borne} × {shown(percent)} / 100"
        return Explained.by(rule_name, rule.code, formula, amount, rule_id=rule.id)
    monthly = (rule.amount or Decimal(0)) * each.conversion.multiplier * _exchange(each, variation)
    if rule.kind is OverheadKind.PER_HEAD:
        heads = _heads(rated, variation)
        amount = round_amount(monthly * heads / each.conversion.divisor, currency)
        formula = f"{rule.amount} × {_heads_formula(rated, variation)}{each.conversion.formula}"
        return Explained.by(rule_name, rule.code, formula, amount, times=term, rule_id=rule.id)
    spread_over, hours = rule.billable_hours or ONE, rated.team_hours * variation.hours
    amount = round_amount(monthly * hours / (spread_over * each.conversion.divisor), currency)
    formula = f"{rule.amount} / {shown(spread_over)} × {shown(hours)}{each.conversion.formula}"
    return Explained.by(rule_name, rule.code, formula, amount, times=term, rule_id=rule.id)


def _heads(rated: RatedScenario, variation: Variation) -> Decimal:
    """Return how many full-time people the hours of the team are."""
    return sum(
        (each.hours * variation.hours / _billable(each, variation) for each in rated.team),
        Decimal(0),
    )


def _heads_formula(rated: RatedScenario, variation: Variation) -> str:
    """Return the heads of each member, or where there are many their sum."""
    if len(rated.team) > _SHOWN_MEMBERS:
        return f"{_heads(rated, variation):.4f}"
    parts = [f"{shown(each.hours * variation.hours)} / {shown(_billable(each, variation))}" for each in rated.team]
    return f"({' + '.join(parts) or '0'})"


def _billable(each: RatedMember, variation: Variation) -> Decimal:
    """Return the hours of a month that one of the member's people can bill."""
    return each.rate.hours_per_month * _utilisation(each, variation) / HUNDRED


def _utilisation(each: RatedMember, variation: Variation) -> Decimal:
    return min(each.rate.utilisation_percent * variation.utilisation, HUNDRED)


def _exchange(each: RatedMember | RatedCost | RatedOverhead, variation: Variation) -> Decimal:
    """Return the factor of the exchange rate; an amount in the scenario's own currency does not vary."""
    return variation.exchange if each.conversion.rates else ONE
