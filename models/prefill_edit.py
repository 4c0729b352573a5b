"""A prefill result that a person edited, as the one edit that makes the computed draft say the same.

What equals the freshly computed draft was not edited. So a base amount that was changed while the rows were left alone
changes its row, and a changed row changes the sums, without the person having to keep both in step.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from api.bodies import Generate, WantedLine
from api.errors import Invalid
from models.commands import Edit
from models.content import Content, Line
from models.draft_changes import AddLine, ChangeLine, LineChange, LineInput, OrderLines, RemoveLine
from models.editing import edited
from models.line_changes import line_amount

_CHANGEABLE = ("description", "quantity", "unit_price", "rate_multiplier", "billed")
_OF_THE_CONTRACT = ("customer_key", "deal_type", "currency", "client_type")
_AMOUNTS = ("base_amount", "overtime_hours", "overtime_amount")


def is_adjusted(wanted: Generate) -> bool:
    """Whether anything but the contract and the period was given."""
    return bool(wanted.model_fields_set - {"application_key", "period_start", "period_end"})


def adjustment(content: Content, wanted: Generate, revision: int) -> Edit | None:
    """Raises Invalid or models.errors.InvalidChange where the rules would refuse the edit."""
    _check_contract(content, wanted)
    edit = Edit(expected_revision=revision, note="edited before the draft was made")
    after = content
    if changes := _line_changes(content, wanted.line_items):
        edit = edit.model_copy(update={"line_changes": changes})
        after, _ = edited(content, edit)
    amounts = {name: value for name in _AMOUNTS if (value := _changed(content, after, wanted, name)) is not None}
    if amounts:
        edit = edit.model_copy(update=amounts)
        after, _ = edited(content, edit)
    if (total := _changed(content, after, wanted, "total_amount")) is not None:
        edit = edit.model_copy(update={"total_amount": total})
        after, _ = edited(content, edit)
    return None if after is content else edit


def _check_contract(content: Content, wanted: Generate) -> None:
    for name in _OF_THE_CONTRACT:
        given, true = getattr(wanted, name), getattr(content, name)
        if given is not None and given != true:
            raise Invalid.at(name, f"the contract says {true}; it cannot be changed on an invoice")


def _changed(computed: Content, after: Content, wanted: Generate, name: str) -> Decimal | None:
    """None when it was not given, was left as computed, or already follows from the other changes."""
    value: Decimal | None = getattr(wanted, name)
    return None if value in (None, getattr(computed.totals, name), getattr(after.totals, name)) else value


def _line_changes(content: Content, wanted: Sequence[WantedLine] | None) -> tuple[LineChange, ...]:
    if wanted is None:
        return ()
    rows = _matched(content.lines, wanted)
    kept = [line.id for line in rows if line]
    changes: list[LineChange] = [RemoveLine(op="remove", id=line.id) for line in content.lines if line.id not in kept]
    if kept != [line.id for line in content.lines if line.id in kept]:
        changes.append(OrderLines(op="reorder", ids=tuple(kept)))
    for position, (row, line) in enumerate(zip(wanted, rows, strict=True)):
        _check_total(content, row, line, position)
        if line is None:
            changes.append(AddLine(op="add", line=_new(row), before=_next_kept(rows, position)))
        elif given := _differences(row, line):
            changes.append(ChangeLine(op="change", id=line.id, **given))
    return tuple(changes)


def _matched(lines: Sequence[Line], wanted: Sequence[WantedLine]) -> list[Line | None]:
    """The computed line of each wanted row: by its id, else the first of its type, issue and tier."""
    left = {line.id: line for line in lines}
    named = {row.id for row in wanted if row.id}
    found: list[Line | None] = []
    for position, row in enumerate(wanted):
        if row.id is not None:
            if row.id not in left:
                raise Invalid.at(f"line_items.{position}.id", f"there is no row {row.id} left; leave the id out to add")
            found.append(left.pop(row.id))
            continue
        alike = (line for line in left.values() if line.id not in named and _identity(line) == _identity(row))
        match = next(alike, None)
        found.append(left.pop(match.id) if match else None)
    return found


def _identity(row: Line | WantedLine) -> tuple[Any, ...]:
    return row.line_type, row.jira_key, row.rate_tier


def _differences(row: WantedLine, line: Line) -> dict[str, Any]:
    given = {name: getattr(row, name) for name in _CHANGEABLE if name in row.model_fields_set}
    return {name: value for name, value in given.items() if value is not None and value != _as_sent(line, name)}


def _as_sent(line: Line, name: str) -> Any:
    """Whitespace around a text is taken off when it comes in, so it must not count as a change."""
    value = getattr(line, name)
    return value.strip() if isinstance(value, str) else value


def _check_total(content: Content, row: WantedLine, line: Line | None, position: int) -> None:
    """The row's amount is computed; one that says otherwise would be lost without a word."""
    untouched = line is not None and row.line_total == line.line_total and not _differences(row, line)
    if row.line_total is None or untouched:
        return
    amount = line_amount(row.quantity, row.unit_price, row.rate_multiplier, content.currency)
    if row.line_total != amount:
        raise Invalid.at(
            f"line_items.{position}.line_total",
            f"{row.quantity} × {row.unit_price} × {row.rate_multiplier} is {amount}, not {row.line_total}",
        )


def _new(row: WantedLine) -> LineInput:
    return LineInput(
        description=row.description,
        quantity=row.quantity,
        unit_price=row.unit_price,
        rate_multiplier=row.rate_multiplier,
        line_type=row.line_type.value,
        jira_key=row.jira_key,
        billed=True if row.billed is None else row.billed,
    )


def _next_kept(rows: Sequence[Line | None], position: int) -> str | None:
    return next((line.id for line in rows[position + 1 :] if line), None)
