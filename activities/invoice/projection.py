"""The read model of an invoice in PostgreSQL: its row and its events, from which all pages are read.

The invoice's workflow is the only writer. It may project its states in any order and any number of times; the result is
the newest state and the complete list of events.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import func, literal_column, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.database.constraints import constraint
from activities.invoice.claims import claim_for_new_draft, keep_claims
from models.accounting.collection import delivered_on, paid_on, ready_on
from models.audit.hash_chain import Event
from models.invoice.acts.recording import known_act
from models.invoice.bounces.recording import standing_bounces
from models.invoice.content.basis import ServiceBasis
from models.invoice.content.draft_request import Orders
from models.invoice.deadlines.waits import first_deadline
from models.invoice.invoice import Invoice
from models.invoice.ports import PROJECT, Projected
from models.invoice.signing.task import signing_task
from models.invoice.status import WITHDRAWN, Kind, Status
from models.invoice.tables import ONE_INVOICE_A_PERIOD, ONE_ROW_A_WORKFLOW, InvoiceEvent, InvoiceRow
from models.values.failure_codes import Failure


@dataclass(frozen=True)
class InvoiceProjection:
    """The activity that writes the read model."""

    engine: AsyncEngine

    @activity.defn(name=PROJECT.name)
    async def project(self, invoice: Invoice) -> Projected:
        """Write the state and the new events; return the revision that is stored. An older state changes nothing.

        Raises ALREADY_INVOICED when another invoice of the contract and period exists, WORK_TAKEN when another one has
        taken work of a new draft meanwhile, and AUDIT_BROKEN when an event differs from the stored one. None of these
        errors is retried.
        """
        row = projection(invoice)
        try:
            async with self.engine.begin() as connection:
                written = await _write_row(connection, row)
                if invoice.journal:
                    await _write_events(connection, invoice)
                if invoice.kind is Kind.SERVICE:
                    await _write_claims(connection, invoice, written)
                return Projected(revision=written.revision)
        except IntegrityError as error:
            constraints = (ONE_INVOICE_A_PERIOD, ONE_ROW_A_WORKFLOW)
            # If the other invoice has been withdrawn in the meantime, the next attempt succeeds.
            if constraint(error) in constraints and (existing := await self._existing_invoice(row)):
                raise ApplicationError(
                    f"Contract {row['subject_key']} is already invoiced for {row['period_start']} to "
                    f"{row['period_end']}: {existing}. Void or discard that invoice first, or discard this one.",
                    type=Failure.ALREADY_INVOICED,
                    non_retryable=True,
                ) from error
            raise

    async def _existing_invoice(self, row: dict[str, Any]) -> str | None:
        """Return the number, status and id of the other invoice of this contract and period, or of this workflow."""
        same_period = (
            (col(InvoiceRow.application_key) == row["application_key"])
            & (col(InvoiceRow.period_start) == row["period_start"])
            & (col(InvoiceRow.period_end) == row["period_end"])
            & (col(InvoiceRow.kind) == Kind.SERVICE.value)
            & col(InvoiceRow.status).not_in(WITHDRAWN)
        )
        query = select(col(InvoiceRow.id), col(InvoiceRow.number), col(InvoiceRow.status)).where(
            col(InvoiceRow.id) != row["id"], same_period | (col(InvoiceRow.workflow_id) == row["workflow_id"])
        )
        async with self.engine.connect() as connection:
            found = (await connection.execute(query.limit(1))).first()
        return f"{found.number or 'a draft'} ({found.status}, id {found.id})" if found else None


def projection(invoice: Invoice) -> dict[str, Any]:
    """Return the row of an invoice: column name -> value. `state` holds the whole invoice except its events."""
    content, totals, period = invoice.content, invoice.content.totals, invoice.content.period
    act = known_act(invoice)
    service = content.basis if isinstance(content.basis, ServiceBasis) else None
    to_sign, subject = signing_task(invoice), invoice.request.subject
    return {
        "id": invoice.id,
        "workflow_id": invoice.workflow_id,
        "kind": invoice.kind.value,
        "status": invoice.status.value,
        "milestone": invoice.milestone,
        "number": invoice.display_number,
        "series": invoice.number.series if invoice.number else None,
        "seq": invoice.number.seq if invoice.number else None,
        "subject_key": content.subject_key,
        "application_key": service.application_key if service else None,
        "application_name": service.application_name if service else None,
        "customer_key": content.customer_key,
        "customer_name": content.customer.name,
        "period_start": period.start,
        "period_end": period.end,
        "invoice_date": content.invoice_date,
        "due_date": invoice.due,
        "ready_on": ready_on(invoice),
        "delivered_on": delivered_on(invoice),
        "paid_on": paid_on(invoice),
        "deal_type": service.deal_type.value if service else None,
        "client_type": service.client_type.value if service else None,
        "currency": content.currency.value,
        "base_amount": totals.base_amount,
        "overtime_hours": totals.overtime_hours if service else None,
        "overtime_amount": totals.overtime_amount,
        "total_hours": totals.total_hours if service else None,
        "total_amount": invoice.total,
        "paid_amount": invoice.paid,
        "balance": invoice.balance,
        "credit_amount": invoice.credit,
        "written_off_amount": invoice.written_off,
        "awaits_money": invoice.awaits_money,
        "overdue": invoice.overdue,
        "held": invoice.held is not None,
        "blocked": bool(invoice.blocked),
        "blocked_reason": "; ".join(f"{e.name.value}: {e.error or e.state.value}" for e in invoice.blocked) or None,
        "bounced": bool(standing_bounces(invoice)),
        "signing_action": to_sign.action.value if to_sign else None,
        "signing_document_id": to_sign.document_id if to_sign else None,
        "wait_deadline": first_deadline(invoice),
        "einvoice_id": act.document_id.lower() if act else None,
        "replaces": subject.replaces if isinstance(subject, Orders) else None,
        "quote_id": service.quote.quote_id if service and service.quote else None,
        "digest": invoice.digest,
        "document_sha256": invoice.document.sha256 if invoice.document else None,
        "archive_key": invoice.archived.key if invoice.archived else None,
        "revision": invoice.revision,
        "state": invoice.model_dump(mode="json", exclude={"journal"}),
        "created_at": invoice.created.at,
    }


class Written(NamedTuple):
    """The stored revision, and whether its row was inserted or updated now."""

    revision: int
    is_new: bool = False
    is_changed: bool = False


@cache
def _save(columns: tuple[str, ...]) -> ReturningInsert[Any]:
    """Return the statement that saves a row. It is built once, because that takes longer than its execution."""
    new = upsert(InvoiceRow)
    changed = {name: new.excluded[name] for name in columns if name not in ("id", "created_at")}
    return new.on_conflict_do_update(
        index_elements=[col(InvoiceRow.id)],
        set_=changed | {"updated_at": func.now()},
        where=col(InvoiceRow.revision) < new.excluded.revision,
    ).returning(literal_column("xmax = 0"))  # PostgreSQL sets xmax when it updates an existing row


async def _write_row(connection: AsyncConnection, row: dict[str, Any]) -> Written:
    """Insert or update the row unless a newer revision is stored.

    ON CONFLICT handles one unique index only: of two concurrent first insertions, the second would fail on the index of
    workflow_id. The lock puts them one after the other.
    """
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"projection {row['id']}", 0))))
    inserted = await connection.scalar(_save(tuple(row)), row)
    if inserted is not None:
        return Written(row["revision"], is_new=inserted, is_changed=not inserted)
    stored = await connection.scalar(select(col(InvoiceRow.revision)).where(col(InvoiceRow.id) == row["id"]))
    assert isinstance(stored, int)
    return Written(stored)


async def _write_claims(connection: AsyncConnection, invoice: Invoice, written: Written) -> None:
    """Write the claims of the state that was written; an older state changes none.

    Only a new draft can be refused. An invoice that is missing in a restored backup keeps what nobody else has claimed.
    """
    if written.is_new and invoice.status is Status.DRAFT:
        await claim_for_new_draft(connection, invoice)
    elif written.is_new or written.is_changed:
        await keep_claims(connection, invoice)


async def _write_events(connection: AsyncConnection, invoice: Invoice) -> None:
    """Insert the new events. Raises AUDIT_BROKEN if a stored event differs from the invoice's.

    Events that are missing in the database, after a restore from an older backup, do not stop the ones that follow;
    `first_break` (models/audit/hash_chain.py) reports the gap.
    """
    first, last = invoice.journal[0], invoice.journal[-1]
    await connection.execute(
        upsert(InvoiceEvent).on_conflict_do_nothing(), [_event_row(invoice.id, event) for event in invoice.journal]
    )
    query = select(col(InvoiceEvent.seq), col(InvoiceEvent.hash)).where(
        col(InvoiceEvent.invoice_id) == invoice.id, col(InvoiceEvent.seq).between(first.seq - 1, last.seq)
    )
    recorded = {row.seq: row.hash for row in await connection.execute(query)}
    expected = {first.seq - 1: first.previous} | {event.seq: event.hash for event in invoice.journal}
    for seq, hash_ in recorded.items():
        if expected[seq] != hash_:
            raise ApplicationError(
                f"Event {seq} of invoice {invoice.id} is stored with different content. It is kept as it is; do not "
                "reset the workflow to a point before it.",
                type=Failure.AUDIT_BROKEN,
                non_retryable=True,
            )


def _event_row(invoice_id: str, event: Event) -> dict[str, Any]:
    columns = event.model_dump(include={"seq", "at", "by", "action", "reason", "status_before", "status_after"})
    chain = {"previous": event.previous, "hash": event.hash}
    return {"invoice_id": invoice_id, **columns, **chain, "event": event.model_dump(mode="json")}
