"""Steps that change what a draft says: edit, undo, take in. Each but undo itself can be taken back.

The way back is kept in the invoice's state as patches; of long or very large ones only the newest, as the state travels
with every change.
"""

from collections.abc import Mapping
from datetime import datetime

from models.invoice.commands import Edit, TakeIn, Undo
from models.invoice.content.content import Content
from models.invoice.editing.edit import apply_edit, changes_between
from models.invoice.editing.patch import apply_patch, difference
from models.invoice.invoice import Invoice, UndoStep
from models.invoice.revision import next_revision

# The actions in the audit trail that changed what a draft says.
EDITING = frozenset({"edit", "undo", "take_in", "redraft"})
EDITS_KEPT = 20
CHARACTERS_KEPT = 256 * 1024


def edit(invoice: Invoice, command: Edit, now: datetime) -> Invoice:
    content, changes = apply_edit(invoice.content, command)
    return _revised(invoice, now, "edit", content, by=command.by, reason=command.note, changes=changes)


def take_in(invoice: Invoice, command: TakeIn, now: datetime) -> Invoice:
    late = invoice.late
    assert late is not None
    assert late.patch is not None
    content = apply_patch(invoice.content, late.patch)
    changes = changes_between(invoice.content, content)
    details = {"added": str(late.added), "changed": str(late.changed), "removed": str(late.removed)}
    return _revised(
        invoice, now, "take_in", content, by=command.by, reason=command.note, changes=changes, details=details
    )


def undo(invoice: Invoice, command: Undo, now: datetime) -> Invoice:
    *rest, last = invoice.undoable
    content = apply_patch(invoice.content, last.back)
    return next_revision(
        invoice,
        now,
        "undo",
        by=command.by,
        reason=command.note,
        changes=changes_between(invoice.content, content),
        details={"undone": str(last.revision)},
        content=content,
        undoable=tuple(rest),
        late=None,
    )


def _revised(
    invoice: Invoice,
    now: datetime,
    action: str,
    content: Content,
    *,
    by: str,
    reason: str | None,
    changes: Mapping[str, tuple[str | None, str | None]],
    details: Mapping[str, str] | None = None,
) -> Invoice:
    """A comparison with the facts was one of the draft as it stood; it ends with it."""
    back = difference(content, invoice.content)
    step = UndoStep(revision=invoice.revision + 1, by=by, back=back, size=back.size)
    kept = _newest((*invoice.undoable, step))
    return next_revision(
        invoice,
        now,
        action,
        by=by,
        reason=reason,
        changes=changes,
        details=details,
        content=content,
        undoable=kept,
        late=None,
    )


def _newest(steps: tuple[UndoStep, ...]) -> tuple[UndoStep, ...]:
    """The last one always; those before it while there is room."""
    left = CHARACTERS_KEPT - steps[-1].size
    kept = [steps[-1]]
    for step in reversed(steps[-EDITS_KEPT:-1]):
        left -= step.size
        if left < 0:
            break
        kept.insert(0, step)
    return tuple(kept)
