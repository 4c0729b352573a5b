"""The schedule of fixed amounts: every line is divided by itself, and its parts add up to it exactly.

What is divided is the line's total less its share of the discount of the whole quote.
"""

import calendar
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from models.quotes.content.lines import QuoteLine
from models.quotes.conversion.conversion import ScheduledAmount, ScheduledPart
from models.quotes.conversion.inputs import Deposit, Milestones, Monthly
from models.quotes.numbers import HUNDRED, divided
from models.values.base_models import Frozen
from models.values.money import ZERO, Currency, shown


class _Share(Frozen):
    name: str
    on: date
    weight: Decimal


class ScheduledDiscount(Frozen):
    """The discount of the whole quote: its reason, and the share of each line."""

    label: str
    shares: Mapping[str, Decimal]


class _Fixed(Frozen):
    line: QuoteLine
    amount: Decimal  # of all times
    description: str

    @property
    def times(self) -> int:
        return self.line.times


_NAMES = {
    "en": {"deposit": "Deposit {} %", "rest": "Final payment", "month": "Part {} of {}", "less": "discount: {}"},
    "ru": {"deposit": "Аванс {} %", "rest": "Окончательный расчёт", "month": "Часть {} из {}", "less": "скидка: {}"},
}


def schedule_of(
    lines: Sequence[QuoteLine],
    wanted: Deposit | Milestones | Monthly | None,
    valid_from: date,
    currency: Currency,
    language: str,
    discount: ScheduledDiscount | None = None,
) -> tuple[ScheduledAmount, ...]:
    """Return the entries for these lines, in the order of their days.

    Without a wish a line is invoiced once, on the first day, or in each month of its term if it counts several times.
    """
    if not lines:
        return ()
    fixed = [_fixed(line, discount, language) for line in lines]
    if wanted is None:
        return _by_times(fixed, valid_from, currency, language)
    shares = _shares(wanted, language)
    amounts = [each.amount for each in fixed]
    if isinstance(wanted, Milestones) and (sums := wanted.amounts) is not None:
        parts = _parts_of_sums(amounts, sums, currency)
    else:
        weights = [each.weight for each in shares]
        parts = list(zip(*(divided(amount, weights, currency) for amount in amounts), strict=True))
    entries = [
        ScheduledAmount(
            id=f"S{n + 1}",
            name=share.name,
            due_on=share.on,
            parts=tuple(
                ScheduledPart(line_id=each.line.id, description=f"{each.description}: {share.name}", amount=amount)
                for each, amount in zip(fixed, parts[n], strict=True)
            ),
        )
        for n, share in enumerate(shares)
    ]
    return tuple(sorted(entries, key=lambda each: each.due_on))


def month_after(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of that month if it is shorter."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _last_day(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _shares(wanted: Deposit | Milestones | Monthly, language: str) -> list[_Share]:
    names = _NAMES[language]
    match wanted:
        case Deposit():
            return [
                _Share(
                    name=names["deposit"].format(shown(wanted.percent)), on=wanted.deposit_on, weight=wanted.percent
                ),
                _Share(name=names["rest"], on=wanted.rest_on, weight=HUNDRED - wanted.percent),
            ]
        case Milestones():
            return [_Share(name=each.name, on=each.on, weight=each.percent or ZERO) for each in wanted.milestones]
        case Monthly():
            return [
                _Share(
                    name=names["month"].format(n + 1, wanted.months),
                    on=_last_day(month_after(wanted.first_on.replace(day=1), n)),
                    weight=Decimal(1),
                )
                for n in range(wanted.months)
            ]


def _fixed(line: QuoteLine, discount: ScheduledDiscount | None, language: str) -> _Fixed:
    share = discount.shares.get(line.id, ZERO) if discount else ZERO
    less = f" ({_NAMES[language]['less'].format(discount.label)})" if discount and share else ""
    return _Fixed(line=line, amount=line.total - share, description=f"{line.description}{less}")


def _parts_of_sums(
    amounts: Sequence[Decimal], sums: Sequence[Decimal], currency: Currency
) -> list[tuple[Decimal, ...]]:
    """Return the parts of the amounts that each sum has; those of a sum add up to it, and those of an amount, too.

    Each sum is divided in proportion to what is left of the amounts, and the last one is what is left of them.
    """
    left = list(amounts)
    found: list[tuple[Decimal, ...]] = []
    for each in sums[:-1]:
        parts = divided(each, left, currency)
        left = [amount - part for amount, part in zip(left, parts, strict=True)]
        found.append(tuple(parts))
    return [*found, tuple(left)]


def _by_times(
    fixed: Sequence[_Fixed], valid_from: date, currency: Currency, language: str
) -> tuple[ScheduledAmount, ...]:
    most = max(each.times for each in fixed)
    amounts = {each.line.id: divided(each.amount, [Decimal(1)] * each.times, currency) for each in fixed}
    entries = []
    for n in range(most):
        parts = tuple(
            ScheduledPart(line_id=each.line.id, description=each.description, amount=amounts[each.line.id][n])
            for each in fixed
            if n < each.times
        )
        name = _NAMES[language]["month"].format(n + 1, most) if most > 1 else ""
        entries.append(ScheduledAmount(id=f"S{n + 1}", name=name, due_on=month_after(valid_from, n), parts=parts))
    return tuple(entries)
