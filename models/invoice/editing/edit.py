"""Edits of a draft: typed changes in, new content and the before/after of each field out."""

from collections.abc import Collection
from decimal import Decimal

from models.contracts.contract import DealType
from models.contracts.rate_rule import RateRule, Tier
from models.invoice.commands import Edit
from models.invoice.content.basis import ServiceBasis, WorklogSource
from models.invoice.content.content import Content
from models.invoice.content.hours import hours_worked
from models.invoice.content.line_descriptions import OVERTIME
from models.invoice.content.lines import BASE_TYPES, MANUAL_RULE, Line, LineType
from models.invoice.content.totals import Totals, sum_up
from models.invoice.editing.header import apply_header_changes, contract_basis
from models.invoice.editing.lines import LARGEST_AMOUNT, apply_line_changes, line_amount, next_id
from models.invoice.errors import InvalidChange
from models.values.money import format_multiplier

Changes = dict[str, tuple[str | None, str | None]]

# What the columns of PostgreSQL hold: 10 digits for hours, two of them decimals.
LARGEST_HOURS = Decimal("1e8")

_PLAIN_FIELDS = (
    "invoice_date",
    "payment_days",
    "legal_text",
    "recipients",
    "application_name",
    "agreement_number",
    "agreement_date",
    "channel",
    "reminder_days",
)


def apply_edit(content: Content, edit: Edit) -> tuple[Content, Changes]:
    """Raises InvalidChange where a change names a line that is not there or makes no sense."""
    lines = apply_line_changes(content.lines, edit.line_changes, content.currency)
    lines = _with_base(content, lines, edit.base_amount)
    lines = _with_overtime(content, lines, edit.overtime_hours, edit.overtime_amount)
    after = apply_header_changes(content, edit)
    totals = sum_up(
        lines,
        currency=content.currency,
        tax=content.tax,
        total_hours=_hours(content, lines),
        manual=_manual_total(content, edit),
    )
    _check_size(totals)
    after = after.model_copy(update={"dropped": _dropped(content, lines), "lines": lines, "totals": totals})
    changes = changes_between(content, after)
    if not changes:
        raise InvalidChange("Nothing would change: the edit says what the draft already says.")
    return after, changes


def _check_size(totals: Totals) -> None:
    amounts = (totals.net_amount, totals.base_amount, totals.overtime_amount, totals.total_amount)
    worked = max(totals.total_hours, totals.overtime_hours)
    if any(abs(amount) >= LARGEST_AMOUNT for amount in amounts) or worked >= LARGEST_HOURS:
        raise InvalidChange("The lines add up to more than an invoice can carry.")


def _hours(content: Content, lines: tuple[Line, ...]) -> Decimal:
    basis = content.basis
    if isinstance(basis, ServiceBasis) and basis.hours_follow_lines:
        return hours_worked(basis, lines)
    return content.totals.total_hours


def _manual_total(content: Content, edit: Edit) -> Decimal | None:
    if edit.total_amount == "auto":
        return None
    if edit.total_amount is not None:
        return Decimal(edit.total_amount)
    return content.totals.total_amount if content.totals.total_is_manual else None


def _with_base(content: Content, lines: tuple[Line, ...], amount: Decimal | None) -> tuple[Line, ...]:
    """A base amount typed by hand is what is billed as base: one line of 1 x amount takes the place of the billed base
    lines."""
    if amount is None:
        return lines
    if contract_basis(content, "base_amount").deal_type is DealType.HR:
        raise InvalidChange("base_amount: an hourly contract has no base amount; add a line instead.")
    old = _replaced(lines, BASE_TYPES)
    if not old:
        raise InvalidChange("base_amount: the draft has no base line any more; add a line instead.")
    lump = {"quantity": Decimal(1), "unit_price": amount, "rate_multiplier": Decimal("1.0"), "line_total": amount}
    new = old[0].model_copy(update=lump | {"billed": True, "is_manual": True})
    gone = {line.id for line in old[1:]}
    return tuple(new if line is old[0] else line for line in lines if line.id not in gone)


def _replaced(lines: tuple[Line, ...], types: Collection[LineType]) -> list[Line]:
    """What an amount typed by hand stands for: the billed lines of its kind. A line that was taken out of the sum stays
    out of it, unless there is no other to carry the amount."""
    alike = [line for line in lines if line.line_type in types]
    return [line for line in alike if line.billed] or alike


