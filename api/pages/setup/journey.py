"""How an invoice travels: its steps in words, each with an invoice that is there now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from activities.archive.addresses import ArchiveAddresses
from api.pages.languages import N_
from api.pages.rendering import url_query
from api.registry.filters import InvoiceFilter, Order, Sort
from api.registry.repository import Registry
from api.registry.schemas import InvoiceSummary
from models.invoice.status import Kind, Status


@dataclass(frozen=True)
class Stage:
    """One step. `filters` select the invoices that are there."""

    label: str
    text: str
    filters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ShownStage:
    stage: Stage
    example: InvoiceSummary | None
    all_address: str


STAGES: Sequence[Stage] = (
    Stage(
        N_("A draft is made"),
        N_(
            "On the first of a month Aktum drafts an invoice for every active contract from its worklogs and rates. An "
            "editor can make one at any time. A draft has no number. It can be edited, and each edit can be taken back."
        ),
        {"status": [Status.DRAFT], "kind": Kind.SERVICE},
    ),
    Stage(
        N_("It is finalised"),
        N_(
            "The draft takes the next number of its series and becomes a PDF under one digest. From here on its "
            "content does not change."
        ),
        {"status": [Status.NEEDS_REVIEW], "kind": Kind.SERVICE},
    ),
    Stage(
        N_("A second person reviews it"),
        N_("A manager approves exactly this document, or declines it with a reason; then it goes back to a draft."),
        {"status": [Status.NEEDS_REVIEW, Status.DECLINED], "kind": Kind.SERVICE},
    ),
    Stage(
        N_("It is archived and booked"),
        N_(
            "The approval starts what happens in other systems: the PDF is archived, PlanFact gets a shipment, and "
            "finance is told. Each happens once. One that fails is retried, and the page shows the other system's "
            "answer."
        ),
        {"status": [Status.APPROVED], "kind": Kind.SERVICE},
    ),
    Stage(
        N_("It is sent"),
        N_("A local client gets an act in Didox, which we sign first; any other client gets an e-mail with the PDF."),
        {"status": [Status.SENT], "kind": Kind.SERVICE},
    ),
    Stage(
        N_("The client accepts it"),
        N_("Didox tells when the client has signed. A client who rejects it says why, and it can be corrected."),
        {"status": [Status.ACCEPTED], "kind": Kind.SERVICE},
    ),
    Stage(
        N_("It becomes due"),
        N_("Reminders go out before and after the due date, each once. The day after the due date it is late."),
        {"overdue": True, "kind": Kind.SERVICE},
    ),
    Stage(
        N_("It is paid"),
        N_("Payments are recorded with the reference of the bank, also in parts. At a balance of zero it is closed."),
        {"status": [Status.PAID, Status.CLOSED], "kind": Kind.SERVICE},
    ),
    Stage(
        N_("Or it is voided"),
        N_("An issued invoice is never changed or deleted. It is voided with a reason, and keeps its number."),
        {"status": [Status.VOID], "kind": Kind.SERVICE},
    ),
)
PARTNER_STAGES: Sequence[Stage] = (
    Stage(
        N_("An order is completed"),
        N_(
            "A field order becomes ready for an invoice when its docket is validated and its rate is known. What is "
            "missing stands at the order."
        ),
        {"status": [Status.DRAFT], "kind": Kind.PARTNER},
    ),
    Stage(
        N_("The PDF is uploaded"),
        N_("A person uploads it to the portal of the partner and marks it as uploaded. From that day the term runs."),
        {"status": [Status.UPLOADED, Status.AWAITING_PAYMENT]},
    ),
    Stage(
        N_("Or the partner rejects it"),
        N_("The orders go back to the queue, and a new invoice replaces the rejected one, line by line comparable."),
        {"status": [Status.REJECTED], "kind": Kind.PARTNER},
    ),
    Stage(
        N_("The partner pays"),
        N_("With the payment its orders are completed."),
        {"status": [Status.PAID, Status.CLOSED], "kind": Kind.PARTNER},
    ),
)


async def journey(registry: Registry, archive: ArchiveAddresses, stages: Sequence[Stage]) -> list[ShownStage]:
    """Return the stages, each with the newest invoice that is there."""
    found = []
    for stage in stages:
        newest = InvoiceFilter(**stage.filters, sort=Sort.CREATED_AT, order=Order.DESC, per_page=1)
        rows = (await registry.invoices(newest)).rows
        address = "/invoices" + url_query({name: _text(value) for name, value in stage.filters.items()})
        found.append(ShownStage(stage, InvoiceSummary.of(rows[0], archive) if rows else None, address))
    return found


def _text(value: Any) -> Any:
    return "true" if value is True else [str(each) for each in value] if isinstance(value, list) else str(value)
