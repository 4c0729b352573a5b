"""The edit that corresponds to a prefill result which a person edited (docs/specification/pricing.md 6, 8).

A value that equals the computed draft was not edited. A changed base amount with unchanged rows therefore changes the
base row, and a changed row changes the sums; the person need not change both. The message of an InvalidChange begins
with its field: `line_items.0.line_total: ...`.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import Field

from models.contracts.contract import DealType
from models.contracts.rate_rule import Tier
from models.invoice.commands import Edit
from models.invoice.content.basis import ClientType
from models.invoice.content.content import Content, prefill_digest
from models.invoice.content.lines import Line, LineType
from models.invoice.editing.edit import Changes, apply_edit
from models.invoice.editing.inputs import AddLine, ChangeLine, LineChange, LineInput, OrderLines, RemoveLine
from models.invoice.editing.lines import apply_line_changes, line_amount
from models.invoice.errors import InvalidChange, PrefillChanged
from models.issuer.service_code import ServiceCodeInput
from models.values.base_models import Frozen
from models.values.money import Amount, Currency, surplus_decimals

_CHANGEABLE = ("description", "quantity", "unit_price", "rate_multiplier", "billed")
_ONE, _PLAIN = Decimal(1), Decimal("1.0")
_AMOUNTS = ("base_amount", "overtime_hours", "overtime_amount")


class PrefillLine(Frozen):
    """A row of a prefill result, edited or not. None means that the field was not given.

    A row that matches no computed row is a new row.
    """

    id: str | None = None
    line_type: LineType = LineType.OTHER
    description: str
    jira_key: str | None = None
    unit_price: Amount
    quantity: Decimal | None = None
    rate_multiplier: Decimal | None = None
    line_total: Amount | None = None
    billed: bool | None = None
    rate_tier: Tier = Tier.STANDARD
    service_code: ServiceCodeInput | None = None


class EditedPrefill(Frozen):
    """The fields of a prefill result that a person sent back. None means that the field was not given."""

    customer_key: str | None = None
    deal_type: DealType | None = None
    currency: Currency | None = None
    client_type: ClientType | None = None
    base_amount: Amount | None = None
    overtime_hours: Decimal | None = None
    overtime_amount: Amount | None = None
    total_amount: Amount | None = None
    line_items: tuple[PrefillLine, ...] | None = None
    prefill_digest: str | None = Field(
        default=None, exclude_if=lambda digest: digest is None, description="of the computed draft that was edited"
    )


def check_unchanged(content: Content, prefill: EditedPrefill) -> None:
    """Raise PrefillChanged if the computed draft is not the one that was edited."""
    if prefill.prefill_digest is not None and prefill.prefill_digest != prefill_digest(content):
        raise PrefillChanged


def edited_content(content: Content, prefill: EditedPrefill | None) -> tuple[Content, Changes]:
    """Return the content of the draft that the edited prefill result makes, and each change.

    Raises InvalidChange or PrefillChanged.
    """
    if prefill is None:
        return content, {}
    check_unchanged(content, prefill)
    edit = edit_from_prefill(content, prefill, revision=1)
    return apply_edit(content, edit) if edit else (content, {})


def prefill_lines(content: Content, changes: Sequence[LineChange]) -> tuple[PrefillLine, ...]:
    """Return the rows of a prefill result that the changes of its lines make. Raises InvalidChange."""
    known = {line.id for line in content.lines}
    return tuple(
        PrefillLine(
            id=line.id if line.id in known else None,
            line_type=line.line_type,
            description=line.description,
            jira_key=line.work.jira_key,
            unit_price=line.unit_price,
            quantity=line.quantity,
            rate_multiplier=line.rate_multiplier,
            billed=line.billed,
        )
        for line in apply_line_changes(content.lines, changes, content.currency)
    )


def edit_from_prefill(content: Content, prefill: EditedPrefill, revision: int) -> Edit | None:
    """Return the edit; None if the content already has these values. Raises InvalidChange if the rules refuse it."""
    _check_contract(content, prefill)
    edit = Edit(expected_revision=revision, note="edited before the draft was made")
    after = content
    if changes := _line_changes(content, prefill.line_items):
        edit = edit.model_copy(update={"line_changes": changes})
        after, _ = apply_edit(content, edit)
    amounts = {name: value for name in _AMOUNTS if (value := _changed(content, after, prefill, name)) is not None}
    if amounts:
        edit = edit.model_copy(update=amounts)
        after, _ = apply_edit(content, edit)
    if (total := _changed(content, after, prefill, "total_amount")) is not None:
        edit = edit.model_copy(update={"total_amount": total})
        after, _ = apply_edit(content, edit)
    return None if after is content else edit


def matches_prefill(content: Content, prefill: EditedPrefill) -> bool:
    """Return whether the content already has the values of the edited prefill result."""
    try:
        return edit_from_prefill(content, prefill, revision=1) is None
    except InvalidChange:
        return False


def _check_contract(content: Content, prefill: EditedPrefill) -> None:
    service = content.service
    contract = {
        "customer_key": service.customer_key,
        "deal_type": service.deal_type,
        "currency": content.currency,
        "client_type": service.client_type,
    }
    for name, agreed in contract.items():
        given = getattr(prefill, name)
        if given is not None and given != agreed:
            raise InvalidChange(f"{name}: the contract has {agreed}; it cannot be changed on an invoice")


def _changed(computed: Content, after: Content, prefill: EditedPrefill, name: str) -> Decimal | None:
    """Return the value to edit; None if it was not given, is as computed, or follows from the other changes."""
    value: Decimal | None = getattr(prefill, name)
    return None if value in (None, getattr(computed.totals, name), getattr(after.totals, name)) else value


def _line_changes(content: Content, given_rows: Sequence[PrefillLine] | None) -> tuple[LineChange, ...]:
    if given_rows is None:
        return ()
    rows = _matched(content.lines, given_rows)
    kept = {line.id: line for line in rows if line}
    changes: list[LineChange] = [RemoveLine(op="remove", id=line.id) for line in content.lines if line.id not in kept]
    if list(kept) != [line.id for line in content.lines if line.id in kept]:
        changes.append(OrderLines(op="reorder", ids=tuple(kept)))
    following = _next_kept(rows)
    for position, (row, line) in enumerate(zip(given_rows, rows, strict=True)):
        _check_total(content, row, line, position)
        if line is None:
            changes.append(AddLine(op="add", line=_new(row), before=following[position]))
        elif changed := _differences(row, line):
            changes.append(ChangeLine(op="change", id=line.id, **changed))
    return tuple(changes)


def _matched(lines: Sequence[Line], given_rows: Sequence[PrefillLine]) -> list[Line | None]:
    """Return the computed line of each row, found by its id, or else the next one of its type, issue and tier."""
    unmatched = {line.id: line for line in lines}
    named = {row.id for row in given_rows if row.id is not None}
    similar: dict[Any, deque[Line]] = defaultdict(deque)
    for line in lines:
        if line.id not in named:
            similar[line.line_type, line.work.jira_key, line.work.rate_tier].append(line)
    found: list[Line | None] = []
    for position, row in enumerate(given_rows):
        if row.id is not None:
            if row.id not in unmatched:
                path = f"line_items.{position}.id"
                raise InvalidChange(
                    f"{path}: there is no row {row.id}, or it was given twice; leave the id out to add a row"
                )
            found.append(unmatched.pop(row.id))
            continue
        candidates = similar[row.line_type, row.jira_key, row.rate_tier]
        found.append(candidates.popleft() if candidates else None)
    return found


def _differences(row: PrefillLine, line: Line) -> dict[str, Any]:
    given = {name: getattr(row, name) for name in _CHANGEABLE}
    changed = {name: value for name, value in given.items() if value is not None and value != _as_sent(line, name)}
    if row.service_code is not None and row.service_code.service_code != line.service_code:
        changed["service_code"] = row.service_code
    return changed


def _as_sent(line: Line, name: str) -> Any:
    """Return the line's value as a request would send it: surrounding whitespace of a text is removed there."""
    value = getattr(line, name)
    return value.strip() if isinstance(value, str) else value


