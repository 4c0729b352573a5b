"""The schedule of fixed amounts: every line is divided by itself, and its parts add up to it exactly."""

import calendar
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from models.quotes.content.lines import QuoteLine
from models.quotes.conversion.conversion import ScheduledAmount, ScheduledPart
from models.quotes.conversion.inputs import Deposit, Milestones, Monthly
from models.quotes.numbers import HUNDRED, exactly
from models.values.base_models import Frozen
from models.values.money import Currency, round_amount


class _Share(Frozen):
    name: str
    on: date
    weight: Decimal


_NAMES = {
    "en": {"deposit": "Deposit {} %", "rest": "Final payment", "month": "Part {} of {}", "once": ""},
    "ru": {"deposit": "Аванс {} %", "rest": "Окончательный расчёт", "month": "Часть {} из {}", "once": ""},
}


def schedule_of(
    lines: Sequence[QuoteLine],
    wanted: Deposit | Milestones | Monthly | None,
    valid_from: date,
    currency: Currency,
    language: str,
) -> tuple[ScheduledAmount, ...]:
    """Return the entries for these lines, in the order of their days.

    Without a wish a line is invoiced once, on the first day, or in each month of its term if it counts several times.
    """
    if not lines:
        return ()
    if wanted is None:
        return _by_times(lines, valid_from, language)
    shares = _shares(wanted, language)
    parts = {line.id: _divided(line.total, [each.weight for each in shares], currency) for line in lines}
    entries = [
        ScheduledAmount(
            id=f"S{n + 1}",
            name=share.name,
            due_on=share.on,
            parts=tuple(_part(line, share.name, parts[line.id][n]) for line in lines),
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
                    name=names["deposit"].format(_plain(wanted.percent)), on=wanted.deposit_on, weight=wanted.percent
                ),
                _Share(name=names["rest"], on=wanted.rest_on, weight=HUNDRED - wanted.percent),
            ]
        case Milestones():
            return [_Share(name=each.name, on=each.on, weight=each.percent) for each in wanted.milestones]
        case Monthly():
            return [
                _Share(
                    name=names["month"].format(n + 1, wanted.months),
                    on=_last_day(month_after(wanted.first_on.replace(day=1), n)),
                    weight=Decimal(1),
                )
                for n in range(wanted.months)
            ]


def _divided(amount: Decimal, weights: Sequence[Decimal], currency: Currency) -> list[Decimal]:
    """Return parts of the amount, each rounded to the minor unit, that add up to it.

    Each part is the difference of two rounded sums, so that no part differs from its share by a unit or more.
    """
    whole = sum(weights)
    found: list[Decimal] = []
    before = weight_so_far = Decimal(0)
    with exactly():
        for weight in weights:
            weight_so_far += weight
            upto = round_amount(amount * weight_so_far / whole, currency)
            found.append(upto - before)
            before = upto
    return found


def _by_times(lines: Sequence[QuoteLine], valid_from: date, language: str) -> tuple[ScheduledAmount, ...]:
    most = max(line.times for line in lines)
    entries = []
    for n in range(most):
        parts = tuple(
            ScheduledPart(line_id=line.id, description=line.description, amount=line.amount)
            for line in lines
            if n < line.times
        )
        name = _NAMES[language]["month"].format(n + 1, most) if most > 1 else ""
        entries.append(ScheduledAmount(id=f"S{n + 1}", name=name, due_on=month_after(valid_from, n), parts=parts))
    return tuple(entries)


def _part(line: QuoteLine, name: str, amount: Decimal) -> ScheduledPart:
    return ScheduledPart(line_id=line.id, description=f"{line.description}: {name}", amount=amount)


def _plain(percent: Decimal) -> str:
    return format(percent.normalize(), "f")
