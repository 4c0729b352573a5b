"""The cost of a worklog: its time at the cost rate of its day, and the overhead (docs/specification/quotes.md 3.3)."""

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
    """What one rule adds to the cost of a worklog.

    `base` is the cost of which it is a percentage, or the hours over which its amount is spread.
    """

    rule: OverheadRule
    amount: Decimal
    base: Decimal
    seconds: int
    conversion: Conversion

    @property
    def formula(self) -> str:
        """The arithmetic. It is written when somebody reads it, because most reports show only sums."""
        if self.rule.kind is OverheadKind.PERCENT:
            return f"{self.base} × {shown(_percent(self.rule))} / 100 = {self.amount}"
        with exactly():
            by = f"{shown(self.base)}{self.conversion.formula}"
        return f"{self.rule.amount} × {_hours(self.seconds)} / {by} = {self.amount}"


@dataclass(frozen=True)
class WorkCost:
    """The cost of a worklog in the currency of the report, with the rates that were used."""

    amount: Decimal
    seconds: int
    rate: CostRate
    conversion: Conversion
    overheads: tuple[OverheadPart, ...]
    overhead: Decimal
    exchange_rates: tuple[ExchangeRate, ...]

    @property
    def formula(self) -> str:
        """The arithmetic of the cost without overhead."""
        hourly = f"{self.rate.monthly} / {shown(self.rate.billable_hours)}"
        return f"{_hours(self.seconds)} × {hourly}{self.conversion.formula} = {self.amount}"


@dataclass(frozen=True)
class Unknown:
    """Why the cost of a worklog is not known. `name` says of whom or what."""

    kind: MissingKind
    name: str


@dataclass
class WorkCosts:
    """Computes the cost of worklogs.

    It remembers the rates of each day, and the cost of the same time of a person on a day, because a report has
    thousands of worklogs.
    """

    book: CostBook
    used: dict[ExchangeRate, None] = field(default_factory=dict)
    """The exchange rates of all costs that were computed, in the order of their first use."""
    _costs: dict[tuple[str, date, int, Currency], WorkCost] = field(default_factory=dict)
    _rates: dict[tuple[str, date], CostRate | None] = field(default_factory=dict)
    _rules: dict[date, tuple[OverheadRule, ...]] = field(default_factory=dict)
    _exchange: dict[date, RatesOfDay] = field(default_factory=dict)
    _conversions: dict[tuple[Currency, Currency, date], Conversion | None] = field(default_factory=dict)
    _rates_used: dict[tuple[Currency, Currency, date], tuple[ExchangeRate, ...]] = field(default_factory=dict)

    def of(self, worklog: Worklog, currency: Currency) -> WorkCost | Unknown:
        """Return the cost of the worklog in the currency, or what is missing to know it."""
        key = worklog.account_id, worklog.started_on, worklog.seconds, currency
        if known := self._costs.get(key):
            return known
        found = self._computed(worklog, currency)
        if isinstance(found, WorkCost):
            self._costs[key] = found
        return found

    def _computed(self, worklog: Worklog, currency: Currency) -> WorkCost | Unknown:
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
        return WorkCost(
            amount=amount,
            seconds=worklog.seconds,
            rate=rate,
            conversion=conversion,
            overheads=tuple(parts),
            overhead=total(each.amount for each in parts),
            exchange_rates=self._exchange_rates(rate.currency, currency, day),
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

    def _exchange_rates(self, source: Currency, target: Currency, day: date) -> tuple[ExchangeRate, ...]:
        """Return the rates by which a cost and the overheads of a day are exchanged, and add them to those in use."""
        key = source, target, day
        if key not in self._rates_used:
            sources = [source, *(rule.currency or target for rule in self.rules(day))]
            conversions = [self.conversion(each, target, day) for each in sources]
            self._rates_used[key] = tuple(dict.fromkeys(rate for each in conversions if each for rate in each.rates))
            self.used |= dict.fromkeys(self._rates_used[key])
        return self._rates_used[key]

    def _overhead(
        self, rule: OverheadRule, rate: CostRate, worklog: Worklog, cost: Decimal, currency: Currency
    ) -> OverheadPart | Unknown:
        source = rule.currency or currency
        conversion = self.conversion(source, currency, worklog.started_on)
        if conversion is None:
            return Unknown(MissingKind.EXCHANGE_RATE, f"{source} to {currency}")
        if rule.kind is OverheadKind.PERCENT:
            amount = round_amount(cost * _percent(rule) / HUNDRED, currency)
            return OverheadPart(rule, amount, cost, worklog.seconds, conversion)
        over = rate.billable_hours if rule.kind is OverheadKind.PER_HEAD else rule.billable_hours or ONE
        top = (rule.amount or Decimal(0)) * worklog.seconds * conversion.multiplier
        amount = round_amount(top / (HOUR_SECONDS * over * conversion.divisor), currency)
        return OverheadPart(rule, amount, over, worklog.seconds, conversion)


def _percent(rule: OverheadRule) -> Decimal:
    return rule.percent or Decimal(0)


def named(worklog: Worklog) -> str:
    """Return the person of the worklog as a message names them: the name, and the account id by which a rate is set."""
    return f"{worklog.user_name} ({worklog.account_id})" if worklog.user_name else worklog.account_id


def _hours(seconds: int) -> str:
    """Return the hours as a formula shows them: exactly, by the seconds where two decimals are not enough."""
    found = hours(seconds)
    return shown(found) if found * HOUR_SECONDS == seconds else f"{seconds} / {HOUR_SECONDS}"
