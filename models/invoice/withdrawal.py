"""Withdrawing a document: back to draft, or for good by void or a final rejection.

Effects that have not been executed are cancelled; effects that a vendor may have executed are compensated
(docs/specification/effects.md 2.6, docs/specification/lifecycle.md 7.2).
"""

from datetime import datetime

from models.invoice.effects import (
    CANCELLED_ON_REOPEN,
    CANCELLED_ON_VOID,
    COMPENSATED_BY,
    Effect,
    EffectName,
)
from models.invoice.invoice import Invoice
from models.invoice.revision import InvoiceChanges, cancel_effects, enqueue_effect
from models.invoice.status import Status


def back_to_draft(invoice: Invoice, now: datetime) -> InvoiceChanges:
    """Return the changes that make the invoice a draft again. The number stays."""
    effects = cancel_effects(invoice.effects, CANCELLED_ON_REOPEN, "the invoice went back to draft")
    return InvoiceChanges(
        status=Status.DRAFT,
        effects=(*effects, *_compensations(invoice, now), *_kept_copy(invoice, now)),
        digest=None,
        document=None,
        finalized=None,
        approved=None,
        sent=None,
        due=None,
        overdue=False,
        reminded=(),
    )


def withdrawn_effects(invoice: Invoice, now: datetime, reason: str) -> tuple[Effect, ...]:
    """Return the effects of an invoice that is withdrawn for good.

    Its number was given out, so its document is still archived.
    """
    return (*cancel_effects(invoice.effects, CANCELLED_ON_VOID, reason), *_compensations(invoice, now))


def _compensations(invoice: Invoice, now: datetime) -> list[Effect]:
    """Return one compensating effect for each effect that is not compensated yet.

    An effect with an unknown outcome is included: the activity looks for its record at the vendor.
    """
    compensations = []
    for name, compensated_by in COMPENSATED_BY.items():
        original = invoice.latest_effect(name)
        compensation = invoice.latest_effect(compensated_by)
        if original and (compensation is None or compensation.revision < original.revision):
            argument = {"reverses": original.key, "vendor_id": original.vendor_id or ""}
            if name is EffectName.EINVOICE and (sending := invoice.latest_effect(EffectName.EINVOICE_SEND)):
                argument["sending"] = sending.key
            compensations.append(enqueue_effect(invoice, now, compensated_by, **argument))
    return compensations


def _kept_copy(invoice: Invoice, now: datetime) -> list[Effect]:
    """Return the effect that copies the archived PDF to `Act_{number}.rev{n}.pdf`.

    The copy is made before a later approval may replace the PDF (docs/specification/documents.md 4.1).
    """
    original = invoice.latest_effect(EffectName.ARCHIVE)
    copies = [effect for effect in invoice.effects if effect.name is EffectName.ARCHIVE_KEEP]
    if original is None or (copies and copies[-1].revision > original.revision):
        return []
    return [enqueue_effect(invoice, now, EffectName.ARCHIVE_KEEP, copy=str(len(copies) + 1), keeps=original.key)]
