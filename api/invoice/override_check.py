"""A page written by a person is refused before it is saved, with everything in it that a document may not hold."""

from api.deps import AppState
from api.errors import Invalid
from api.http.envelopes import FieldError
from models.invoice.commands import Edit
from models.invoice.preconditions import reason_not_allowed

PATH = "html_override"


async def refuse_unsafe_override(state: AppState, invoice_id: str, edit: Edit) -> None:
    """Raise Invalid with every reason. The page is not read where the workflow will refuse the edit anyway."""
    if not edit.html_override or await _is_refused_anyway(state, invoice_id, edit):
        return
    found = await state.reads.objections(edit.html_override)
    if found:
        message = f"{PATH}: {found[0]}" + (f"; and {len(found) - 1} more" if len(found) > 1 else "")
        raise Invalid(message, [FieldError(path=PATH, message=each) for each in found])


async def _is_refused_anyway(state: AppState, invoice_id: str, edit: Edit) -> bool:
    """By the invoice's revision or its status. Revisions only grow, so the saved one decides where it is not older."""
    saved = await state.registry.invoice(invoice_id)
    assert saved is not None  # an invoice is never deleted
    if saved.revision == edit.expected_revision:
        return reason_not_allowed(saved, edit.name) is not None
    return saved.revision > edit.expected_revision
