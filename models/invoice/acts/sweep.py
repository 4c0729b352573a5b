"""The sweep of acts: one search by update date in Didox for all invoices, which are told what has changed."""

from datetime import date, datetime, timedelta
from typing import Final, Self

from pydantic import Field

from models.invoice.acts.act import ActChange
from models.invoice.content.draft_request import DraftRequest
from models.invoice.status import Kind
from models.values.base_models import Frozen
from models.values.period import BILLING_ZONE, local_day
from models.values.port import Port

# The types of documents that a sweep searches, one after another: acts, and free PDF documents.
SWEPT_TYPES: Final = ("005", "000")
# Didox compares days only, and its list lags, so a sweep begins a day before the last one.
OVERLAP: Final = timedelta(days=1)
FIRST_SWEEP: Final = timedelta(days=60)


def first_day(last_sweep: datetime | None, now: datetime) -> date:
    """Return the day from which a sweep searches, given the time of the last complete one."""
    return local_day(last_sweep - OVERLAP if last_sweep else now - FIRST_SWEEP, BILLING_ZONE)


class ActPageRequest(Frozen):
    """A page of the documents of one type that were updated on this day or later. Without a day the sweep begins."""

    type: str
    page: int = Field(ge=1)
    since: date | None = None


class AddressedChange(Frozen):
    """A change, and what is needed to tell it to the invoice, also when the workflow of the invoice has ended."""

    workflow_id: str
    invoice_id: str
    kind: Kind
    period: str
    request: DraftRequest
    change: ActChange


class ActPage(Frozen):
    """The changes on one page. `unknown` counts the documents that Aktum did not create."""

    since: date
    listed: int = 0
    unknown: int = 0
    changes: tuple[AddressedChange, ...] = ()
    is_last: bool = True
    note: str | None = Field(default=None, description="why nothing can be swept")


class Swept(Frozen):
    """A complete sweep that began at this time."""

    began_at: datetime


class ActSweepReport(Frozen):
    """The result of a sweep so far; it is complete when every type was searched."""

    since: date | None = None
    types: tuple[str, ...] = Field(default=SWEPT_TYPES, description="that remain to be searched")
    page: int = 1
    requests: int = Field(default=0, description="the pages that were asked for")
    listed: int = 0
    unknown: int = 0
    told: int = 0
    continued: int = Field(default=0, description="invoices whose workflow had ended and was continued")
    note: str | None = None

    @property
    def is_complete(self) -> bool:
        return not self.types

    def with_page(self, page: ActPage, *, told: int, continued: int) -> Self:
        """Return the report with one page more; after the last page of a type the next type begins."""
        changes = {
            "since": page.since,
            "types": () if page.note else self.types[1:] if page.is_last else self.types,
            "page": 1 if page.is_last else self.page + 1,
            "requests": self.requests + (0 if page.note else 1),
            "listed": self.listed + page.listed,
            "unknown": self.unknown + page.unknown,
            "told": self.told + told,
            "continued": self.continued + continued,
            "note": self.note or page.note,
        }
        return self.model_copy(update=changes)


def act_sweep_summary(report: ActSweepReport) -> str:
    """Return what a sweep has searched and found, in one or two sentences."""
    if report.note:
        return report.note
    return (
        f"{report.listed} documents that were updated since {report.since or 'the last sweep'} were compared, in "
        f"{report.requests} requests; {report.unknown} of them are not Aktum's. {report.told} invoices were told of a "
        f"change, {report.continued} of them had ended and were continued."
    )


FIND_CHANGED_ACTS = Port("einvoice.find_changed", ActPageRequest, ActPage)
MARK_SWEPT = Port("einvoice.mark_swept", Swept, Swept)
