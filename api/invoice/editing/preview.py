"""The dry run of an edit over the rules of the command itself. It asks no workflow and stores nothing."""

from datetime import datetime

from api.errors import Conflict
from api.http.envelopes import ConflictDetails
from api.invoice.command_bodies import EditBody
from api.invoice.editing.schemas import EditPreview
from api.invoice.override_check import check_html_override
from api.invoice.repository import InvoiceRepository
from api.reads import Reads
from models.invoice.checks.dry_run import dry_run
from models.invoice.commands import Edit
from models.invoice.errors import Refused, StaleRevision
from models.invoice.invoice import Invoice


async def edit_preview(
    reads: Reads, repository: InvoiceRepository, invoice: Invoice, body: EditBody, by: str, now: datetime
) -> EditPreview:
    """Return what the edit would make of the draft. Raises Invalid or Conflict, as the command would."""
    edit = Edit.model_validate(dict(body) | {"by": by})
    await check_html_override(reads, repository, invoice.id, edit)
    return EditPreview.of(invoice, edited(invoice, edit, now), now)


def edited(invoice: Invoice, edit: Edit, now: datetime) -> Invoice:
    """Return the invoice as the edit would leave it. Raises Conflict, or InvalidChange, which names the field."""
    try:
        return dry_run(invoice, edit, now)
    except Refused as refused:
        details = ConflictDetails(
            reason=refused.code,
            allowed=list(refused.allowed),
            expected_revision=edit.expected_revision if isinstance(refused, StaleRevision) else None,
            current_revision=invoice.revision,
        )
        raise Conflict(str(refused), details) from refused
