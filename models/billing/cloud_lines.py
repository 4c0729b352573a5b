"""The lines of a service invoice that resell cloud cost: from a contract's allocations and its rule.

See docs/specification/bills.md 11. Each line has the cost of one service of one bill, and names the allocations by
which the lines of the bill are found.
"""

from collections.abc import Mapping
from decimal import Context, Decimal
from itertools import count

from models.billing.billed_work import OtherInvoice
from models.bills.allocation.shares import EXACT
from models.bills.bill import BillStatus
from models.contracts.resale import ResaleRule
from models.invoice.content.basis import CloudSource, cloud_claim
from models.invoice.content.line_descriptions import cloud_description, cloud_minimum_description
from models.invoice.content.lines import Line, LineType
from models.invoice.errors import DraftRefused
from models.settings.exchange_rate import Conversion, ExchangeRate, age_warnings, find_conversion, rates_of
from models.values.base_models import Frozen
from models.values.currencies import Currency
from models.values.money import round_amount, total
from models.values.period import Period

RESALE_RULE = "CLOUD.resale"
MINIMUM_RULE = "CLOUD.minimum"
_ONE = Decimal(1)
_HUNDREDTH = Decimal("0.01")
# A quotient has so many digits that only the rounding to an amount rounds.
_QUOTIENT = Context(prec=EXACT.prec)


class CloudCost(Frozen):
    """The cost of one service of a bill that is allocated to a contract, in the currency of the bill."""

    bill_id: str
    bill_version: int
    run: int
    allocations: tuple[int, ...]
    provider: str
    issuer: str
    provider_invoice_id: str
    number: str | None
    currency: Currency
    status: BillStatus
    adds_up: bool
    service: str
    amount: Decimal
    line_count: int

    @property
    def claim(self) -> str:
        return cloud_claim(self.bill_id)

    @property
    def bill(self) -> str:
        """The bill as a message names it."""
        return f"{self.issuer} bill {self.number or self.provider_invoice_id}"

    @property
    def why_not_charged(self) -> str | None:
        """Why the bill is not payable, as a part of a sentence; None if it is."""
        if self.status is not BillStatus.ISSUED:
            return f"it is {self.status}"
        return None if self.adds_up else "it does not add up"


class CloudCosts(Frozen):
    """What is allocated to a contract in a period, its rule, and the exchange rates of the period's last day."""

    rule: ResaleRule | None = None
    costs: tuple[CloudCost, ...] = ()
    rates: tuple[ExchangeRate, ...] = ()

    @property
    def claims(self) -> tuple[str, ...]:
        """The ids under which the bills may be claimed already."""
        return tuple(dict.fromkeys(cost.claim for cost in self.costs))

    def not_taken(self, taken: Mapping[str, OtherInvoice]) -> "CloudCosts":
        """Return the costs that a draft charges: those of payable bills that no other invoice has."""
        free = tuple(cost for cost in self.costs if cost.claim not in taken and cost.why_not_charged is None)
        return self.model_copy(update={"costs": free if self.rule else ()})

    def warnings(self, taken: Mapping[str, OtherInvoice]) -> tuple[str, ...]:
        """Return what is not charged, with the reason, once for each bill."""
        if self.costs and self.rule is None:
            bills = ", ".join(dict.fromkeys(cost.bill for cost in self.costs))
            return (
                f"Cloud cost is allocated to the contract and not charged, because it has no resale rule: {bills}.",
            )
        return tuple(dict.fromkeys(message for cost in self.costs if (message := _left_out(cost, taken))))


NO_CLOUD_COSTS = CloudCosts()


def _left_out(cost: CloudCost, taken: Mapping[str, OtherInvoice]) -> str | None:
    if other := taken.get(cost.claim):
        return f"The cost of the {cost.bill} is left out, because it stands on {other.reference}."
    if reason := cost.why_not_charged:
        return f"The cost of the {cost.bill} is left out, because {reason}."
    return None


def cloud_lines(costs: CloudCosts, currency: Currency, period: Period, lines_before: int) -> tuple[Line, ...]:
    """Return the lines for the costs, numbered after the lines before them.

    A month that has cost is charged the rule's minimum at least. Raises DraftRefused where an exchange rate is missing.
    """
    if costs.rule is None or not costs.costs:
        return ()
    sources = [_source(cost, costs, currency, period) for cost in costs.costs]
    amounts = [resale_amount(source, currency) for source in sources]
    numbers = count(lines_before + 1)
    lines = [
        _line(f"L{next(numbers)}", cloud_description(cost.issuer, cost.service, period), amount, RESALE_RULE, source)
        for cost, source, amount in zip(costs.costs, sources, amounts, strict=True)
    ]
    missing = (costs.rule.minimum or Decimal(0)) - total(amounts)
    if costs.rule.minimum is not None and missing > 0:
        amount = round_amount(missing, currency)
        lines.append(_line(f"L{next(numbers)}", cloud_minimum_description(period), amount, MINIMUM_RULE, None))
    return tuple(lines)


def resale_amount(source: CloudSource, currency: Currency) -> Decimal:
    """Return the cost in the currency of the invoice with the margin, rounded once."""
    factor = EXACT.add(_ONE, EXACT.multiply(source.margin_percent, _HUNDREDTH))
    amount = EXACT.multiply(EXACT.multiply(source.cost, source.exchange_rate), factor)
    return round_amount(_QUOTIENT.divide(amount, source.exchange_divisor), currency)


def rate_warnings(costs: CloudCosts, currency: Currency, period: Period) -> tuple[str, ...]:
    """Return a warning for each used exchange rate that is old and has no last day."""
    if costs.rule is None:
        return ()
    used = [rate for cost in costs.costs for rate in _conversion(cost, costs.rates, currency, period).rates]
    return age_warnings([rate for rate in dict.fromkeys(used) if rate.valid_to is None], period.end)


def _source(cost: CloudCost, costs: CloudCosts, currency: Currency, period: Period) -> CloudSource:
    assert costs.rule is not None
    conversion = _conversion(cost, costs.rates, currency, period)
    return CloudSource(
        **cost.model_dump(include=set(CloudSource.model_fields) - {"kind"}),
        cost=cost.amount,
        cost_currency=cost.currency,
        exchange_rate=conversion.multiplier,
        exchange_divisor=conversion.divisor,
        rate_ids=tuple(rate.key for rate in conversion.rates),
        margin_percent=costs.rule.margin_percent,
    )


def _conversion(cost: CloudCost, rates: tuple[ExchangeRate, ...], currency: Currency, period: Period) -> Conversion:
    found = find_conversion(rates_of(rates, period.end), cost.currency, currency)
    if found is None:
        raise DraftRefused(
            f"The {cost.bill} is in {cost.currency} and the contract in {currency}, but there is no exchange rate "
            f"between {cost.currency} and {currency} on {period.end}; enter one in the settings (exchange-rates)."
        )
    return found


def _line(line_id: str, description: str, amount: Decimal, rule: str, source: CloudSource | None) -> Line:
    return Line(
        id=line_id,
        line_type=LineType.CLOUD,
        description=description,
        quantity=_ONE,
        unit_price=amount,
        line_total=amount,
        source=source,
        rule=rule,
    )
