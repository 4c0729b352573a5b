"""The edit of a draft: the given fields replace those of the content."""

from typing import Any

from models.invoice.errors import InvalidChange
from models.issuer.issuer import Party
from models.quotes.content.content import QuoteContent, numbered
from models.quotes.content.deal import QuotedDeal
from models.quotes.content.discount import QuoteDiscount, check_discount
from models.quotes.content.lines import CalculatedLine, QuoteLine
from models.quotes.quote.commands import EditQuote
from models.settings.area import SettingRefused

_TEXTS = (
    *("application_key", "contact", "language", "title", "introduction", "terms", "valid_until", "payment_days"),
    *("recipients", "cc", "bcc", "reminder_days"),
)


def edited(content: QuoteContent, command: EditQuote) -> QuoteContent:
    """Return the content with the changes. Raises InvalidChange."""
    changes: dict[str, Any] = {
        name: value for name in _TEXTS if (value := getattr(command, name)) is not None and name in _TEXTS
    }
    if command.customer is not None:
        changes["customer"] = Party.model_validate(command.customer.model_dump())
    if command.lines is not None:
        changes |= _lines(content, command)
    if command.discount is not None and command.remove_discount:
        raise InvalidChange("remove_discount: give a discount, or take it away, and not both.")
    if command.discount is not None or command.remove_discount:
        changes["discount"] = command.discount
    found = content.model_copy(update=changes)
    if found.discount is not None:
        try:
            check_discount(found.lines, found.discount, found.currency)
        except SettingRefused as refused:
            raise InvalidChange(f"discount.{refused.path}: {refused.message}") from refused
    return found


def lines_of(command_lines: Any, content: QuoteContent) -> tuple[QuoteLine, ...]:
    """Return the lines with ids. Raises InvalidChange if a price does not fit the currency."""
    found = []
    for place, each in enumerate(command_lines):
        try:
            found.append(each.line(content.currency))
        except SettingRefused as refused:
            raise InvalidChange(f"lines.{place}.{refused.path}: {refused.message}") from refused
    return numbered(found)


def require_one_deal(lines: tuple[QuoteLine, ...], deal: QuotedDeal | None) -> QuotedDeal | None:
    """Return the deal if lines of it are there. Raises InvalidChange for lines of two calculations."""
    sources = {
        (line.source.calculation_id, line.source.scenario)
        for line in lines
        if line.is_deal and isinstance(line.source, CalculatedLine)
    }
    if len(sources) > 1:
        raise InvalidChange(
            "lines: the prices of a contract can come from one calculation only; make a quote of its own for the other."
        )
    if sources and (deal is None or (deal.calculation_id, deal.scenario) not in sources):
        raise InvalidChange("lines: the lines of a calculation need its deal; take them from the calculation.")
    return deal if sources else None


def _lines(content: QuoteContent, command: EditQuote) -> dict[str, Any]:
    lines = lines_of(command.lines, content)
    deal = require_one_deal(lines, command.deal or content.deal)
    return {"lines": lines, "deal": deal}


def changes_between(before: QuoteContent, after: QuoteContent) -> dict[str, tuple[str | None, str | None]]:
    """Return the fields that differ, with their old and new values as texts."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for name in (*_TEXTS, "customer"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            found[name] = (_text(old), _text(new))
    if before.discount != after.discount:
        found["discount"] = (_text(before.discount), _text(after.discount))
    if before.lines != after.lines:
        old_lines, new_lines = {line.id: line for line in before.lines}, {line.id: line for line in after.lines}
        for line_id in dict.fromkeys([*old_lines, *new_lines]):
            if old_lines.get(line_id) != new_lines.get(line_id):
                found[f"lines.{line_id}"] = (_line(old_lines.get(line_id)), _line(new_lines.get(line_id)))
    if (before.lines, before.discount) != (after.lines, after.discount):
        found["total"] = (str(before.totals.total_amount), str(after.totals.total_amount))
    return found


def _line(line: QuoteLine | None) -> str | None:
    if line is None:
        return None
    optional = ", optional" if line.optional else ""
    return f"{line.description}: {line.quantity} × {line.unit_price}, {line.times} times, {line.total}{optional}"


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, QuoteDiscount):
        return value.text
    return value.name if isinstance(value, Party) else str(value)
