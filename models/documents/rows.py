"""The rows of a document, and the effect of each toggle on them (docs/specification/documents.md 2).

- `show_tracked_time` off: no row shows hours or the days worked; a row that has nothing else is left out.
- `show_task_pricing` off: task rows show no price. A billed task keeps its amount; an informing task shows none and is
  one row, whatever the tiers of its work.
- `show_overtime` off: overtime rows are left out, and their amount is added to the base row. An invoice without a base
  row keeps them, because nothing else on the page would explain that part of the total.
- `show_task_list` off: three summary rows replace the task rows, see `_summary_rows`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import count

from models.contracts.rate_rule import Tier
from models.documents.printed_hours import printed_hours
from models.invoice.content.content import Content
from models.invoice.content.hours import hours_are_charged
from models.invoice.content.line_descriptions import (
    cloud_minimum_description,
    cloud_subject,
    fixed_work_description,
    is_overtime,
    support_description,
)
from models.invoice.content.lines import BASE_TYPES, WORK_TYPES, Line, LineType
from models.invoice.content.quoted import NamedQuoteLine, quoted_line
from models.issuer.service_code import ServiceCode
from models.values.base_models import Frozen
from models.values.money import ZERO, round_amount, total
from models.values.period import Period

ONE = Decimal(1)

CRITICAL_TIERS = (Tier.CRITICAL, Tier.CRITICAL_OFF_HOURS)
OVERTIME_TIERS = (Tier.OVERTIME, Tier.OFF_HOURS)


Hours = Mapping[str, Decimal]
"""The printed hours of each line, by its id."""


class Caption(StrEnum):
    """The name of a row. `GIVEN` prints the row's description; the others have a text in `wording.py`."""

    GIVEN = "given"
    SUPPORT = "support"
    FIXED = "fixed"
    OVERTIME = "overtime"
    STANDARD_HOURS = "standard_hours"
    OVERTIME_HOURS = "overtime_hours"
    CRITICAL_HOURS = "critical_hours"
    CRITICAL_WITHIN = "critical_within"
    CLOUD = "cloud"
    CLOUD_MINIMUM = "cloud_minimum"


class Row(Frozen):
    """One printed row. A field that is None is not shown. A row without an amount has no number."""

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
    quoted: NamedQuoteLine | None = None  # the line of the quote; a row of several lines has none
    service_code: ServiceCode | None = None  # of the electronic act; a row of several lines has none


def document_rows(content: Content) -> tuple[list[Row], list[Row]]:
    """Return the charged rows, numbered if they have an amount, and the rows that only inform."""
    toggles = content.toggles
    base = next((line for line in content.lines if line.billed and line.line_type in BASE_TYPES), None)
    has_tasks = any(line.line_type is LineType.TASK for line in content.lines)
    hours = printed_hours(content)
    by_line = toggles.show_task_list or not has_tasks
    rows = _line_rows(content, base, hours) if by_line else _summary_rows(content, base, hours)
    if not toggles.show_tracked_time:
        without = [row.model_copy(update={"hours": None, "worked_on": ()}) for row in rows]
        rows = [row for row in without if row.caption is not Caption.CRITICAL_WITHIN]
    numbers = count(1)
    charged = [
        row.model_copy(update={"number": next(numbers) if row.amount is not None else None})
        for row in rows
        if row.billed
    ]
    return charged, _merge_equal_rows(row for row in rows if not row.billed)


def _merge_equal_rows(rows: Iterable[Row]) -> list[Row]:
    """Return the rows with those merged that differ only in hours and days and have no amount.

    Such rows are one task that was worked on in several tiers.
    """
    merged: list[Row] = []
    positions: dict[Row, int] = {}
    for row in rows:
        without_time = row.model_copy(update={"hours": None, "worked_on": ()})
        if row.amount is None and without_time in positions:
            position = positions[without_time]
            merged[position] = _sum_of(merged[position], row)
        else:
            positions[without_time] = len(merged)
            merged.append(row)
    return merged


def _sum_of(one: Row, other: Row) -> Row:
    hours = None if one.hours is None or other.hours is None else one.hours + other.hours
    return one.model_copy(update={"hours": hours, "worked_on": tuple(sorted({*one.worked_on, *other.worked_on}))})


def _line_rows(content: Content, base: Line | None, hours: Hours) -> list[Row]:
    """Return a row for each line. With `show_overtime` off, the base row is one lump sum that includes the overtime."""
    if base is None or content.toggles.show_overtime:
        return [_row(content, line, hours) for line in content.lines]
    amount = base.line_total + _billed(line for line in content.lines if line.line_type is LineType.OVERTIME)
    rows = []
    for line in content.lines:
        if line is base and amount != base.line_total:
            lump = {"quantity": ONE, "price": amount, "amount": amount}
            without = dict.fromkeys(("multiplier", "included_hours", "quoted"))
            rows.append(_row(content, line, hours).model_copy(update={**lump, **without}))
        elif line.line_type is not LineType.OVERTIME:
            rows.append(_row(content, line, hours))
    return rows