def _check_total(content: Content, row: PrefillLine, line: Line | None, position: int) -> None:
    """Raise InvalidChange if the row's amount is not the computed one, which would replace it, or for a bad price."""
    if reason := surplus_decimals(row.unit_price, content.currency):
        raise InvalidChange(f"line_items.{position}.unit_price: {reason}")
    unchanged = line is not None and row.line_total == line.line_total and not _differences(row, line)
    if row.line_total is None or unchanged:
        return
    quantity, factor = _factors(row, line)
    amount = line_amount(quantity, row.unit_price, factor, content.currency)
    if row.line_total != amount:
        computed = f"{quantity} × {row.unit_price} × {factor} is {amount}, not {row.line_total}"
        raise InvalidChange(f"line_items.{position}.line_total: {computed}")


def _factors(row: PrefillLine, line: Line | None) -> tuple[Decimal, Decimal]:
    """Return quantity and multiplier. A value that is not given stays; in a new row it is 1."""
    quantity = row.quantity if row.quantity is not None else line.quantity if line else _ONE
    factor = row.rate_multiplier if row.rate_multiplier is not None else line.rate_multiplier if line else _PLAIN
    return quantity, factor


def _new(row: PrefillLine) -> LineInput:
    quantity, factor = _factors(row, None)
    return LineInput(
        description=row.description,
        quantity=quantity,
        unit_price=row.unit_price,
        rate_multiplier=factor,
        line_type=row.line_type.value,
        jira_key=row.jira_key,
        billed=True if row.billed is None else row.billed,
        service_code=row.service_code,
    )


def _next_kept(rows: Sequence[Line | None]) -> list[str | None]:
    """Return for each row the id of the next computed line after it."""
    following: list[str | None] = []
    newest: str | None = None
    for line in reversed(rows):
        following.append(newest)
        newest = line.id if line else newest
    return following[::-1]
