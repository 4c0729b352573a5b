"""Write-offs: work that was done and not paid, by cause (docs/specification/quotes.md 3.4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from models.contracts.contract import DealType
from models.contracts.rate_rule import MINIMUM_BILLABLE_SECONDS, RateRule, Tier
from models.contracts.worklog import Worklog
from models.invoice.content.content import Content
from models.invoice.content.lines import BASE_TYPES, Line
from models.quotes.margins.division import divide
from models.quotes.margins.revenue import invoice_seconds
from models.quotes.numbers import exactly
from models.values.money import HOUR_SECONDS, ZERO, Currency, hours, round_amount, total

HOURLY_RULE = "HR.task"
FIXED_RULE = "FP.task"


class WriteOffCause(StrEnum):
    """Why work is not paid. The first four are those of models.contracts.terms.NotBilled."""

    EXCLUDED = "excluded"
    OVERHEAD_ONLY = "overhead_only"
    INTERNAL = "internal"
    OVERHEAD = "overhead"
    REMOVED = "removed"
    REDUCED = "reduced"
    FIXED_PRICE = "fixed_price"
    MINIMUM = "minimum"


@dataclass(frozen=True)
class WriteOff:
    """Work of one worklog that is not paid, at the prices of its contract.

    It is negative where more is paid than was worked: by the minimum of half an hour, or where a person raised a line.
    """

    cause: WriteOffCause
    seconds: int
    value: Decimal


Convert = Callable[[Decimal], Decimal]


def list_value(seconds: int, rule: RateRule, tier: Tier, currency: Currency) -> Decimal:
    """Return what the time costs by the hour, as a line of an hourly invoice has it."""
    return round_amount(hours(seconds) * rule.base_hourly_rate * rule.multiplier(tier), currency)


def write_offs_of(
    content: Content, present: Mapping[str, Worklog], convert: Convert, currency: Currency
) -> Mapping[str, list[WriteOff]]:
    """Return the write-offs of an invoice by worklog, in the currency of the report, to which `convert` leads."""
    return _Finder(content, present, convert, currency).find()


class _Finder:
    """Finds the write-offs of one invoice."""

    def __init__(self, content: Content, present: Mapping[str, Worklog], convert: Convert, currency: Currency) -> None:
        self._content, self._service, self._rule = content, content.service, content.service.rate_rule
        self._present, self._convert, self._currency = present, convert, currency
        seconds = invoice_seconds(content)
        self._billable = {key: max(each, MINIMUM_BILLABLE_SECONDS) for key, each in seconds.items()}
        self._found: dict[str, list[WriteOff]] = {key: [] for key in seconds}

    def find(self) -> Mapping[str, list[WriteOff]]:
        match self._service.deal_type:
            case DealType.FP:
                self._beyond_the_fixed_price()
            case DealType.HR:
                for line in self._content.lines:
                    if line.rule == HOURLY_RULE and line.work.worklogs:
                        self._changed_by_a_person(line)
                removed = self._removed()
                self._minimum(set(self._service.worklogs) - removed)
            case DealType.SUP:
                self._minimum(set(self._service.worklogs))
        return self._found

    def _beyond_the_fixed_price(self) -> None:
        """Add what the work is worth at the hourly rate beyond the fixed price. Without a rate it is not known."""
        lines = self._content.lines
        price = total(line.line_total for line in lines if line.billed and line.line_type in BASE_TYPES)
        worth = total(line.line_total for line in lines if line.rule == FIXED_RULE)
        rate = self._rule.base_hourly_rate
        if rate and worth > price and self._billable:
            with exactly():
                seconds = int(((worth - price) / rate * HOUR_SECONDS).to_integral_value(ROUND_HALF_UP))
            self._share(WriteOffCause.FIXED_PRICE, seconds, worth - price, self._billable)

    def _changed_by_a_person(self, line: Line) -> None:
        """Add what a person took off a line, or added to it."""
        work = line.work
        value = list_value(work.billable_seconds, self._rule, work.rate_tier, self._content.currency)
        value -= line.line_total if line.billed else ZERO
        if not value:
            return
        charged = line.quantity if line.billed else ZERO
        computed = hours(work.billable_seconds)
        seconds = int((computed - charged) * HOUR_SECONDS)
        of_line = {key: self._billable[key] for key in work.worklogs}
        self._share(WriteOffCause.REDUCED, seconds, value, of_line)

    def _removed(self) -> set[str]:
        """Add the work of lines that a person removed, and return its worklogs."""
        on_lines = {each for line in self._content.lines for each in line.work.worklogs}
        removed = set(self._service.worklogs) - on_lines
        for key in sorted(removed):
            tier = self._rule.tier(self._present[key]) if key in self._present else Tier.STANDARD
            value = list_value(self._billable[key], self._rule, tier, self._content.currency)
            self._found[key].append(WriteOff(WriteOffCause.REMOVED, self._billable[key], self._convert(value)))
        return removed

    def _minimum(self, billed: set[str]) -> None:
        """Add what is billed beyond the work by the minimum. A support contract charges no hour of it by itself."""
        for key in sorted(billed):
            surplus = MINIMUM_BILLABLE_SECONDS - self._service.worklogs[key]
            if surplus > 0:
                value = self._surplus_value(key, surplus) if self._service.deal_type is DealType.HR else ZERO
                self._found[key].append(WriteOff(WriteOffCause.MINIMUM, -surplus, self._convert(-value)))

    def _surplus_value(self, key: str, surplus: int) -> Decimal:
        tier = self._rule.tier(self._present[key]) if key in self._present else Tier.STANDARD
        with exactly():
            price = surplus * self._rule.base_hourly_rate * self._rule.multiplier(tier)
            return round_amount(price / HOUR_SECONDS, self._content.currency)

    def _share(self, cause: WriteOffCause, seconds: int, value: Decimal, billable: Mapping[str, int]) -> None:
        """Divide a write-off among worklogs, in proportion to their billable time."""
        weights = list(billable.values())
        values = divide(self._convert(value), weights, self._currency)
        upto, shared, whole = 0, 0, sum(weights)
        for key, weight, part in zip(billable, weights, values, strict=True):
            upto += weight
            reached = seconds * upto // whole
            self._found[key].append(WriteOff(cause, reached - shared, part))
            shared = reached
