"""What a bounce changes: a permanent one marks the invoice and informs finance; a delay is only noted.

See docs/specification/effects.md 7.6.
"""

from datetime import datetime

from models.invoice.bounces.report import Bounce, BounceReport
from models.invoice.effects import EffectName
from models.invoice.errors import InvalidChange
from models.invoice.invoice import Invoice
from models.invoice.revision import NOTE_LENGTH, InvoiceChanges, add_note, cut, enqueue_effect, next_revision
from models.invoice.status import Status

# Whoever received a letter could send notices about it without end, so only so many count.
MOST_BOUNCES = 30
MOST_NAMED = 10
SUMMARY_LENGTH = 1000
CLIENT_LETTERS = (EffectName.EMAIL, EffectName.REMINDER)


def record_bounce(invoice: Invoice, report: BounceReport, now: datetime) -> Invoice:
    """Return the invoice after the report; a report that is repeated changes nothing.

    Raises InvalidChange if the letter is none of this invoice.
    """
    letter = invoice.effect(report.effect)
    if letter is None:
        raise InvalidChange(f"effect: {report.effect} is no letter of this invoice.")
    if any(report.notice == bounce.notice for bounce in invoice.bounces):
        return invoice
    if not report.permanent:
        text = cut(f"The mail server still tries to deliver the {letter.name}: {report.summary}", NOTE_LENGTH)
        return invoice if any(text == note.text for note in invoice.notes) else add_note(invoice, now, text)
    if len(invoice.bounces) >= MOST_BOUNCES:
        text = f"More than {MOST_BOUNCES} letters came back; the others are not recorded."
        return invoice if any(text == note.text for note in invoice.notes) else add_note(invoice, now, text)
    bounce = Bounce(notice=report.notice, effect=letter.key, at=now, recipients=report.recipients[:MOST_NAMED])
    summary = cut(report.summary, SUMMARY_LENGTH)
    changes = InvoiceChanges(bounces=(*invoice.bounces, bounce))
    # Finance gets no letter about a letter to itself, which would come back too. A letter is composed from a frozen
    # content, and an invoice that went back to draft is being corrected already.
    if letter.name in CLIENT_LETTERS and invoice.content.issuer.notice_email and invoice.digest:
        notice = enqueue_effect(invoice, now, EffectName.BOUNCE_NOTICE, letter=letter.name, undelivered=summary)
        changes["effects"] = (*invoice.effects, notice)
    details = {"effect": letter.key, "notice": report.notice}
    return next_revision(invoice, now, f"{letter.name}_bounced", reason=summary, details=details, **changes)


def standing_bounces(invoice: Invoice) -> tuple[Bounce, ...]:
    """Return the bounces of the delivery and of later letters, until the client has answered or paid."""
    sent = invoice.latest_effect(EffectName.EMAIL)
    if sent is None or invoice.status is not Status.SENT:
        return ()
    later = (effect for effect in invoice.effects if effect.revision >= sent.revision)
    letters = {effect.key for effect in later if effect.name in CLIENT_LETTERS}
    return tuple(bounce for bounce in invoice.bounces if bounce.effect in letters)
