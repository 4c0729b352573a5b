"""The submissions of an invoice to a partner's portal, and what the partner rejected (docs/specification/partner.md 8).

A submission is never changed: a portal's answer and a later upload are rows of their own.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from models.values.base_models import Frozen

MOST_SUBMISSIONS = 50


class PortalStatus(StrEnum):
    SUBMITTED = "submitted"
    PROCESSING = "processing"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Submission(Frozen):
    """One upload to the portal, or one answer of the portal about the upload before it."""

    status: PortalStatus
    at: datetime = Field(description="of the upload, or of the answer, as the person typed it")
    by: str
    submission_id: str | None = None
    url: str | None = None
    remarks: str | None = None


class RejectionCode(StrEnum):
    """Why partners have rejected invoices (docs/specification/partner.md 10.3)."""

    WRONG_QUANTITIES = "wrong_quantities"
    WRONG_RATE = "wrong_rate"
    WRONG_JOB_CATEGORY = "wrong_job_category"
    WRONG_SPLITTER_OR_SERIAL = "wrong_splitter_or_serial"
    WRONG_SUBMISSION_ID = "wrong_submission_id"
    MISSING_DOCKET_DETAILS = "missing_docket_details"
    MISSING_DOCUMENTS = "missing_documents"
    DUPLICATE_SUBMISSION = "duplicate_submission"
    OTHER = "other"


class Rejection(Frozen):
    """What the partner has said. Who recorded it, when, and the reason are in the invoice's stamp."""

    code: RejectionCode
    remarks: str
    attachment: str = Field(description="the id of the stored screenshot or file")
