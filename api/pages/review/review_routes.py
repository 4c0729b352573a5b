"""The pages of the review. A person approves one document at a time, because an approval names a digest."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import RedirectResponse

from api.access.deps import Actor, require
from api.invoice.deps import InvoicesDep
from api.invoice.repository import InvoiceRepository
from api.pages.invoice.buttons import buttons
from api.pages.invoice.deps import PageInvoiceDep
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from api.registry.deps import RegistryDep
from api.registry.filters import InvoiceFilter, Order, Sort
from api.registry.repository import Registry
from models.audit.hash_chain import Event
from models.invoice.approval import admin_limit, changed_share, is_unusual
from models.invoice.content.basis import ServiceBasis
from models.invoice.editing.history import EDITING
from models.invoice.invoice import Invoice
from models.invoice.permissions import LEAST_ROLE
from models.invoice.preconditions import refused_by_policy
from models.invoice.status import CommandName, Status

MOST_SHOWN = 100
EARLIER_SHOWN = 3


async def reviewer(actor: PageActorDep) -> Actor:
    require(actor, LEAST_ROLE[CommandName.APPROVE], "reviewing")
    return actor


ReviewerDep = Annotated[Actor, Depends(reviewer)]

router = APIRouter(prefix="/review", include_in_schema=False)


@dataclass(frozen=True)
class Row:
    """One document of the queue, with what a reviewer wants to know before opening it."""

    invoice: Invoice
    refused: str | None
    needs_admin: bool
    edited_by: tuple[str, ...]


async def queue(registry: Registry, repository: InvoiceRepository) -> list[Invoice]:
    """Return the documents that wait for an approval, the first finalised first."""
    wanted = InvoiceFilter(status=[Status.NEEDS_REVIEW], sort=Sort.CREATED_AT, order=Order.ASC, per_page=MOST_SHOWN)
    ids = [row["id"] for row in (await registry.invoices(wanted)).rows]
    return sorted(await repository.find_all(ids), key=lambda each: (each.finalized or each.created).at)


@router.get("")
async def review_queue(
    desk: DeskDep,
    actor: ReviewerDep,
    registry: RegistryDep,
    repository: InvoicesDep,
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """List what waits, the oldest first, with what was decided last."""
    rows = [
        Row(
            invoice=each,
            refused=refused_by_policy(each, actor.username, actor.role).get(CommandName.APPROVE),
            needs_admin=admin_limit(each) is not None,
            edited_by=each.makers,
        )
        for each in await queue(registry, repository)
    ]
    decided = await repository.find(after) if after.isprintable() and after else None
    return desk.page("review/queue.html.j2", rows=rows, decided=decided)


@router.get("/next")
async def next_document(
    _: ReviewerDep, registry: RegistryDep, repository: InvoicesDep, after: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Open the oldest document that waits, or the empty queue."""
    waiting = [each for each in await queue(registry, repository) if each.id != after]
    suffix = f"?after={after}" if after.isalnum() or after.replace("-", "").isalnum() else ""
    return RedirectResponse(f"/review/{waiting[0].id}{suffix}" if waiting else f"/review{suffix}", 303)


@router.get("/{invoice_id}")
async def review_document(
    desk: DeskDep,
    actor: ReviewerDep,
    invoice: PageInvoiceDep,
    registry: RegistryDep,
    repository: InvoicesDep,
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show one document with its checks: who made it, what was edited, and what the months before were."""
    waiting = [each.id for each in await queue(registry, repository)]
    place = waiting.index(invoice.id) if invoice.id in waiting else None
    earlier = await _earlier(invoice, repository)
    events = await repository.events(invoice.id)
    return desk.page(
        "review/document.html.j2",
        invoice=invoice,
        place=place,
        waiting=waiting,
        buttons=buttons(invoice, actor),
        refused=refused_by_policy(invoice, actor.username, actor.role).get(CommandName.APPROVE),
        limit=admin_limit(invoice),
        earlier=earlier,
        share=changed_share(invoice.total, earlier[0].total) if earlier else None,
        is_unusual=bool(earlier) and is_unusual(invoice.total, earlier[0].total),
        edits=[event for event in events if event.action in EDITING],
        since_decline=_since_decline(events),
        decided=await repository.find(after) if after and after.isprintable() else None,
    )


async def _earlier(invoice: Invoice, repository: InvoiceRepository) -> list[Invoice]:
    """Return the contract's invoices of the periods before, the newest first; none of a partner's orders."""
    basis = invoice.content.basis
    if not isinstance(basis, ServiceBasis):
        return []
    return await repository.before(basis.application_key, invoice.content.period.start, EARLIER_SHOWN)


def _since_decline(events: list[Event]) -> list[Event] | None:
    """Return the edits after the last decline; None if it was never declined."""
    declined = [event.seq for event in events if event.action == CommandName.DECLINE]
    return [event for event in events if event.action in EDITING and event.seq > declined[-1]] if declined else None
