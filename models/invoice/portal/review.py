"""The review that a partner's setting leaves out (docs/specification/partner.md 14, reading 9)."""

from datetime import datetime

from models.invoice.content.basis import PartnerBasis
from models.invoice.effects import EffectName
from models.invoice.invoice import ActionStamp, Invoice
from models.invoice.revision import SYSTEM, enqueue_effect, next_revision
from models.invoice.status import Status


def may_skip_review(invoice: Invoice) -> bool:
    """Return whether the invoice waits for a review that its partner's setting leaves out."""
    basis = invoice.content.basis
    return (
        isinstance(basis, PartnerBasis)
        and not basis.needs_review
        and invoice.status is Status.NEEDS_REVIEW
        and invoice.document is not None
        and invoice.held is None
    )


def skip_review(invoice: Invoice, now: datetime) -> Invoice:
    """Return the invoice approved without a person; its document is archived as after every approval."""
    reason = f"invoices of {invoice.content.subject_key} need no review"
    return next_revision(
        invoice,
        now,
        "approve",
        reason=reason,
        status=Status.APPROVED,
        approved=ActionStamp(by=SYSTEM, at=now, reason=reason),
        effects=(*invoice.effects, enqueue_effect(invoice, now, EffectName.ARCHIVE)),
    )
