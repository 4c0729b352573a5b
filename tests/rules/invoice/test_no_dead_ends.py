"""Corners in which an invoice could get stuck, or carry on what no longer holds."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models.invoice.commands import (
    Command,
    Deliver,
    Finalize,
    Hold,
    MarkUploaded,
    RecordPayment,
    Regenerate,
    Reject,
    Release,
    Reopen,
    ResolveEffect,
    Undo,
    Void,
)
from models.invoice.effects import EffectChannel, EffectName, EffectState, Receipt, next_effect
from models.invoice.errors import InvalidChange, KeyReused, Refused
from models.invoice.event_handlers import apply_event, has_finished, may_close
from models.invoice.events import EffectCompleted, EffectFailed, TimerFired
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed, check
from models.invoice.reminders import fire_due_timers, next_timer
from models.invoice.status import CommandName, Kind, Status
from tests.fixtures.invoices import (
    NOW,
    approve,
    approved,
    completed,
    edit,
    execute,
    new_invoice,
    newest,
    numbered,
    sent,
)

E, S = EffectName, Status
HOLD = Hold(by="boss", reason="wait for the lawyer")
LATER = NOW + timedelta(days=60)  # issued with 45 days: two weeks late


def saved(invoice: Invoice) -> Invoice:
    return invoice.model_copy(update={"journal": ()})


def payment(amount: Decimal) -> RecordPayment:
    return RecordPayment(payment_id=f"p-{amount}", paid_on=NOW.date(), amount=amount, reference="bank")


def failed(invoice: Invoice, name: EffectName) -> Invoice:
    return apply_event(
        invoice, EffectFailed(key=newest(invoice, name).key, code="VendorRefused", message="not now"), NOW
    )


def signed() -> Invoice:
    created = completed(execute(approved(), Deliver(by="boss")), E.EINVOICE, vendor_id="act-1")
    return completed(created, E.EINVOICE_SIGNATURE)


# A hold does not keep what is owed for ever


@pytest.mark.parametrize(
    "ended",
    [
        execute(approved(), HOLD, Void(by="boss", reason="wrong client")),
        execute(sent(), HOLD, payment(Decimal("15000000.00"))),
        execute(approved(new_invoice(kind=Kind.PARTNER)), MarkUploaded(uploaded_at=NOW), HOLD, Reject(reason="twice")),
    ],
    ids=["void", "paid", "rejected by a partner"],
)
def test_what_a_held_invoice_still_owes_is_released(ended: Invoice) -> None:
    assert ended.open_effects
    assert CommandName.RELEASE in allowed(ended)
    assert execute(ended, Release(by="boss")).held is None


def test_where_nothing_waits_nothing_is_released() -> None:
    voided = execute(approved(), HOLD, Void(by="boss", reason="wrong client"))
    over = completed(completed(execute(voided, Release(by="boss")), E.ARCHIVE), E.ACCOUNTING_REVERSAL)
    assert has_finished(saved(over))
    with pytest.raises(Refused, match="waits for a release"):
        check(over.model_copy(update={"held": voided.held}), Release(), NOW)


def test_a_voided_invoices_document_is_archived_all_the_same() -> None:
    voided = execute(approved(), Void(by="boss", reason="wrong client"))
    assert [e.name for e in voided.open_effects] == [E.ARCHIVE, E.ACCOUNTING_REVERSAL]
    kept = completed(voided, E.ARCHIVE, details={"key": "a.pdf", "etag": "e1"})
    assert kept.archived is not None
    assert (kept.status, kept.archived.key) == (S.VOID, "a.pdf")


# Overdue ends with what was due


def overdue() -> Invoice:
    return apply_event(sent(), TimerFired(), LATER)


def test_a_rejected_invoice_is_not_overdue() -> None:
    assert overdue().overdue
    rejected = execute(overdue(), Reject(reason="wrong hours"), now=LATER)
    assert not rejected.overdue
    assert rejected.status is S.REJECTED


def test_a_reopened_invoice_starts_anew() -> None:
    draft = execute(overdue(), Reject(reason="wrong hours"), Reopen(by="boss"), now=LATER)
    assert (draft.overdue, draft.due, draft.reminded, draft.sent, draft.approved) == (False, None, (), None, None)
    again = sent(execute(draft, edit(draft, invoice_date=str(LATER.date())), now=LATER), LATER)
    timer = next_timer(again)
    assert timer is not None
    # 30 April + 45 days = 14 June; the first reminder a week before
    assert (str(again.due), timer.purpose) == ("2026-06-14", "reminder 7 days before the due date")


def test_an_act_that_the_client_rejects_in_didox_is_not_overdue() -> None:
    late = apply_event(signed(), TimerFired(), LATER)
    answered = completed(late, E.EINVOICE_ANSWER, details={"answer": "rejected", "comment": "wrong hours"})
    assert (answered.status, answered.overdue) == (S.REJECTED, False)
    assert newest(answered, E.REMINDER).state is EffectState.SKIPPED


def test_a_void_invoice_is_not_overdue() -> None:
    assert not execute(overdue(), Void(by="boss", reason="wrong client"), now=LATER).overdue


# What a person found out must be enough to go on with


def test_an_answer_in_didox_is_not_resolved_but_given() -> None:
    blocked = failed(signed(), E.EINVOICE_ANSWER)
    found = ResolveEffect(effect_id=newest(blocked, E.EINVOICE_ANSWER).key, outcome="done", note="signed on paper")
    with pytest.raises(InvalidChange, match="accept or reject"):
        check(blocked, found, NOW)
    skipped = execute(blocked, found.model_copy(update={"outcome": "skipped"}))
    assert skipped.status is S.SENT


def test_an_act_found_in_didox_is_named() -> None:
    blocked = failed(execute(approved(), Deliver(by="boss")), E.EINVOICE)
    found = ResolveEffect(effect_id=newest(blocked, E.EINVOICE).key, outcome="done", note="found it there")
    with pytest.raises(InvalidChange, match="vendor_id"):
        check(blocked, found, NOW)
    named = execute(blocked, found.model_copy(update={"vendor_id": "act-9"}))
    assert newest(named, E.EINVOICE_SIGNATURE).argument == {"document_id": "act-9"}


def test_a_booking_made_by_hand_is_named() -> None:
    blocked = failed(approved(), E.ACCOUNTING)
    booked = ResolveEffect(effect_id=newest(blocked, E.ACCOUNTING).key, outcome="done", note="booked it by hand")
    with pytest.raises(InvalidChange, match="vendor_id"):
        check(blocked, booked, NOW)
    voided = execute(blocked, booked.model_copy(update={"vendor_id": "7"}), Void(by="boss", reason="wrong client"))
    assert newest(voided, E.ACCOUNTING_REVERSAL).argument["vendor_id"] == "7"


def test_an_act_is_not_delivered_again_while_the_old_one_stands() -> None:
    created = completed(execute(approved(), Deliver(by="boss")), E.EINVOICE, vendor_id="act-1")
    blocked = numbered(execute(failed(execute(created, Reopen(by="boss")), E.EINVOICE_CANCEL), Finalize(by="amina")))
    again = execute(completed(blocked, E.ACCOUNTING_REVERSAL), approve(blocked))
    with pytest.raises(Refused, match="has not been cancelled in Didox"):
        check(again, Deliver(by="boss"), NOW)
    assert execute(again, Deliver.model_validate({"channel": "email"})).status is S.APPROVED


def test_what_is_made_again_waits_until_the_first_is_taken_back() -> None:
    """The reversal is refused only after the second approval; then nothing is booked until a person has looked."""
    undone = execute(completed(approved(), E.ACCOUNTING, vendor_id="s-1"), Reopen(by="boss"), Finalize(by="amina"))
    again = numbered(undone)
    again = execute(again, approve(again))
    taken_back = next_effect(EffectChannel.ACCOUNTING, again.effects)
    assert taken_back is not None
    assert taken_back.name is E.ACCOUNTING_REVERSAL
    blocked = failed(again, E.ACCOUNTING_REVERSAL)
    assert next_effect(EffectChannel.ACCOUNTING, blocked.effects) is None
    resolved = execute(blocked, ResolveEffect(effect_id=taken_back.key, outcome="done", note="deleted it by hand"))
    booked = next_effect(EffectChannel.ACCOUNTING, resolved.effects)
    assert booked is not None
    assert booked.name is E.ACCOUNTING


# A partner's rejection is final, and another invoice takes its place


def uploaded() -> Invoice:
    made = completed(approved(new_invoice(kind=Kind.PARTNER)), E.ACCOUNTING, vendor_id="5")
    return execute(made, MarkUploaded(uploaded_at=NOW))


def test_what_was_booked_for_an_invoice_that_the_partner_rejected_is_taken_back() -> None:
    rejected = execute(uploaded(), Reject(by="amina", reason="wrong docket"))
    assert [e.name for e in rejected.open_effects] == [E.ARCHIVE, E.ACCOUNTING_REVERSAL]
    over = completed(completed(rejected, E.ARCHIVE), E.ACCOUNTING_REVERSAL)
    assert has_finished(saved(over))
    assert over.closed_at == NOW


def test_a_partner_rejects_no_invoice_that_was_paid_in_part() -> None:
    part = execute(uploaded(), payment(Decimal("5000000.00")))
    with pytest.raises(Refused, match=r"5000000\.00 has been paid"):
        check(part, Reject(by="amina", reason="wrong docket"), NOW)
    assert CommandName.REJECT not in allowed(part)


def test_a_void_invoice_owes_nothing() -> None:
    assert execute(sent(), Void(by="boss", reason="wrong client")).balance == Decimal(0)


def test_a_second_approval_waits_for_the_reversal_of_the_first() -> None:
    undone = execute(completed(approved(), E.ACCOUNTING, vendor_id="s-1"), Reopen(by="boss"))
    blocked = numbered(execute(failed(undone, E.ACCOUNTING_REVERSAL), Finalize(by="amina")))
    with pytest.raises(Refused, match="earlier approval"):
        check(blocked, approve(blocked), NOW)
    key = newest(blocked, E.ACCOUNTING_REVERSAL).key
    resolved = execute(blocked, ResolveEffect(effect_id=key, outcome="done", note="deleted it by hand"))
    assert execute(resolved, approve(resolved)).status is S.APPROVED


# Reminders: one letter with today's balance, and none about what is not owed


def reminders(invoice: Invoice) -> list[tuple[str, EffectState, str]]:
    found = (e for e in invoice.effects if e.name is E.REMINDER)
    return [(e.argument["days"], e.state, e.argument["balance"]) for e in found]


def test_of_reminders_that_could_not_be_sent_only_the_newest_stays() -> None:
    invoice = sent()
    while timer := next_timer(invoice):  # the mail server is down for all that time
        invoice = fire_due_timers(invoice, timer.at)
    waiting = [(days, balance) for days, state, balance in reminders(invoice) if state is EffectState.PENDING]
    assert waiting == [("15", "15000000.00")]
    assert [days for days, *_ in reminders(invoice)] == ["-7", "0", "1", "7", "15"]


def test_a_waiting_reminder_asks_for_what_is_left_after_a_part_payment() -> None:
    waiting = fire_due_timers(sent(), LATER)
    for before in (waiting, failed(waiting, E.REMINDER)):
        part = execute(before, payment(Decimal("14999000.00")), now=LATER)
        assert reminders(part) == [
            ("15", EffectState.SKIPPED, "15000000.00"),
            ("15", EffectState.PENDING, "1000.00"),
        ]


def test_a_reminder_that_may_have_gone_out_is_not_followed_by_another() -> None:
    waiting = fire_due_timers(sent(), LATER)
    lost = EffectFailed(key=newest(waiting, E.REMINDER).key, code="OutcomeUnknown", message="no answer")
    part = execute(apply_event(waiting, lost, NOW), payment(Decimal("14999000.00")), now=LATER)
    assert reminders(part) == [("15", EffectState.UNKNOWN, "15000000.00")]


def test_nor_is_one_that_went_out_after_all() -> None:
    waiting = fire_due_timers(sent(), LATER)
    part = execute(waiting, payment(Decimal("14999000.00")), now=LATER)
    late = apply_event(
        part,
        EffectCompleted(key=newest(waiting, E.REMINDER).key, receipt=Receipt(vendor_id="<m-1@aktum>")),
        LATER,
    )
    assert [state for _, state, _ in reminders(late)] == [EffectState.SKIPPED, EffectState.SKIPPED]
    assert late.journal[-1].action == "reminder_came_late"


def test_nobody_is_reminded_of_a_rejected_invoice() -> None:
    rejected = execute(fire_due_timers(sent(), LATER), Reject(reason="wrong hours"), now=LATER)
    assert reminders(rejected) == [("15", EffectState.SKIPPED, "15000000.00")]


@pytest.mark.parametrize("invoice", [new_invoice(), execute(sent(), Reject(reason="not so")), execute(sent(), HOLD)])
def test_an_alarm_that_comes_too_late_is_passed_over(invoice: Invoice) -> None:
    assert apply_event(invoice, TimerFired(), LATER) == invoice


# What came through although it had been given up is on record


def test_a_letter_that_went_out_after_all_is_in_the_audit_trail() -> None:
    out = execute(approved(), Deliver.model_validate({"channel": "email"}))
    draft = execute(out, Reopen(by="boss"))
    receipt = Receipt(vendor_id="<m-1@aktum>", details={"to": "client@acme.example"})
    late = apply_event(draft, EffectCompleted(key=newest(out, E.EMAIL).key, receipt=receipt), NOW)
    event = late.journal[-1]
    assert (event.action, event.details["vendor_id"], event.details["to"]) == (
        "email_came_late",
        "<m-1@aktum>",
        "client@acme.example",
    )
    assert (late.status, newest(late, E.EMAIL).state, newest(late, E.EMAIL).vendor_id) == (
        S.DRAFT,
        EffectState.SKIPPED,
        "<m-1@aktum>",
    )
    assert "after it was given up" in late.notes[-1].text


def test_the_reversal_of_a_late_posting_is_still_owed() -> None:
    out = approved()
    draft = execute(out, Reopen(by="boss"))
    late = apply_event(draft, EffectCompleted(key=newest(out, E.ACCOUNTING).key, receipt=Receipt(vendor_id="s-1")), NOW)
    assert newest(late, E.ACCOUNTING_REVERSAL).is_open


# New facts that cannot be fetched


def refused(asked: Invoice) -> Invoice:
    failed = EffectFailed(key=newest(asked, E.REDRAFT).key, code="WarehouseDown", message="ClickHouse does not answer.")
    return apply_event(asked, failed, NOW)


def test_a_draft_whose_new_facts_cannot_be_fetched_stays_as_it_was() -> None:
    draft = new_invoice()
    edited = execute(draft, edit(draft, html_override="<p>by hand</p>"))
    after = refused(execute(edited, Regenerate(by="amina")))
    assert (after.content, after.undoable, after.late) == (edited.content, edited.undoable, edited.late)
    assert after.notes[-1].text == "ClickHouse does not answer."
    assert execute(after, Undo(expected_revision=after.revision)).content == draft.content


def test_an_approved_invoice_whose_new_facts_cannot_be_fetched_is_said_to_be_a_draft() -> None:
    after = refused(execute(approved(), Regenerate(by="amina")))
    assert after.status is S.DRAFT
    assert after.notes[-1].text.startswith("The invoice is a draft again, but its facts could not be fetched")
    assert after.notes[-1].text.endswith("ClickHouse does not answer.")


# A key belongs to one command, also where no API puts the command's name before it


def test_one_key_for_two_commands_is_refused() -> None:
    hold: Command = Hold(by="boss", reason="a reason", idempotency_key="k")
    held = execute(approved(), hold)
    with pytest.raises(KeyReused):
        check(held, Void(by="boss", reason="a reason", idempotency_key="k"), NOW)


def test_a_paid_invoice_that_is_held_closes_when_it_is_released_and_done() -> None:
    paid = execute(sent(), HOLD, payment(Decimal("15000000.00")))
    assert not may_close(paid)
    for effect in paid.open_effects:
        paid = completed(paid, effect.name)
    assert may_close(paid)
