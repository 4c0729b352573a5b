"""The commands that change the content of a draft: edit, undo, take in. Undo reverts the other two.

The invoice's state keeps a patch for each undo step. Only the newest steps are kept, and fewer if they are large,
because every change sends the whole state (docs/specification/lifecycle.md 4.3).
"""

from collections.abc import Mapping
from datetime import datetime

from models.invoice.commands import Edit, TakeIn, Undo
from models.invoice.content.content import Content
from models.invoice.editing.edit import apply_edit, changes_between
from models.invoice.editing.patch import apply_patch, difference
from models.invoice.invoice import Invoice, UndoStep
from models.invoice.revision import next_revision

# The actions in the audit trail that changed the content of a draft.
EDITING = frozenset({"edit", "undo", "take_in", "redraft"})
EDITS_KEPT = 20
CHARACTERS_KEPT = 256 * 1024


def edit(invoice: Invoice, command: Edit, now: datetime) -> Invoice:
    """Return the invoice with the edit applied. Raises InvalidChange."""
    content, changes = apply_edit(invoice.content, command)
    return _revised(invoice, now, "edit", content, by=command.by, reason=command.note, changes=changes)


def take_in(invoice: Invoice, command: TakeIn, now: datetime) -> Invoice:
    """Return the invoice with the late work of its last comparison in the draft."""
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
    """Return the invoice with the content before its newest edit."""
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
        makers=_with_maker(invoice, command.by),
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
    """Return the invoice with the new content and one more undo step.

    The last comparison with the contract data is dropped, because it was made with the old content.
    """
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
        makers=_with_maker(invoice, by),
        undoable=kept,
        late=None,
    )


def _with_maker(invoice: Invoice, by: str) -> tuple[str, ...]:
    return invoice.makers if by in invoice.makers else (*invoice.makers, by)


def _newest(steps: tuple[UndoStep, ...]) -> tuple[UndoStep, ...]:
    """Return the newest steps that fit: the last one always, the ones before it while there is room."""
    left = CHARACTERS_KEPT - steps[-1].size
    kept = [steps[-1]]
    for step in reversed(steps[-EDITS_KEPT:-1]):
        left -= step.size
        if left < 0:
            break
        kept.insert(0, step)
    return tuple(kept)
