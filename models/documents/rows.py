"""Which rows a document shows, and what each toggle does to them (docs/specification/documents.md 2).

- `show_tracked_time` off: no row shows hours or the days worked; a row that has nothing else goes.
- `show_task_pricing` off: task rows show no price; a billed one keeps its amount, one that informs shows none. A task
  that informs is one row then, whatever tiers it was worked on in.
- `show_overtime` off: overtime rows go, and their amount is part of the base row. An invoice without a base row keeps
  them: nothing else on the page would explain that part of the total.
- `show_task_list` off: task rows give way to three summary rows, see `_summed`.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import count

from models.contracts.rate_rule import Tier
from models.invoice.content.content import Content
from models.invoice.content.hours import hours_are_charged
from models.invoice.content.line_descriptions import fixed_work_description, is_overtime, support_description
from models.invoice.content.lines import BASE_TYPES, WORK_TYPES, Line, LineType
from models.values.base_models import Frozen
from models.values.money import ZERO, round_amount, total

ONE = Decimal(1)

CRITICAL_TIERS = (Tier.CRITICAL, Tier.CRITICAL_OFF_HOURS)
OVERTIME_TIERS = (Tier.OVERTIME, Tier.OFF_HOURS)


class Caption(StrEnum):
    """What a row is called. `GIVEN`: as its description says; the others are worded by the template's language."""

    GIVEN = "given"
    SUPPORT = "support"
    FIXED = "fixed"
    OVERTIME = "overtime"
    STANDARD_HOURS = "standard_hours"
    OVERTIME_HOURS = "overtime_hours"
    CRITICAL_HOURS = "critical_hours"
    CRITICAL_WITHIN = "critical_within"


class Row(Frozen):
    """None means: not shown. A row without an amount of its own has no number."""

    number: int | None = None
    caption: Caption = Caption.GIVEN
    description: str = ""
    included_hours: Decimal | None = None
    standard_hours: bool = False
    tier: Tier | None = None
    hours: Decimal | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    multiplier: Decimal | None = None
    amount: Decimal | None = None
    billed: bool = True
    worked_on: tuple[date, ...] = ()


def document_rows(content: Content) -> tuple[list[Row], list[Row]]:
    """The rows that are charged, numbered where they have an amount, and the rows that only inform."""
    toggles = content.toggles
    base = next((line for line in content.lines if line.billed and line.line_type in BASE_TYPES), None)
    has_tasks = any(line.line_type is LineType.TASK for line in content.lines)
    rows = _listed(content, base) if toggles.show_task_list or not has_tasks else _summed(content, base)
    if not toggles.show_tracked_time:
        without = [row.model_copy(update={"hours": None, "worked_on": ()}) for row in rows]
        rows = [row for row in without if row.caption is not Caption.CRITICAL_WITHIN]
    numbers = count(1)
    charged = [
        row.model_copy(update={"number": next(numbers) if row.amount is not None else None})
        for row in rows
        if row.billed
    ]
    return charged, _united(row for row in rows if not row.billed)


def _united(rows: Iterable[Row]) -> list[Row]:
    """A task that was worked on in several tiers is one row where no price or amount tells them apart."""
    found: list[Row] = []
    places: dict[Row, int] = {}
    for row in rows:
        named = row.model_copy(update={"hours": None, "worked_on": ()})
        if row.amount is None and named in places:
            place = places[named]
            found[place] = _sum_of(found[place], row)
        else:
            places[named] = len(found)
            found.append(row)
    return found


def _sum_of(one: Row, other: Row) -> Row:
    hours = None if one.hours is None or other.hours is None else one.hours + other.hours
    return one.model_copy(update={"hours": hours, "worked_on": tuple(sorted({*one.worked_on, *other.worked_on}))})


def _listed(content: Content, base: Line | None) -> list[Row]:
    """A row for each line; with overtime switched off, the base row is one lump sum that holds it."""
    if base is None or content.toggles.show_overtime:
        return [_row(content, line) for line in content.lines]
    amount = base.line_total + _billed(line for line in content.lines if line.line_type is LineType.OVERTIME)
    rows = []
    for line in content.lines:
        if line is base and amount != base.line_total:
            lump = {"quantity": ONE, "price": amount, "multiplier": None, "amount": amount, "included_hours": None}
            rows.append(_row(content, line).model_copy(update=lump))
        elif line.line_type is not LineType.OVERTIME:
            rows.append(_row(content, line))
    return rows