def _with_overtime(
    content: Content, lines: tuple[Line, ...], hours: Decimal | None, amount: Decimal | None
) -> tuple[Line, ...]:
    """Overtime typed by hand becomes one manual line; the amount given is kept as it is."""
    if hours is None and amount is None:
        return lines
    service = contract_basis(content, "overtime")
    if service.deal_type is not DealType.SUP:
        raise InvalidChange("overtime: only a support contract (SUP) has overtime.")
    old = _replaced(lines, {LineType.OVERTIME})
    quantity = sum((line.quantity for line in old), Decimal(0)) if hours is None else hours
    rate, factor = service.rate_rule.base_hourly_rate, _overtime_factor(service.rate_rule, old, hours, amount)
    new = Line(
        id=old[0].id if old else next_id((*content.lines, *lines)),
        line_type=LineType.OVERTIME,
        description=old[0].description if old else OVERTIME,
        quantity=quantity,
        unit_price=rate,
        line_total=line_amount(quantity, rate, factor, content.currency) if amount is None else amount,
        rate_multiplier=factor,
        source=WorklogSource(rate_tier=Tier.OVERTIME),
        is_manual=True,
        rule=MANUAL_RULE,
    )
    gone = {line.id for line in old}
    rest = [line for line in lines if line.id not in gone]
    if not quantity and not new.line_total:
        return tuple(rest)
    after_base = next((n for n, line in enumerate(rest, 1) if line.line_type is LineType.SUPPORT), 0)
    return (*rest[:after_base], new, *rest[after_base:])


def _overtime_factor(rule: RateRule, old: list[Line], hours: Decimal | None, amount: Decimal | None) -> Decimal:
    """What the lines had, or the least that overtime has: max(overtime multiplier, a worklog's own tier).

    See docs/specification/pricing.md 4.4.
    """
    factors = {line.rate_multiplier for line in old}
    if hours and amount is None and len(factors) > 1:
        several = " and ".join(format_multiplier(factor) for factor in sorted(factors))
        raise InvalidChange(
            f"overtime_hours: the overtime has the multipliers {several}; "
            "change its lines, or give overtime_amount as well."
        )
    return max(factors, default=max(rule.overtime_multiplier, rule.multiplier(Tier.STANDARD)))


def _dropped(content: Content, lines: tuple[Line, ...]) -> tuple[str, ...]:
    """Computed lines that are gone by hand; late work must not bring them back."""
    left = {line.identity for line in lines}
    gone = (line.identity for line in content.lines if line.identity not in left)
    return tuple(dict.fromkeys([*content.dropped, *(each for each in gone if each)]))


def changes_between(before: Content, after: Content) -> Changes:
    found: Changes = {}
    for name in (*_PLAIN_FIELDS, "html_override"):
        _note(found, name, _plain(before, name), _plain(after, name))
    for scope, prefix in (("toggles", ""), ("totals", ""), ("customer", "customer.")):
        old, new = getattr(before, scope), getattr(after, scope)
        for name in type(old).model_fields:
            _note(found, prefix + name, getattr(old, name), getattr(new, name))
    old_lines, new_lines = ({line.id: line for line in c.lines} for c in (before, after))
    for line_id in old_lines | new_lines:
        _note(found, f"line {line_id}", _shown(old_lines.get(line_id)), _shown(new_lines.get(line_id)))
    kept = [i for i in old_lines if i in new_lines]
    _note(found, "line order", " ".join(kept), " ".join(i for i in new_lines if i in old_lines))
    return found


def _plain(content: Content, name: str) -> object:
    return getattr(content if name in Content.model_fields else content.basis, name, None)


def _note(found: Changes, name: str, old: object, new: object) -> None:
    if old != new:
        found[name] = (None if old is None else str(old), None if new is None else str(new))


def _shown(line: Line | None) -> str | None:
    if line is None:
        return None
    billed = "" if line.billed else " (not billed)"
    return (
        f"{line.description}: {line.quantity} × {line.unit_price} × {line.rate_multiplier} = {line.line_total}{billed}"
    )
