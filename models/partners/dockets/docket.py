"""A docket: the signed paper of one completed order, and the states that it passes through.

See docs/specification/orders.md 4.1.
"""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from models.partners.order_type import OrderType
from models.partners.orders.fields import MOST_FILES, AttachmentId, Code, Name, Port
from models.values.base_models import Frozen
from models.values.period import Day
from models.values.typed_values import Flag


class DocketState(StrEnum):
    AWAITING_DOCKET = "AwaitingDocket"
    DOCKET_RECEIVED = "DocketReceived"
    DOCKET_REVIEWED = "DocketReviewed"
    DOCKET_UPLOADED = "DocketUploaded"
    READY_FOR_INVOICE = "ReadyForInvoice"
    DOCKET_CORRECTION = "DocketCorrection"
    PARTNER_REJECTED = "PartnerRejected"
    CORRECTION_RESUBMITTED = "CorrectionResubmitted"


TO_REVIEW = frozenset({DocketState.DOCKET_RECEIVED, DocketState.CORRECTION_RESUBMITTED})
TO_CORRECT = frozenset({DocketState.DOCKET_CORRECTION, DocketState.PARTNER_REJECTED})
DELIVERED = frozenset({DocketState.DOCKET_UPLOADED, DocketState.READY_FOR_INVOICE})


class DocketPaper(Frozen):
    """What the paper says. The review compares it with the order field by field."""

    service_id: Code | None = None
    order_type: OrderType | None = None
    building: Name | None = None
    installer: Name | None = None
    worked_on: Day | None = Field(default=None, description="the day of the work")
    splitter_port: Port | None = None
    serial: Code | None = Field(default=None, description="of the new device, when one was replaced or installed")
    old_serial: Code | None = Field(default=None, description="of the returned device; assurance")
    has_installer_signature: Flag = False
    has_work_done: Flag = Field(default=False, description="the section on the work is filled in")
    has_customer_signature: Flag = False


class Correction(Frozen):
    """Why a docket went back: problems that a review found, or the partner's rejection."""

    by_partner: bool = False
    problems: tuple[str, ...] = ()
    reason: str
    remarks: str | None = None
    evidence: str | None = None
    by: str
    at: datetime


class Docket(Frozen):
    """The docket of an order. Without a paper the source system has validated it."""

    number: Code
    state: DocketState
    paper: DocketPaper | None = None
    files: tuple[AttachmentId, ...] = Field(default=(), max_length=MOST_FILES)
    received_at: datetime
    late_reason: str | None = Field(default=None, description="why it was received more than three hours late")
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    uploaded_at: datetime | None = None
    uploaded_by: str | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def worked_on(self) -> date | None:
        return self.paper.worked_on if self.paper else None