def _summed(content: Content, base: Line | None) -> list[Row]:
    """Three rows for the work, then the lines that are no work: every billed line is in exactly one row.

    Amounts: the base and tasks of the standard tier are standard; overtime lines and tasks of the tiers overtime and
    off-hours are overtime; tasks of the critical tiers are critical.
    Hours where each task is charged (HR): those of the tasks and lines in the group.
    Hours where a base covers them (SUP, FP): overtime is what lies above the limit, standard all the rest. Critical
    work is among both and paid within both, so its row says "of which" and has no amount of its own.
    """
    others = (line for line in content.lines if line is not base and line.line_type not in WORK_TYPES)
    three = _summed_by_tier(content) if base is None else _summed_with_base(content, base)
    return [*three, *(_row(content, line) for line in others)]


def _summed_by_tier(content: Content) -> list[Row]:
    """Hours are charged or not as their amounts are (see `hours_worked`)."""
    charged = hours_are_charged(content)
    groups = ([line for line in group if line.billed or not charged] for group in _work(content))
    standard, overtime, critical = groups
    return [
        Row(caption=Caption.STANDARD_HOURS, hours=_hours(standard), amount=_billed(standard)),
        Row(caption=Caption.OVERTIME_HOURS, hours=_hours(overtime), amount=_billed(overtime)),
        Row(caption=Caption.CRITICAL_HOURS, hours=_hours(critical), amount=_billed(critical)),
    ]


def _summed_with_base(content: Content, base: Line) -> list[Row]:
    """With `show_overtime` off the standard row holds the overtime, as the base row does in the list."""
    standard, overtime, critical = _work(content)
    sums = content.totals
    first = Row(
        caption=_caption(content, base),
        description=base.description,
        standard_hours=True,
        included_hours=_included_hours(content, base),
        hours=max(sums.total_hours - sums.overtime_hours, ZERO),
        amount=base.line_total + _billed(standard),
    )
    second = Row(caption=Caption.OVERTIME_HOURS, hours=sums.overtime_hours, amount=_billed(overtime))
    third = Row(caption=Caption.CRITICAL_WITHIN, hours=_hours(critical))
    if charged := _billed(critical):
        third = third.model_copy(update={"caption": Caption.CRITICAL_HOURS, "amount": charged})
    if content.toggles.show_overtime:
        return [first, second, third]
    amount = base.line_total + _billed(standard) + _billed(overtime)
    whole = {"hours": sums.total_hours, "amount": amount, "standard_hours": False, "included_hours": None}
    return [first.model_copy(update=whole), third]


def _work(content: Content) -> tuple[list[Line], list[Line], list[Line]]:
    """Lines of work as standard, overtime and critical."""
    standard: list[Line] = []
    overtime: list[Line] = []
    critical: list[Line] = []
    for line in content.lines:
        if line.line_type is LineType.OVERTIME:
            overtime.append(line)
        elif line.line_type is LineType.TASK:
            tier = line.work.rate_tier
            group = critical if tier in CRITICAL_TIERS else overtime if tier in OVERTIME_TIERS else standard
            group.append(line)
    return standard, overtime, critical


def _row(content: Content, line: Line) -> Row:
    """Hours for work, a quantity for anything else; a price only where quantity x price x multiplier is the amount."""
    is_work = line.line_type in WORK_TYPES
    priced = line.line_type is not LineType.TASK or content.toggles.show_task_pricing
    checks = round_amount(line.quantity * line.unit_price * line.rate_multiplier, content.currency) == line.line_total
    weighted = line.rate_multiplier != ONE and (line.billed or priced)
    return Row(
        caption=_caption(content, line),
        description=line.description,
        included_hours=_included_hours(content, line),
        tier=line.work.rate_tier if weighted and line.line_type is LineType.TASK else None,
        hours=line.quantity if is_work else None,
        quantity=None if is_work else line.quantity,
        price=line.unit_price if priced and checks else None,
        multiplier=line.rate_multiplier if weighted and checks else None,
        amount=line.line_total if line.billed or priced else None,
        billed=line.billed,
        worked_on=line.work.worked_on if line.line_type is LineType.TASK else (),
    )


def _caption(content: Content, line: Line) -> Caption:
    """A generated description is worded in the document's language; one that a person changed stands as it is."""
    if line.rule == "SUP.base" and line.description == support_description(content.period):
        return Caption.SUPPORT
    if line.rule == "FP.base" and line.description == fixed_work_description(
        content.service.application_name, content.period
    ):
        return Caption.FIXED
    if line.line_type is LineType.OVERTIME and is_overtime(line.description):
        return Caption.OVERTIME
    return Caption.GIVEN


def _included_hours(content: Content, line: Line) -> Decimal | None:
    if line.line_type is not LineType.SUPPORT or not line.billed:
        return None
    limit = content.service.rate_rule.monthly_limit_hours
    return limit if limit > 0 else None


def _hours(lines: Iterable[Line]) -> Decimal:
    return total(line.quantity for line in lines)


def _billed(lines: Iterable[Line]) -> Decimal:
    return total(line.line_total for line in lines if line.billed)
