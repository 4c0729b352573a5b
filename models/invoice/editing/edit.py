"""Applying an edit to the content of a draft (docs/specification/pricing.md 8)."""

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
from models.values.money import Currency, format_multiplier, surplus_decimals

Changes = dict[str, tuple[str | None, str | None]]

# The PostgreSQL columns for hours have 10 digits, two of them decimals.
LARGEST_HOURS = Decimal("1e8")

_AMOUNTS = ("base_amount", "overtime_amount", "total_amount")
_PLAIN_FIELDS = (
    "invoice_date",
    "payment_days",
    "legal_text",
    "recipients",
    "cc",
    "bcc",
    "application_name",
    "agreement_number",
    "agreement_date",
    "channel",
    "reminder_days",
)


def apply_edit(content: Content, edit: Edit) -> tuple[Content, Changes]:
    """Return the edited content, and the old and new value of each changed field.

    Raises InvalidChange for a line that does not exist, a value that does not fit, and an edit without any change.
    """
    for name in _AMOUNTS:
        _check_decimals(name, getattr(edit, name), content.currency)
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
        raise InvalidChange("The edit contains no changes: the draft already has these values.")
    return after, changes


def _check_decimals(name: str, amount: object, currency: Currency) -> None:
    if isinstance(amount, Decimal) and (reason := surplus_decimals(amount, currency)):
        raise InvalidChange(f"{name}: {reason}.")


def _check_size(totals: Totals) -> None:
    amounts = (totals.net_amount, totals.base_amount, totals.overtime_amount, totals.total_amount)
    largest_hours = max(totals.total_hours, totals.overtime_hours)
    if any(abs(amount) >= LARGEST_AMOUNT for amount in amounts) or largest_hours >= LARGEST_HOURS:
        raise InvalidChange("The lines add up to more than the largest amount of an invoice.")


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
    """Return the lines with one line of 1 x `amount` in place of the billed base lines."""
    if amount is None:
        return lines
    if contract_basis(content, "base_amount").deal_type is DealType.HR:
        raise InvalidChange("base_amount: an hourly contract has no base amount; add a line instead.")
    old = _replaced(lines, BASE_TYPES)
    if not old:
        raise InvalidChange("base_amount: the draft has no base line; add a line instead.")
    lump = {"quantity": Decimal(1), "unit_price": amount, "rate_multiplier": Decimal("1.0"), "line_total": amount}
    new = old[0].model_copy(update=lump | {"billed": True, "is_manual": True})
    removed = {line.id for line in old[1:]}
    return tuple(new if line is old[0] else line for line in lines if line.id not in removed)


def _replaced(lines: tuple[Line, ...], types: Collection[LineType]) -> list[Line]:
    """Return the lines that an amount typed by hand replaces: the billed lines of these types.

    If no line of these types is billed, all of them are replaced.
    """
    of_types = [line for line in lines if line.line_type in types]
    return [line for line in of_types if line.billed] or of_types


def _with_overtime(
    content: Content, lines: tuple[Line, ...], hours: Decimal | None, amount: Decimal | None
) -> tuple[Line, ...]:
    """Return the lines with one manual line in place of the overtime lines; a given amount is not recomputed."""
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
    removed = {line.id for line in old}
    rest = [line for line in lines if line.id not in removed]
    if not quantity and not new.line_total:
        return tuple(rest)
    after_base = next((n for n, line in enumerate(rest, 1) if line.line_type is LineType.SUPPORT), 0)
    return (*rest[:after_base], new, *rest[after_base:])


def _overtime_factor(rule: RateRule, old: list[Line], hours: Decimal | None, amount: Decimal | None) -> Decimal:
    """Return the multiplier of the lines replaced; without any, that of overtime in the standard tier.

    The latter is the greater of the overtime multiplier and the tier's own (docs/specification/pricing.md 4.4).
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
    """Return the identities of the computed lines that people removed; late work must not add them again."""
    present = {line.identity for line in lines}
    removed = (line.identity for line in content.lines if line.identity not in present)
    return tuple(dict.fromkeys([*content.dropped, *(each for each in removed if each)]))


def changes_between(before: Content, after: Content) -> Changes:
    """Return the old and the new value of each field and line that differs.

    The audit trail keeps these texts under a hash, so their form must not change (`models/invoice/revision.py`).
    """
    found: Changes = {}
    for name in (*_PLAIN_FIELDS, "html_override"):
        _add(found, name, _plain(before, name), _plain(after, name))
    for scope, prefix in (("toggles", ""), ("totals", ""), ("customer", "customer.")):
        old, new = getattr(before, scope), getattr(after, scope)
        for name in type(old).model_fields:
            _add(found, prefix + name, getattr(old, name), getattr(new, name))
    old_lines, new_lines = ({line.id: line for line in c.lines} for c in (before, after))
    for line_id in old_lines | new_lines:
        _add(found, f"line {line_id}", _line_text(old_lines.get(line_id)), _line_text(new_lines.get(line_id)))
    kept = [i for i in old_lines if i in new_lines]
    _add(found, "line order", " ".join(kept), " ".join(i for i in new_lines if i in old_lines))
    return found


def _plain(content: Content, name: str) -> object:
    return getattr(content if name in Content.model_fields else content.basis, name, None)


def _add(found: Changes, name: str, old: object, new: object) -> None:
    if old != new:
        found[name] = (None if old is None else str(old), None if new is None else str(new))


def _line_text(line: Line | None) -> str | None:
    if line is None:
        return None
    billed = "" if line.billed else " (not billed)"
    code = f" [{line.service_code}]" if line.service_code else ""
    amount = f"{line.quantity} × {line.unit_price} × {line.rate_multiplier} = {line.line_total}"
    return f"{line.description}: {amount}{billed}{code}"
