"""The upload to a partner's portal, the portal's answers, and the rejection (docs/specification/partner.md 8, 10)."""

from datetime import datetime, timedelta

from models.invoice.commands import MarkUploaded, RecordPortalStatus, Reject
from models.invoice.content.basis import PartnerBasis
from models.invoice.effects import EffectName
from models.invoice.errors import InvalidChange
from models.invoice.invoice import ActionStamp, Invoice
from models.invoice.portal.orders import orders_returned, orders_told
from models.invoice.portal.submission import MOST_SUBMISSIONS, PortalStatus, Rejection, Submission
from models.invoice.reminders import replace_reminder
from models.invoice.revision import InvoiceChanges, next_revision
from models.invoice.status import Status
from models.invoice.withdrawal import withdrawn_effects
from models.values.period import YEARS, due_date, is_ahead, local_day

# The clock of the person who types the time of an upload may be ahead.
CLOCK_DIFFERENCE = timedelta(minutes=5)


def mark_uploaded(invoice: Invoice, command: MarkUploaded, now: datetime) -> Invoice:
    """Return the invoice awaiting payment. The due date is the day of this upload plus the payment days.

    A later upload keeps the invoice and its number, and the payment days start again on its day.
    """
    submission = Submission(
        status=PortalStatus.SUBMITTED,
        at=command.uploaded_at,
        by=command.by,
        submission_id=command.portal_submission_id,
        url=command.url,
        remarks=command.remarks,
    )
    portal = {"portal_submission_id": command.portal_submission_id or "", "url": command.url or ""}
    uploaded = next_revision(
        invoice,
        now,
        "mark_uploaded",
        by=command.by,
        reason=command.remarks,
        details=portal,
        status=Status.UPLOADED,
        uploaded=ActionStamp(by=command.by, at=command.uploaded_at),
        portal_submission_id=command.portal_submission_id,
        submissions=(*invoice.submissions, submission),
        effects=(*invoice.effects, *orders_told(invoice, now, EffectName.ORDERS_SUBMITTED, **portal)),
    )
    due = due_date(local_day(command.uploaded_at, invoice.content.issuer.zone), invoice.content.payment_days)
    changes = InvoiceChanges(status=Status.AWAITING_PAYMENT, due=due)
    if invoice.due is not None and invoice.uploaded is not None and due != invoice.due:
        changes["reminded"], changes["overdue"] = (), False
        changes["effects"] = replace_reminder(uploaded, uploaded.balance, now, "the invoice was uploaded again")
    return next_revision(uploaded, now, "await_payment", details={"due": str(due)}, **changes)


def record_portal_status(invoice: Invoice, command: RecordPortalStatus, now: datetime) -> Invoice:
    """Return the invoice with one more answer of the portal. The status of the invoice stays."""
    answer = Submission(
        status=command.portal_status,
        at=now,
        by=command.by,
        submission_id=invoice.portal_submission_id,
        remarks=command.remarks,
    )
    details = {"portal_status": command.portal_status, "portal_submission_id": invoice.portal_submission_id or ""}
    return next_revision(
        invoice,
        now,
        "record_portal_status",
        by=command.by,
        reason=command.remarks,
        details=details,
        submissions=(*invoice.submissions, answer),
    )


def reject_for_good(invoice: Invoice, command: Reject, stamp: ActionStamp) -> InvoiceChanges:
    """Return the changes of a partner's rejection: it is final, and the orders become ready for another invoice.

    What the invoice has posted is compensated (docs/specification/partner.md 10.2).
    """
    reason = "the invoice was rejected"
    changes = InvoiceChanges(closed_at=stamp.at)
    changes["effects"] = orders_returned(invoice, withdrawn_effects(invoice, stamp.at, reason), stamp.at, reason)
    if command.code and command.remarks and command.attachment:
        changes["rejection"] = Rejection(code=command.code, remarks=command.remarks, attachment=command.attachment)
    return changes


def check_upload(invoice: Invoice, command: MarkUploaded, now: datetime) -> None:
    """Raise InvalidChange if the time of the upload is impossible, or a field that the partner asks for is missing."""
    if command.uploaded_at.tzinfo is None:
        raise InvalidChange("uploaded_at: give the time with its time zone, e.g. 2026-03-01T10:00:00+05:00.")
    if command.uploaded_at.year not in YEARS:
        raise InvalidChange(f"uploaded_at: {command.uploaded_at} is outside the years {YEARS[0]} to {YEARS[-1]}.")
    zone = invoice.content.issuer.zone
    ahead = command.uploaded_at > now + CLOCK_DIFFERENCE
    if ahead or is_ahead(local_day(command.uploaded_at, zone), now, zone):
        raise InvalidChange(f"uploaded_at: {command.uploaded_at} is in the future.")
    if invoice.uploaded and command.uploaded_at <= invoice.uploaded.at:
        raise InvalidChange(f"uploaded_at: the upload before was at {invoice.uploaded.at}; a later one comes after it.")
    basis = invoice.content.basis
    if isinstance(basis, PartnerBasis) and basis.needs_submission_id and not command.portal_submission_id:
        raise InvalidChange(
            f"portal_submission_id: {basis.partner_name} asks for the id that its portal gave to this submission."
        )
    check_room(invoice)


def check_room(invoice: Invoice) -> None:
    """Raise InvalidChange if the invoice has as many submissions and answers as it can keep."""
    if len(invoice.submissions) >= MOST_SUBMISSIONS:
        raise InvalidChange(f"An invoice keeps {MOST_SUBMISSIONS} submissions and answers of the portal, not more.")


def check_rejection(invoice: Invoice, command: Reject) -> None:
    """Raise InvalidChange if a field of a partner's rejection is missing."""
    missing = [name for name in ("code", "remarks", "attachment") if not getattr(command, name)]
    if isinstance(invoice.content.basis, PartnerBasis) and missing:
        raise InvalidChange(
            f"{missing[0]}: a partner's rejection needs a code, remarks, and the screenshot or file as an attachment; "
            f"missing: {', '.join(missing)}."
        )
