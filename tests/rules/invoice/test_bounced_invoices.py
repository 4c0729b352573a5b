"""Bounces: a letter that was given up marks the invoice and informs finance once; a delay is only noted."""

from datetime import date, timedelta
from typing import Any

import pytest

from models.invoice.bounces.recording import record_bounce, standing_bounces
from models.invoice.bounces.report import BounceReport
from models.invoice.commands import Accept, Reject, Reopen, Void
from models.invoice.current_details import current_details
from models.invoice.effects import EffectChannel, EffectName, EffectState
from models.invoice.errors import InvalidChange
from models.invoice.event_handlers import apply_event
from models.invoice.events import TimerFired
from models.invoice.invoice import Invoice
from models.issuer.issuer import Issuer, Party
from tests.fixtures.invoices import (
    NOW,
    approved,
    completed,
    drafted,
    execute,
    new_invoice,
    newest,
    payment,
    sent,
    terms,
)

LATER = NOW + timedelta(hours=1)
GONE = {"recipient": "nodira@example.com", "status": "5.1.1", "reason": "550 5.1.1 No such user"}


def report(invoice: Invoice, letter: EffectName = EffectName.EMAIL, **changes: Any) -> BounceReport:
    fields = {"notice": "<n1@relay>", "effect": newest(invoice, letter).key, "permanent": True, "recipients": [GONE]}
    return BounceReport.model_validate(fields | changes)


def test_a_letter_that_was_given_up_marks_the_invoice_and_informs_finance() -> None:
    before = sent()
    after = record_bounce(before, report(before), LATER)
    event = after.journal[-1]
    assert (after.revision, after.status) == (before.revision + 1, before.status)
    assert (event.action, event.by) == ("email_bounced", "aktum")
    assert event.reason == "nodira@example.com: 5.1.1 550 5.1.1 No such user"
    assert event.details == {"effect": newest(before, EffectName.EMAIL).key, "notice": "<n1@relay>"}
    [bounce] = standing_bounces(after)
    assert (bounce.at, [each.recipient for each in bounce.recipients]) == (LATER, ["nodira@example.com"])
    notice = newest(after, EffectName.BOUNCE_NOTICE)
    assert (notice.state, notice.channel, notice.argument) == (
        EffectState.PENDING,
        EffectChannel.MAIL,
        {"letter": "email", "undelivered": event.reason},
    )


@pytest.mark.parametrize("permanent", [True, False])
def test_a_repeated_report_changes_nothing(permanent: bool) -> None:
    invoice = sent()
    once = record_bounce(invoice, report(invoice, permanent=permanent), LATER)
    assert once != invoice
    assert record_bounce(once, report(invoice, permanent=permanent), LATER + timedelta(days=1)) == once


def test_two_notices_about_one_letter_both_count() -> None:
    invoice = sent()
    once = record_bounce(invoice, report(invoice), LATER)
    twice = record_bounce(once, report(invoice, notice="<n2@relay>"), LATER)
    assert [each.notice for each in twice.bounces] == ["<n1@relay>", "<n2@relay>"]
    assert len([each for each in twice.effects if each.name is EffectName.BOUNCE_NOTICE]) == 2


def test_a_delay_is_only_noted() -> None:
    before = sent()
    slow = {"recipient": "nodira@example.com", "status": "4.2.2", "reason": "452 mailbox full"}
    after = record_bounce(before, report(before, permanent=False, recipients=[slow]), LATER)
    assert (after.revision, after.bounces, after.effects) == (before.revision, (), before.effects)
    assert [note.text for note in after.notes] == [
        "The mail server still tries to deliver the email: nodira@example.com: 4.2.2 452 mailbox full"
    ]


