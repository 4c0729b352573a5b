"""Response schemas of what only the invoice of a partner's orders has."""

from typing import Self

from pydantic import BaseModel, Field

from api.http.number_formats import Money, Quantity
from models.invoice.content.basis import PartnerBasis
from models.invoice.content.draft_request import Orders
from models.invoice.invoice import ActionStamp, Invoice
from models.invoice.portal.replacement import LineChangeKind, line_differences
from models.invoice.portal.submission import Rejection, Submission


class LineSideView(BaseModel):
    description: str
    quantity: Quantity
    unit_price: Money
    line_total: Money


class ReplacedLineView(BaseModel):
    kind: LineChangeKind
    order_key: str | None
    before: LineSideView | None
    after: LineSideView | None


class ReplacementView(BaseModel):
    """The rejected invoice, why it was rejected, and what the new one changes."""

    rejected_id: str
    rejected_number: str | None
    rejected: ActionStamp | None
    rejection: Rejection | None
    total_before: Money
    total_after: Money
    lines: list[ReplacedLineView]

    @classmethod
    def of(cls, rejected: Invoice, new: Invoice) -> Self:
        return cls(
            rejected_id=rejected.id,
            rejected_number=rejected.display_number,
            rejected=rejected.rejected,
            rejection=rejected.rejection,
            total_before=rejected.total,
            total_after=new.total,
            lines=[
                ReplacedLineView.model_validate(each.model_dump())
                for each in line_differences(rejected.content, new.content)
            ],
        )


class PartnerView(BaseModel):
    """The partner, the orders, and what has happened in the partner's portal."""

    partner_key: str
    partner_name: str
    work_type: str
    order_keys: tuple[str, ...]
    batch: str | None = Field(description="the batch in which the orders were collected")
    portal_url: str
    needs_submission_id: bool = Field(description="an upload is marked with the id that the portal gave to it")
    portal_submission_id: str | None
    submissions: tuple[Submission, ...] = Field(description="the uploads and the portal's answers, the newest last")
    rejection: Rejection | None
    replaces: str | None = Field(description="the id of the rejected invoice in whose place this one is")
    replaced_by: str | None = Field(default=None, description="only in the answer of GET /invoices/{id}")

    @classmethod
    def of(cls, invoice: Invoice, basis: PartnerBasis, replaced_by: str | None) -> Self:
        subject = invoice.request.subject
        orders = subject if isinstance(subject, Orders) else None
        return cls(
            partner_key=basis.partner_key,
            partner_name=basis.partner_name,
            work_type=basis.work_type,
            order_keys=basis.order_keys,
            batch=orders.batch if orders else None,
            portal_url=basis.portal_url,
            needs_submission_id=basis.needs_submission_id,
            portal_submission_id=invoice.portal_submission_id,
            submissions=invoice.submissions,
            rejection=invoice.rejection,
            replaces=orders.replaces if orders else None,
            replaced_by=replaced_by,
        )
