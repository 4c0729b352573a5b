"""The page of one invoice, its parts that change by themselves, its document, and the worklogs of a line."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from api.access.deps import Actor
from api.deps import AppState, NowDep, StateDep
from api.documents.answers import pdf_answer, preview_answer
from api.documents.deps import DocumentsDep
from api.errors import NotFound
from api.invoice.deps import InvoicesDep
from api.invoice.full_view import full_view
from api.invoice.history_schemas import AuditTrail
from api.invoice.line_worklogs import line_worklogs_of
from api.invoice.orders.schemas import ReplacementView
from api.pages import actions
from api.pages.actions import Part, part_of
from api.pages.invoice.buttons import buttons
from api.pages.invoice.deps import InvoiceDeskDep, PageInvoiceDep
from api.pages.invoice.document_frame import framed
from api.pages.invoice.list_place import ListedParam, carrying, list_place
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from api.partners.reports.repository import PayoutReports
from api.partners.reports.schemas import MarginJob
from api.reads import ReadsDep
from api.registry.deps import RegistryDep
from api.settings.deps import IssuerZoneDep
from api.uploads import stored_file
from models.access.roles import REPORTING
from models.accounting.ageing import days_late
from models.billing.explanation import explain
from models.invoice.content.draft_request import Orders
from models.invoice.content.quoted import named_quotes, quoted_lines
from models.invoice.effects import WATCHES
from models.invoice.invoice import Invoice
from models.invoice.preconditions import was_applied
from models.invoice.status import Kind
from models.partners.orders.attachment import Owner
from models.values.money import hours
from models.values.period import local_day

router = APIRouter(prefix="/invoices/{invoice_id}", include_in_schema=False)

SOON, LATER = "every 3s", "every 30s"
MOST_POLLS = 60  # of an unknown outcome: two minutes


@router.get("")
async def invoice_page(
    desk: InvoiceDeskDep,
    invoice: PageInvoiceDep,
    actor: PageActorDep,
    state: StateDep,
    repository: InvoicesDep,
    zone: IssuerZoneDep,
    moment: NowDep,
    registry: RegistryDep,
    timeline: Annotated[str, Query(max_length=20)] = Part.ALL,
    done: Annotated[str, Query(max_length=10)] = "",
    listed: ListedParam = "",
) -> Response:
    """Show the invoice as PostgreSQL has it, with the event that a command has just made."""
    trail = AuditTrail.of(await repository.events(invoice.id), invoice.chain)
    part = Part(timeline) if timeline in set(Part) else Part.ALL
    events = [event for event in reversed(trail.events) if part is Part.ALL or part_of(event.action) is part]
    place = await list_place(registry, invoice.id, listed)
    return desk.page(
        "invoice/invoice.html.j2",
        place=place,
        **carrying(place.query if place else ""),
        invoice=await full_view(state, repository, invoice, actor),
        buttons=buttons(invoice, actor),
        explained={line.id: line for line in explain(invoice.content).lines},
        quotes=named_quotes(invoice.content.basis, invoice.content.lines),
        quoted=quoted_lines(invoice.content.basis, invoice.content.lines),
        trail=trail,
        events=events,
        part=part,
        actions=actions,
        done=next((event for event in trail.events if str(event.seq) == done), None),
        late_days=days_late(invoice.due, local_day(moment, zone)) if invoice.overdue else None,
        files=await state.attachments.of(Owner.INVOICE, invoice.id),
        margins=await _margins(invoice, state, actor),
        zone=desk.formats.zone.key,
        polling=polling(invoice),
        updated=moment,
    )


async def _margins(invoice: Invoice, state: AppState, actor: Actor) -> list[MarginJob]:
    """Return the payout and the margin of each job of a partner's invoice, for those who may see them."""
    if invoice.kind is not Kind.PARTNER or not actor.role.includes(REPORTING):
        return []
    found = await PayoutReports(state.engines.exports).of_invoice(invoice.id)
    return [MarginJob.of(job) for job in found or ()]


@router.get("/replaced")
async def replaced_page(desk: InvoiceDeskDep, invoice: PageInvoiceDep, repository: InvoicesDep) -> Response:
    """Compare the invoice line by line with the rejected one in whose place it is."""
    subject = invoice.request.subject
    rejected = await repository.find(subject.replaces) if isinstance(subject, Orders) and subject.replaces else None
    if rejected is None:
        raise NotFound(f"Invoice {invoice.id} replaces no rejected invoice.")
    return desk.page(
        "invoice/replaced.html.j2",
        invoice=invoice,
        rejected=rejected,
        found=ReplacementView.of(rejected, invoice),
    )


@router.get("/integrations")
async def integrations(
    desk: DeskDep,
    invoice: PageInvoiceDep,
    actor: PageActorDep,
    state: StateDep,
    repository: InvoicesDep,
    moment: NowDep,
    listed: ListedParam = "",
) -> Response:
    """Answer the part of the page that is polled while an effect is open."""
    return desk.page(
        "_parts/integrations.html.j2",
        **carrying(listed),
        invoice=await full_view(state, repository, invoice, actor),
        buttons=buttons(invoice, actor),
        polling=polling(invoice),
        updated=moment,
    )


@router.get("/outcome")
async def outcome(
    desk: DeskDep,
    invoice: PageInvoiceDep,
    key: Annotated[str, Query(max_length=200)],
    n: Annotated[int, Query(ge=0, le=MOST_POLLS)] = 0,
) -> Response:
    """Answer whether the command with this key has been executed. The part polls for two minutes."""
    return desk.page(
        "_parts/outcome.html.j2",
        invoice_id=invoice.id,
        is_done=was_applied(invoice, key),
        key=key,
        n=n + 1,
        is_last=n >= MOST_POLLS - 1,
    )


@router.get("/pdf")
async def pdf(
    invoice: PageInvoiceDep, documents: DocumentsDep, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Answer the PDF, which the review shows in a frame of the desk."""
    found = await pdf_answer(invoice, documents, if_none_match)
    found.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'self'"
    return found


@router.get("/preview")
async def preview(request: Request, invoice: PageInvoiceDep, reads: ReadsDep) -> Response:
    """Answer the page as it would print now, in the font of the document."""
    return framed(request, await preview_answer(invoice, reads))


@router.get("/lines/{line}")
async def line_page(
    desk: DeskDep, invoice: PageInvoiceDep, line: str, reads: ReadsDep, listed: ListedParam = ""
) -> Response:
    """Show the worklogs that a line was made from, as ClickHouse has them now."""
    found = await line_worklogs_of(invoice, line, reads)
    return desk.page("invoice/line.html.j2", invoice=invoice, found=found, hours_of=hours, **carrying(listed))


@router.get("/files/{attachment_id}")
async def attached_file(invoice: PageInvoiceDep, attachment_id: str, state: StateDep) -> Response:
    """Answer an attached file, which browsers save and do not show."""
    return await stored_file(state, Owner.INVOICE, invoice.id, attachment_id)


def polling(invoice: Invoice) -> str | None:
    """Return how often the page asks again; None when nothing changes by itself."""
    if any(effect.is_open and effect.name not in WATCHES for effect in invoice.effects):
        return SOON
    return LATER if invoice.open_effects else None