@pytest.mark.parametrize("letter", [EffectName.NOTICE, EffectName.BOUNCE_NOTICE])
def test_finance_gets_no_letter_about_a_letter_to_itself(letter: EffectName) -> None:
    """It would come back too, and so would the letter about that, without end."""
    invoice = sent()
    bounced = completed(record_bounce(invoice, report(invoice), LATER), EffectName.BOUNCE_NOTICE, LATER)
    after = record_bounce(bounced, report(bounced, letter, notice="n2"), LATER)
    assert after.journal[-1].action == f"{letter}_bounced"
    assert after.effects == bounced.effects
    assert standing_bounces(after) == standing_bounces(bounced)


def test_notices_without_end_are_bounded() -> None:
    after = invoice = sent()
    for number in range(40):
        flood = report(invoice, notice=f"n{number}", recipients=[GONE] * 60)
        after = record_bounce(after, flood, LATER)
    assert len(after.bounces) == 30
    assert {len(bounce.recipients) for bounce in after.bounces} == {10}
    assert len([each for each in after.effects if each.name is EffectName.BOUNCE_NOTICE]) == 30
    assert [note.text for note in after.notes] == ["More than 30 letters came back; the others are not recorded."]


def test_without_an_address_of_finance_the_invoice_is_still_marked() -> None:
    invoice = sent(new_invoice(drafted(agreed=terms(issuer=Issuer(party=Party(name="ProximaOps"))))))
    after = record_bounce(invoice, report(invoice), LATER)
    assert standing_bounces(after)
    assert after.latest_effect(EffectName.BOUNCE_NOTICE) is None


def test_a_draft_has_nothing_that_a_letter_to_finance_could_be_composed_from() -> None:
    invoice = sent()
    back = execute(invoice, Reject(by="boss", reason="the address is wrong"), Reopen(by="boss"))
    after = record_bounce(back, report(invoice), LATER)
    assert after.journal[-1].action == "email_bounced"
    assert after.latest_effect(EffectName.BOUNCE_NOTICE) is None
    assert standing_bounces(after) == ()


@pytest.mark.parametrize("key", ["another-invoice:5:email", "", "invoice-1:999:email"])
def test_a_letter_of_another_invoice_is_refused(key: str) -> None:
    invoice = sent()
    with pytest.raises(InvalidChange, match="no letter of this invoice"):
        record_bounce(invoice, report(invoice, effect=key), LATER)


def test_the_mark_ends_when_the_client_has_the_invoice() -> None:
    invoice = sent()
    bounced = record_bounce(invoice, report(invoice), LATER)
    for command in (Accept(by="boss"), payment(bounced.total), Void(by="boss", reason="wrong client")):
        after = execute(bounced, command)
        assert after.bounces == bounced.bounces
        assert standing_bounces(after) == ()


def test_a_reminder_that_bounces_marks_the_invoice_too() -> None:
    invoice = sent()
    assert invoice.due is not None
    late = NOW.replace(year=invoice.due.year, month=invoice.due.month, day=invoice.due.day)
    reminded = completed(apply_event(invoice, TimerFired(), late), EffectName.REMINDER, late)
    after = record_bounce(reminded, report(reminded, EffectName.REMINDER), late)
    assert after.journal[-1].action == "reminder_bounced"
    assert standing_bounces(after)


def test_an_invoice_that_was_not_sent_by_mail_is_not_marked() -> None:
    assert standing_bounces(approved()) == ()


def test_operators_see_who_did_not_get_the_letter() -> None:
    invoice = sent()
    page = current_details(record_bounce(invoice, report(invoice), LATER))
    assert "**BOUNCED**" in page.splitlines()[0]
    assert "- 2026-03-01 11:00: email, nodira@example.com: 5.1.1 550 5.1.1 No such user" in page.splitlines()


def test_the_state_without_bounces_has_no_field_for_them() -> None:
    """Histories and rows of earlier releases have none."""
    invoice = sent()
    assert '"bounces"' not in invoice.model_dump_json()
    bounced = record_bounce(invoice, report(invoice), LATER)
    assert Invoice.model_validate_json(bounced.model_dump_json()) == bounced
    assert date(2026, 3, 1) == bounced.bounces[0].at.date()
