"""One invoice as its page and its route show it, with what Temporal knows of the effects that are being retried."""

import asyncio

from api.access.delegations import Delegator
from api.access.deps import Actor
from api.deps import AppState
from api.invoice.repository import InvoiceRepository
from api.invoice.schemas import InvoiceView
from models.invoice.effects import FailedAttempt
from models.invoice.invoice import Invoice
from workflows.client import attempts
from workflows.client.errors import TemporalUnavailable

TEMPORAL_SECONDS = 1.0


async def full_view(
    state: AppState, repository: InvoiceRepository, invoice: Invoice, actor: Actor, delegator: Delegator | None = None
) -> InvoiceView:
    """Return the invoice as PostgreSQL has it. Without an answer of Temporal within a second, failed attempts are left
    out."""
    failed = await _failed_attempts(state, invoice)
    replaced_by = await repository.replacement_of(invoice.id) if invoice.rejection else None
    return InvoiceView.seen_by(actor.role, invoice, actor.username, state.archive, failed, delegator, replaced_by)


async def _failed_attempts(state: AppState, invoice: Invoice) -> dict[str, FailedAttempt]:
    if not invoice.open_effects:
        return {}
    try:
        async with asyncio.timeout(TEMPORAL_SECONDS):
            return await attempts.failed_attempts(await state.temporal.client(), invoice)
    except (TimeoutError, TemporalUnavailable):
        return {}
