"""Writes the claims of invoices: a worklog stands on at most one live invoice of a contract.

The primary key of the table enforces it. A new draft claims its worklogs in the transaction that saves it; a later
change claims what it adds before it is applied; every save releases what is no longer on the invoice
(docs/decisions/0013-worklogs-are-claimed.md).
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ARRAY, Text, any_, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.invoice.billed_work import is_live_on, other_invoice, other_invoices
from models.billing.billed_work import OtherInvoice, on_other_invoices
from models.contracts.contract import DealType
from models.invoice.invoice import Invoice
from models.invoice.ports import CLAIM_WORKLOGS, Claimed, ClaimRequest
from models.invoice.tables import ClaimedWorklog, InvoiceRow
from models.values.failure_codes import Failure

_CLAIM = text(
    """
    INSERT INTO claimed_worklogs (application_key, worklog_id, invoice_id, revision)
    SELECT :key, wanted.id, :invoice, :revision FROM unnest(CAST(:worklogs AS text[])) AS wanted (id)
    ON CONFLICT (application_key, worklog_id) DO UPDATE SET revision = excluded.revision
        WHERE claimed_worklogs.invoice_id = excluded.invoice_id
    """
)
# A claim of the same or a later revision belongs to a change that is being applied, so an older save keeps it.
_KEEP = text(
    """
    WITH released AS (
        DELETE FROM claimed_worklogs
        WHERE invoice_id = :invoice AND revision < :revision AND :may_release
            AND NOT worklog_id = ANY(CAST(:worklogs AS text[]))
    )
    INSERT INTO claimed_worklogs (application_key, worklog_id, invoice_id, revision)
    SELECT :key, wanted.id, :invoice, :revision FROM unnest(CAST(:worklogs AS text[])) AS wanted (id)
    WHERE NOT EXISTS (
        SELECT FROM claimed_worklogs AS held WHERE held.application_key = :key AND held.worklog_id = wanted.id
    )
    ON CONFLICT DO NOTHING
    """
)
_RELEASE = text(
    "DELETE FROM claimed_worklogs WHERE invoice_id = :invoice AND worklog_id = ANY(CAST(:worklogs AS text[]))"
)


@dataclass(frozen=True)
class WorklogClaims:
    """The activity that claims the worklogs which a change brings into a draft."""

    engine: AsyncEngine

    @activity.defn(name=CLAIM_WORKLOGS.name)
    async def claim(self, request: ClaimRequest) -> Claimed:
        """Claim all worklogs or none, and release others. A repetition changes nothing.

        Raises WORK_TAKEN, which is not retried, when some of them stand on another invoice.
        """
        async with self.engine.begin() as connection:
            if request.release:
                released = {"invoice": request.invoice_id, "worklogs": list(request.release)}
                await connection.execute(_RELEASE, released)
            if request.worklogs:
                await _claim(connection, request)
        return Claimed(worklogs=len(request.worklogs))


async def claim_for_new_draft(connection: AsyncConnection, invoice: Invoice) -> None:
    """Claim the worklogs of a draft that is saved for the first time.

    Raises WORK_TAKEN when, since the draft was computed, another invoice has taken some of them, or an invoice was made
    for some of the same days that the draft does not warn of. The lock puts the new drafts of one contract one after
    the other, so that of two drafts the later one knows the earlier one.
    """
    service = invoice.content.service
    locked = func.hashtextextended(f"claims {service.application_key}", 0)
    await connection.execute(select(func.pg_advisory_xact_lock(locked)))
    request = ClaimRequest(
        invoice_id=invoice.id,
        application_key=service.application_key,
        worklogs=invoice.claimed_worklogs,
        revision=invoice.revision,
    )
    await _claim(connection, request)
    if unknown := await _unknown_overlaps(connection, invoice):
        names = ", ".join(each.reference for each in unknown)
        raise _work_taken(f"Days of {service.period.title} have been billed meanwhile by {names}.")


async def keep_claims(connection: AsyncConnection, invoice: Invoice) -> None:
    """Release the worklogs that are no longer on a saved invoice, and claim the others where nobody does.

    While new content is being fetched nothing is released, because its worklogs may have been claimed already.
    """
    await connection.execute(
        _KEEP,
        {
            "key": invoice.content.service.application_key,
            "invoice": invoice.id,
            "revision": invoice.revision,
            "worklogs": list(invoice.claimed_worklogs),
            "may_release": not (invoice.is_busy and invoice.is_live),
        },
    )


async def _claim(connection: AsyncConnection, request: ClaimRequest) -> None:
    await connection.execute(
        _CLAIM,
        {
            "key": request.application_key,
            "invoice": request.invoice_id,
            "revision": request.revision,
            "worklogs": sorted(request.worklogs),
        },
    )
    if taken := await _held_by_others(connection, request):
        raise _work_taken(f"Another invoice of {request.application_key} bills {on_other_invoices(taken)}.")


async def _held_by_others(connection: AsyncConnection, request: ClaimRequest) -> dict[str, OtherInvoice]:
    query = other_invoices(col(ClaimedWorklog.worklog_id)).join(
        ClaimedWorklog, col(ClaimedWorklog.invoice_id) == col(InvoiceRow.id)
    )
    held = query.where(
        col(ClaimedWorklog.application_key) == request.application_key,
        col(ClaimedWorklog.worklog_id) == any_(literal(list(request.worklogs), ARRAY(Text))),
        col(ClaimedWorklog.invoice_id) != request.invoice_id,
    )
    rows = await connection.execute(held.order_by(col(ClaimedWorklog.worklog_id)))
    return {row.worklog_id: other_invoice(row) for row in rows}


async def _unknown_overlaps(connection: AsyncConnection, invoice: Invoice) -> list[OtherInvoice]:
    """Return the other invoices for days of this draft that it has no warning of."""
    service = invoice.content.service
    known: Collection[str] = [invoice.id, *(each.invoice_id for each in service.overlaps)]
    query = other_invoices().where(
        col(InvoiceRow.application_key) == service.application_key,
        *is_live_on(service.period),
        col(InvoiceRow.id).not_in(known),
    )
    if service.deal_type is DealType.HR:  # two hourly invoices may bill the same days
        query = query.where(col(InvoiceRow.deal_type) != DealType.HR.value)
    return [other_invoice(row) for row in await connection.execute(query)]


def _work_taken(message: str) -> ApplicationError:
    return ApplicationError(message, type=Failure.WORK_TAKEN, non_retryable=True)
