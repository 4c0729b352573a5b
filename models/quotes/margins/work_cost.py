"""The cost of a worklog: its time at the cost rate of its day, and the overhead (docs/specification/quotes.md 3.3)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from models.contracts.worklog import Worklog
from models.quotes.calculator.cost_book import CostBook
from models.quotes.margins.facts import MissingKind
from models.quotes.numbers import HUNDRED, exactly
from models.quotes.rates.cost_rate import CostRate
from models.quotes.rates.overhead_rule import OverheadKind, OverheadRule, rules_on
from models.settings.exchange_rate import Conversion, ExchangeRate, RatesOfDay, find_conversion, rates_of
from models.values.money import HOUR_SECONDS, Currency, hours, round_amount, shown, total

ONE = Decimal(1)


@dataclass(frozen=True)
class OverheadPart:
    """What one rule adds to the cost of a worklog."""

    rule: OverheadRule
    amount: Decimal
    formula: str


@dataclass(frozen=True)
class WorkCost:
    """The cost of a worklog in the currency of the report, with the rates that were used."""

    amount: Decimal
    formula: str
    rate: CostRate
    overheads: tuple[OverheadPart, ...]
    exchange_rates: tuple[ExchangeRate, ...]

    @property
    def overhead(self) -> Decimal:
        return total(each.amount for each in self.overheads)


@dataclass(frozen=True)
class Unknown:
    """Why the cost of a worklog is not known. `name` says of whom or what."""

    kind: MissingKind
    name: str


@dataclass
class WorkCosts:
    """Computes the cost of worklogs. It remembers the rates of each day, because a report has thousands of worklogs."""

    book: CostBook
    _rates: dict[tuple[str, date], CostRate | None] = field(default_factory=dict)
    _rules: dict[date, tuple[OverheadRule, ...]] = field(default_factory=dict)
    _exchange: dict[date, RatesOfDay] = field(default_factory=dict)
    _conversions: dict[tuple[Currency, Currency, date], Conversion | None] = field(default_factory=dict)

    def of(self, worklog: Worklog, currency: Currency) -> WorkCost | Unknown:
        """Return the cost of the worklog in the currency, or what is missing to know it."""
        day = worklog.started_on
        rate = self.rate(worklog.account_id, day)
        if rate is None:
            return Unknown(MissingKind.COST_RATE, named(worklog))
        conversion = self.conversion(rate.currency, currency, day)
        if conversion is None:
            return Unknown(MissingKind.EXCHANGE_RATE, f"{rate.currency} to {currency}")
        with exactly():
            top = worklog.seconds * rate.monthly * conversion.multiplier
            amount = round_amount(top / (HOUR_SECONDS * rate.billable_hours * conversion.divisor), currency)
            parts = []
            for rule in self.rules(day):
                part = self._overhead(rule, rate, worklog, amount, currency)
                if isinstance(part, Unknown):
                    return part
                parts.append(part)
        exchanged = [conversion, *(self.conversion(each.rule.currency or currency, currency, day) for each in parts)]
        return WorkCost(
            amount=amount,
            formula=f"{_hours(worklog.seconds)} × {rate.monthly} / {shown(rate.billable_hours)}{conversion.formula}"
            f" = {amount}",
            rate=rate,
            overheads=tuple(parts),
            exchange_rates=_used(exchanged),
        )

    def rate(self, account_id: str, day: date) -> CostRate | None:
        """Return the cost rate of the person on the day: an own one, else that of the role, else that of the grade."""
        key = account_id, day
        if key not in self._rates:
            self._rates[key] = self.book.cost_rate(day, employee=account_id)
        return self._rates[key]

    def rules(self, day: date) -> tuple[OverheadRule, ...]:
        """Return the overhead rules of the day."""
        if day not in self._rules:
            self._rules[day] = rules_on(self.book.overhead_rules, day)
        return self._rules[day]

    def conversion(self, source: Currency, target: Currency, day: date) -> Conversion | None:
        """Return how an amount of the day is converted; None without an exchange rate."""
        key = source, target, day
        if key not in self._conversions:
            if day not in self._exchange:
                self._exchange[day] = rates_of(self.book.exchange_rates, day)
            self._conversions[key] = find_conversion(self._exchange[day], source, target)
        return self._conversions[key]

    def _overhead(
        self, rule: OverheadRule, rate: CostRate, worklog: Worklog, cost: Decimal, currency: Currency
    ) -> OverheadPart | Unknown:
        if rule.kind is OverheadKind.PERCENT:
            percent = rule.percent or Decimal(0)
            amount = round_amount(cost * percent / HUNDRED, currency)
            return OverheadPart(rule, amount, f"{cost} × {shown(percent)} / 100 = {amount}")
        source = rule.currency or currency
        conversion = self.conversion(source, currency, worklog.started_on)
        if conversion is None:
            return Unknown(MissingKind.EXCHANGE_RATE, f"{source} to {currency}")
        over = rate.billable_hours if rule.kind is OverheadKind.PER_HEAD else rule.billable_hours or ONE
        top = (rule.amount or Decimal(0)) * worklog.seconds * conversion.multiplier
        amount = round_amount(top / (HOUR_SECONDS * over * conversion.divisor), currency)
        formula = f"{rule.amount} × {_hours(worklog.seconds)} / {shown(over)}{conversion.formula} = {amount}"
        return OverheadPart(rule, amount, formula)


def named(worklog: Worklog) -> str:
    """Return the person of the worklog as a message names them: the name, and the account id by which a rate is set."""
    return f"{worklog.user_name} ({worklog.account_id})" if worklog.user_name else worklog.account_id


def _hours(seconds: int) -> str:
    """Return the hours as a formula shows them: exactly, by the seconds where two decimals are not enough."""
    found = hours(seconds)
    return shown(found) if found * HOUR_SECONDS == seconds else f"{seconds} / {HOUR_SECONDS}"


def _used(conversions: Iterable[Conversion | None]) -> tuple[ExchangeRate, ...]:
    return tuple(dict.fromkeys(rate for each in conversions if each for rate in each.rates))
