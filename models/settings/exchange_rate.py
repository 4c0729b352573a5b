"""Exchange rates by day, with their source, and how an amount is converted (docs/specification/quotes.md 1.4).

Calculations of deals and resold cloud cost use the same rates and the same way to find one.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, PlainSerializer, StringConstraints, model_validator

from models.settings.area import SettingRefused
from models.settings.dated import DatedInput, is_valid_on, joined
from models.values.base_models import Frozen
from models.values.money import Currency, round_amount, shown
from models.values.typed_values import DECIMAL_TEXT, Whole, decimal_schema

ONE = Decimal(1)
OLD_AFTER_DAYS = 7

Rate = Annotated[
    Decimal,
    Field(gt=0, max_digits=22, decimal_places=10),
    AfterValidator(lambda value: Decimal(shown(value))),
    PlainSerializer(shown, return_type=str, when_used="json"),
    DECIMAL_TEXT,
    decimal_schema(r"(?!0+(\.0*)?$)[0-9]{1,12}(\.[0-9]{1,10})?", exclusiveMinimum=0, exclusiveMaximum=10**12),
]
Source = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class ExchangeRate(Frozen):
    """A rate as a calculation or an invoice freezes it: `units` of `from_currency` are `rate` of `to_currency`."""

    from_currency: Currency
    to_currency: Currency
    units: int = 1
    rate: Decimal
    valid_from: date
    valid_to: date | None = Field(default=None, exclude=True)
    active: bool = Field(default=True, exclude=True)
    source: str

    @property
    def key(self) -> str:
        """The key of its setting."""
        return f"{joined((self.from_currency, self.to_currency))}.{self.valid_from}"

    def __str__(self) -> str:
        units = f"{self.units} {self.from_currency} = {shown(self.rate)} {self.to_currency}"
        return f"{units} ({self.source}, {self.valid_from})"


class ExchangeRateInput(DatedInput):
    """The setting of an exchange rate. It is valid until the next one for the same currencies begins."""

    key_fields: ClassVar[tuple[str, ...]] = ("from_currency", "to_currency")

    from_currency: Currency
    to_currency: Currency
    units: Whole = Field(default=1, ge=1, le=1_000_000, description="how many units of `from_currency` cost `rate`")
    rate: Rate
    source: Source = Field(examples=["Central Bank of Uzbekistan"])

    @model_validator(mode="after")
    def _of_two_currencies(self) -> Self:
        if self.from_currency == self.to_currency:
            raise SettingRefused("to_currency", "must be another currency than from_currency")
        return self

    @property
    def work_key(self) -> str:
        """The two currencies."""
        return joined((self.from_currency, self.to_currency))

    def shares_a_day_with(self, other: DatedInput) -> bool:
        """Return whether both begin on the same day: a later rate follows an earlier one without an end."""
        return self.valid_from == other.valid_from


class Conversion(Frozen):
    """The conversion of amounts by one rate, or by two through a third currency: amount × multiplier / divisor."""

    to_currency: Currency
    multiplier: Decimal = ONE
    divisor: Decimal = ONE
    rates: tuple[ExchangeRate, ...] = ()

    def convert(self, amount: Decimal) -> Decimal:
        """Return the amount in the other currency, rounded once."""
        return round_amount(amount * self.multiplier / self.divisor, self.to_currency)

    @property
    def formula(self) -> str:
        """What follows an amount in a formula: nothing without an exchange."""
        by = f" × {shown(self.multiplier)}" if self.multiplier != ONE else ""
        return by + (f" / {shown(self.divisor)}" if self.divisor != ONE else "")


RatesOfDay = Mapping[tuple[Currency, Currency], ExchangeRate]


def rates_of(rates: Iterable[ExchangeRate], on: date) -> RatesOfDay:
    """Return the newest rate of each pair of currencies on the day."""
    found: dict[tuple[Currency, Currency], ExchangeRate] = {}
    for each in rates:
        if is_valid_on(on, valid_from=each.valid_from, valid_to=each.valid_to, active=each.active):
            pair = each.from_currency, each.to_currency
            if pair not in found or found[pair].valid_from < each.valid_from:
                found[pair] = each
    return found


def find_conversion(newest: RatesOfDay, source: Currency, target: Currency) -> Conversion | None:
    """Return how an amount is converted with the rates of a day; None without a rate.

    The newest rate between the two currencies counts, in either direction. Without one, the way through the third
    currency is taken whose older rate is the newest.
    """
    if source == target:
        return Conversion(to_currency=target)
    if direct := _step(newest, source, target):
        return direct
    ways = []
    for third in sorted({currency for pair in newest for currency in pair} - {source, target}):
        first, second = _step(newest, source, third), _step(newest, third, target)
        if first and second:
            ways.append((min(each.valid_from for each in (*first.rates, *second.rates)), first, second))
    if not ways:
        return None
    _, first, second = max(ways, key=lambda way: way[0])
    return Conversion(
        to_currency=target,
        multiplier=first.multiplier * second.multiplier,
        divisor=first.divisor * second.divisor,
        rates=(*first.rates, *second.rates),
    )


def age_warnings(rates: Iterable[ExchangeRate], on: date) -> tuple[str, ...]:
    """Return a warning for each rate that is more than a week older than the day for which it is used."""
    return tuple(
        f"The exchange rate {rate} is {(on - rate.valid_from).days} days old; enter a newer one."
        for rate in rates
        if (on - rate.valid_from).days > OLD_AFTER_DAYS
    )


def _step(newest: RatesOfDay, source: Currency, target: Currency) -> Conversion | None:
    there, back = newest.get((source, target)), newest.get((target, source))
    if there and (back is None or back.valid_from <= there.valid_from):
        return Conversion(to_currency=target, multiplier=there.rate, divisor=Decimal(there.units), rates=(there,))
    if back:
        return Conversion(to_currency=target, multiplier=Decimal(back.units), divisor=back.rate, rates=(back,))
    return None