def _summary_rows(content: Content, base: Line | None, hours: Hours) -> list[Row]:
    """Return three rows for the work, then a row for each other line. Every billed line is in exactly one row.

    Amounts: the base line and tasks of the standard tier are in the standard row; overtime lines and tasks of the tiers
    overtime and off-hours are in the overtime row; tasks of the critical tiers are in the critical row.

    Hours without a base (HR): the sum of the lines in the row. Hours with a base (SUP, FP): overtime is the part above
    the limit, and standard is the rest. Critical hours are contained in both and covered by their amounts, so the
    critical row begins with "of which" and has no amount.
    """
    others = (line for line in content.lines if line is not base and line.line_type not in WORK_TYPES)
    summary = _summary_by_tier(content, hours) if base is None else _summary_with_base(content, base, hours)
    return [*summary, *(_row(content, line, hours) for line in others)]


def _summary_by_tier(content: Content, hours: Hours) -> list[Row]:
    """Return the three rows of an invoice without a base.

    If the hours are charged, only those of billed lines are counted, as in `hours_worked`.
    """
    charged = hours_are_charged(content)
    groups = ([line for line in group if line.billed or not charged] for group in _work(content))
    standard, overtime, critical = groups
    return [
        Row(caption=Caption.STANDARD_HOURS, hours=_hours(standard, hours), amount=_billed(standard)),
        Row(caption=Caption.OVERTIME_HOURS, hours=_hours(overtime, hours), amount=_billed(overtime)),
        Row(caption=Caption.CRITICAL_HOURS, hours=_hours(critical, hours), amount=_billed(critical)),
    ]


def _summary_with_base(content: Content, base: Line, hours: Hours) -> list[Row]:
    """Return the three rows of an invoice with a base.

    With `show_overtime` off, the standard row includes the overtime, and there is no overtime row.
    """
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
    third = Row(caption=Caption.CRITICAL_WITHIN, hours=_hours(critical, hours))
    if charged := _billed(critical):
        third = third.model_copy(update={"caption": Caption.CRITICAL_HOURS, "amount": charged})
    if content.toggles.show_overtime:
        return [first, second, third]
    amount = base.line_total + _billed(standard) + _billed(overtime)
    whole = {"hours": sums.total_hours, "amount": amount, "standard_hours": False, "included_hours": None}
    return [first.model_copy(update=whole), third]


def _work(content: Content) -> tuple[list[Line], list[Line], list[Line]]:
    """Return the lines of work as three groups: standard, overtime and critical."""
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


def _row(content: Content, line: Line, hours: Hours) -> Row:
    """Return the row of one line, with hours for work and a quantity for anything else.

    The price is shown only if quantity x price x multiplier is the amount, with the hours as they are printed.
    """
    is_work = line.line_type in WORK_TYPES
    priced = line.line_type is not LineType.TASK or content.toggles.show_task_pricing
    computed = round_amount(line.quantity * line.unit_price * line.rate_multiplier, content.currency) == line.line_total
    multiplies_out = computed and (not is_work or hours[line.id] == line.quantity)
    weighted = line.rate_multiplier != ONE and (line.billed or priced)
    return Row(
        caption=_caption(content, line),
        description=line.description,
        included_hours=_included_hours(content, line),
        tier=line.work.rate_tier if weighted and line.line_type is LineType.TASK else None,
        hours=hours[line.id] if is_work else None,
        quantity=None if is_work else line.quantity,
        price=line.unit_price if priced and multiplies_out else None,
        multiplier=line.rate_multiplier if weighted and computed else None,
        amount=line.line_total if line.billed or priced else None,
        billed=line.billed,
        worked_on=line.work.worked_on if line.line_type is LineType.TASK else (),
        quoted=quoted_line(content.basis, line) if content.service.names_quote and line.billed else None,
        service_code=line.service_code,
    )


def _caption(content: Content, line: Line) -> Caption:
    """Return the caption of a computed description, which prints in the document's language.

    A description that a person changed prints as it is.
    """
    if line.rule == "SUP.base" and line.description == support_description(content.period):
        return Caption.SUPPORT
    if line.rule == "FP.base" and line.description == fixed_work_description(
        content.service.application_name, content.period
    ):
        return Caption.FIXED
    if line.line_type is LineType.OVERTIME and is_overtime(line.description):
        return Caption.OVERTIME
    if line.line_type is LineType.CLOUD:
        return _cloud_caption(line, content.period)
    return Caption.GIVEN


def _cloud_caption(line: Line, period: Period) -> Caption:
    if line.description == cloud_minimum_description(period):
        return Caption.CLOUD_MINIMUM
    return Caption.GIVEN if cloud_subject(line.description, period) is None else Caption.CLOUD


def _included_hours(content: Content, line: Line) -> Decimal | None:
    if line.line_type is not LineType.SUPPORT or not line.billed:
        return None
    limit = content.service.rate_rule.monthly_limit_hours
    return limit if limit > 0 else None


def _hours(lines: Iterable[Line], hours: Hours) -> Decimal:
    return total(hours[line.id] for line in lines)


def _billed(lines: Iterable[Line]) -> Decimal:
    return total(line.line_total for line in lines if line.billed)
