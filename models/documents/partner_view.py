"""The view of a partner invoice's document: its orders by type, totals and texts as values.

See docs/specification/partner.md 6. A view is made from the frozen content only, like that of a service invoice.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Self

from pydantic import model_validator

from models.documents.view import DocumentKind, TotalLabel, TotalRow, totals_rows
from models.invoice.content.basis import OrderSource, PartnerBasis
from models.invoice.content.content import Content
from models.invoice.content.lines import Line, LineType
from models.issuer.issuer import Party
from models.values.base_models import Frozen
from models.values.money import Currency, total
from models.values.period import Period

_DESCRIBED = frozenset({LineType.MATERIALS, LineType.KPI})


class OrderRow(Frozen):
    """One printed row. Materials, KPIs and lines added by hand have a description instead of the fields of a job."""

    service_id: str = ""
    tickets: tuple[str, ...] = ()
    work_type: str = ""
    building: str = ""
    completed_on: date | None = None
    description: str = ""
    amount: Decimal


class OrderGroup(Frozen):
    """The rows of one work type, with their sub-total."""

    work_type: str
    rows: tuple[OrderRow, ...]

    @property
    def amount(self) -> Decimal:
        return total(row.amount for row in self.rows)

    @property
    def jobs(self) -> int:
        """The number of jobs among the rows."""
        return sum(bool(row.service_id) for row in self.rows)


class PartnerDocumentView(Frozen):
    """Everything that the document of a partner invoice shows. `number` is None for a draft."""

    kind: DocumentKind = DocumentKind.INVOICE
    language: str
    number: str | None
    issued: date
    payment_days: int
    period: Period
    currency: Currency
    seller: Party
    logo: str | None
    buyer: Party
    groups: tuple[OrderGroup, ...]
    has_tickets: bool
    orders: int
    totals: tuple[TotalRow, ...]
    total: Decimal
    tax_note: str
    legal_text: str
    payment_instructions: str
    terms: str
    footer: str
    prepared_by: str

    @property
    def is_draft(self) -> bool:
        return self.number is None

    @property
    def has_subtotals(self) -> bool:
        """Whether there are several groups, so that each of them has a sub-total."""
        return len(self.groups) > 1

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        parts = (row.amount for row in self.totals if row.label in (TotalLabel.TAX, TotalLabel.ADJUSTMENT))
        if total(group.amount for group in self.groups) + total(parts) != self.total:
            raise ValueError(f"the document's rows do not add up to its total of {self.total}")
        return self


def partner_view(content: Content, basis: PartnerBasis, number: str | None = None) -> PartnerDocumentView:
    """Return the view of a partner invoice's document; without a number, that of a draft."""
    groups = tuple(_groups(line for line in content.lines if line.billed))
    return PartnerDocumentView(
        language=basis.language,
        number=number,
        issued=content.invoice_date,
        payment_days=content.payment_days,
        period=basis.period,
        currency=content.currency,
        seller=content.issuer.party,
        logo=content.issuer.logo,
        buyer=content.customer,
        groups=groups,
        has_tickets=any(row.tickets for group in groups for row in group.rows),
        orders=len(basis.order_keys),
        totals=totals_rows(content),
        total=content.totals.total_amount,
        tax_note=content.tax_note,
        legal_text=content.legal_text,
        payment_instructions=basis.payment_instructions,
        terms=basis.terms,
        footer=basis.footer,
        prepared_by=basis.prepared_by,
    )


def _groups(lines: Iterable[Line]) -> Iterable[OrderGroup]:
    """Yield the lines by work type, in their order; what a person added stands in the last group."""
    for work_type, rows in groupby(lines, key=_work_type):
        yield OrderGroup(work_type=work_type, rows=tuple(_row(line) for line in rows))


def _work_type(line: Line) -> str:
    return line.source.work_type if isinstance(line.source, OrderSource) else ""


def _row(line: Line) -> OrderRow:
    source = line.source
    if not isinstance(source, OrderSource) or line.line_type in _DESCRIBED:
        return OrderRow(description=line.description, amount=line.line_total)
    return OrderRow(
        service_id=source.service_id,
        tickets=tuple(each for each in (source.ticket_id, source.awo_id) if each),
        work_type=source.work_type,
        building=source.building,
        completed_on=source.completed_on,
        amount=line.line_total,
    )
