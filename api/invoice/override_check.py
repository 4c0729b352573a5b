"""The check of the HTML override of an edit, before the edit is saved."""

from api.errors import Invalid
from api.http.envelopes import FieldError
from api.invoice.repository import InvoiceRepository
from api.reads import Reads
from models.invoice.commands import Edit
from models.invoice.preconditions import reason_not_allowed

PATH = "html_override"


async def check_html_override(reads: Reads, repository: InvoiceRepository, invoice_id: str, edit: Edit) -> None:
    """Raise Invalid with every reason when an edit's HTML override contains what a document must not contain.

    The override is not read when the workflow will refuse the edit for another reason.
    """
    if not edit.html_override or await _will_be_refused(repository, invoice_id, edit):
        return
    found = await reads.override_objections(edit.html_override)
    if found:
        message = f"{PATH}: {found[0]}" + (f"; and {len(found) - 1} more" if len(found) > 1 else "")
        raise Invalid(message, [FieldError(path=PATH, message=each) for each in found])


async def _will_be_refused(repository: InvoiceRepository, invoice_id: str, edit: Edit) -> bool:
    """Return whether the revision or the status of the invoice forbids the edit.

    A saved revision that is older than the expected one decides nothing: the workflow may be ahead of PostgreSQL.
    """
    saved = await repository.find(invoice_id)
    assert saved is not None  # an invoice is never deleted
    if saved.revision == edit.expected_revision:
        return reason_not_allowed(saved, edit.name) is not None
    return saved.revision > edit.expected_revision
