"""Deadlines: whoever must act is told once at each, nobody during a hold, and nobody after the wait has ended."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.contract import DealType
from models.invoice.commands import (
    CheckFacts,
    Decline,
    Deliver,
    Hold,
    Release,
    Reopen,
    ResolveEffect,
    RetryEffect,
    Void,
)
from models.invoice.current_details import current_details
from models.invoice.deadlines.timers import fire_due_timers, next_timer
from models.invoice.deadlines.waits import first_deadline, waits
from models.invoice.effects import EffectName, EffectState
from models.invoice.errors import InvoiceError
from models.invoice.event_handlers import apply_event
from models.invoice.events import Compared, EffectFailed, TimerFired
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply
from models.values.failure_codes import Failure
from tests.fixtures.command_sequences import CANDIDATES, REVIEW, STEPS, allowed_command, effect_result
from tests.fixtures.deadlines import (
    draft_with_deadlines,
    notices,
    run_until,
    settled,
    terms_with_deadlines,
    told,
)
from tests.fixtures.invoices import (
    NOW,
    approve,
    approved,
    completed,
    contract,
    drafted,
    execute,
    failed,
    new_invoice,
    newest,
    reviewable,
    workdays,
)
from tests.fixtures.properties import examples

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONG = NOW + timedelta(days=30)
HOLD = Hold(by="boss", reason="wait for the lawyer")


def under_review(**changes: Any) -> Invoice:
    return reviewable(draft_with_deadlines(**changes))


def signing() -> Invoice:
    return completed(
        execute(approved(draft_with_deadlines()), Deliver(by="boss")), EffectName.EINVOICE, vendor_id="act-1"
    )


def cancelling() -> Invoice:
    """A void invoice whose act was sent, so that a signature has to cancel it."""
    withdrawn = execute(signing(), Void(by="boss", reason="wrong client"))
    cancel = newest(withdrawn, EffectName.EINVOICE_CANCEL).key
    return apply_event(withdrawn, EffectFailed(key=cancel, code=Failure.NEEDS_SIGNATURE, message="it was sent"), NOW)


def blocked() -> Invoice:
    return failed(approved(draft_with_deadlines()), EffectName.ACCOUNTING)


def unknown() -> Invoice:
    invoice = approved(draft_with_deadlines())
    lost = EffectFailed(key=newest(invoice, EffectName.NOTICE).key, code="OutcomeUnknown", message="lost")
    return apply_event(invoice, lost, NOW)


def late(invoice: Invoice | None = None) -> Invoice:
    requested = execute(invoice or draft_with_deadlines(), CheckFacts(by="amina"))
    more = drafted(contract(workdays(55)), terms_with_deadlines())
    return apply_event(requested, Compared(key=newest(requested, EffectName.FACTS_CHECK).key, content=more), NOW)


@pytest.mark.parametrize(
    ("invoice", "kind", "remind", "escalate", "roles"),
    [
        (under_review(), "review", DAY, 3 * DAY, ("manager", "admin")),
        (signing(), "signature", DAY, 3 * DAY, ("editor", "manager")),
        (cancelling(), "signature", DAY, 3 * DAY, ("editor", "manager")),
        (blocked(), "blocked_effect", 4 * HOUR, DAY, ("manager", "admin")),
        (unknown(), "unknown_outcome", 4 * HOUR, DAY, ("manager", "admin")),
        (late(), "late_work", 2 * DAY, 5 * DAY, ("editor", "manager")),
        (late(approved(draft_with_deadlines())), "late_work", 2 * DAY, 5 * DAY, ("manager", "admin")),
    ],
    ids=[
        "review",
        "signature",
        "signed cancellation",
        "blocked",
        "unknown",
        "late work in a draft",
        "late work after approval",
    ],
)
def test_each_wait_reminds_its_role_and_then_tells_the_next_one(
    invoice: Invoice, kind: str, remind: timedelta, escalate: timedelta, roles: tuple[str, str]
) -> None:
    [wait] = waits(invoice)
    assert (wait.kind, wait.since, wait.remind_at) == (kind, NOW, NOW + remind)
    assert first_deadline(invoice) == NOW + remind
    assert notices(run_until(invoice, NOW + remind - timedelta(seconds=1))) == []
    reminded = run_until(invoice, NOW + remind)
    assert told(reminded) == [(kind, "reminder", roles[0])]
    assert reminded.journal[-1].action == "deadline_reminded"
    assert reminded.journal[-1].details["wait"] == wait.key
    escalated = run_until(completed(reminded, EffectName.DEADLINE_NOTICE), NOW + escalate)
    assert told(escalated) == [(kind, "reminder", roles[0]), (kind, "escalation", roles[1])]
    assert escalated.journal[-1].action == "deadline_escalated"
    assert told(run_until(escalated, LONG)) == told(escalated)
    assert first_deadline(escalated) == NOW + remind


def test_after_the_approval_nobody_is_told_of_the_review() -> None:
    invoice = run_until(under_review(), NOW + DAY)
    sent = completed(invoice, EffectName.DEADLINE_NOTICE)
    after = settled(execute(sent, approve(sent), now=NOW + DAY), NOW + DAY)
    for name in (EffectName.ARCHIVE, EffectName.ACCOUNTING, EffectName.NOTICE):
        after = completed(after, name)
    assert waits(after) == ()
    assert first_deadline(after) is None
    assert told(run_until(after, LONG)) == told(sent)


def test_a_message_that_was_not_sent_is_cancelled_with_its_wait() -> None:
    invoice = run_until(under_review(), NOW + DAY)
    after = settled(execute(invoice, approve(invoice), now=NOW + DAY), NOW + DAY)
    notice = newest(after, EffectName.DEADLINE_NOTICE)
    assert (notice.state, notice.error) == (EffectState.SKIPPED, "what the invoice waited for has happened")
    event = after.journal[-1]
    assert (event.action, event.details) == ("deadline_notice_cancelled", {"effects": notice.key})
    assert settled(after, NOW + DAY) is after


def test_a_message_that_was_refused_makes_no_wait_and_ends_with_its_own() -> None:
    invoice = failed(run_until(under_review(), NOW + DAY), EffectName.DEADLINE_NOTICE)
    assert [wait.kind for wait in waits(invoice)] == ["review"]
    declined = settled(execute(invoice, Decline(by="boss", reason="wrong"), now=NOW + DAY), NOW + DAY)
    assert declined.blocked == ()


def test_a_hold_stops_deadlines_and_the_newest_fires_after_it() -> None:
    held = execute(under_review(), HOLD)
    assert next_timer(held) is None
    assert first_deadline(held) is None
    assert fire_due_timers(held, LONG) is held
    released = execute(held, Release(by="boss"), now=NOW + 4 * DAY)
    assert told(apply_event(released, TimerFired(), NOW + 4 * DAY)) == [("review", "escalation", "admin")]


def test_after_an_outage_only_the_newest_of_the_passed_deadlines_is_told() -> None:
    after = apply_event(under_review(), TimerFired(), NOW + 10 * DAY)
    assert told(after) == [("review", "escalation", "admin")]
    assert after.journal[-1].details["passed"] == "reminder, escalation"
    assert next_timer(after) is None
    assert told(run_until(after, LONG)) == told(after)


def test_a_reminder_that_was_not_sent_is_replaced_by_the_escalation() -> None:
    after = run_until(under_review(), NOW + 3 * DAY)
    reminder, escalation = notices(after)
    assert (reminder.state, reminder.error) == (EffectState.SKIPPED, "replaced by a newer message")
    assert escalation.is_open


def test_a_timer_that_fires_early_changes_nothing() -> None:
    invoice = under_review()
    assert apply_event(invoice, TimerFired(), NOW + DAY - timedelta(milliseconds=1)) is invoice


def test_another_review_is_another_wait() -> None:
    invoice = completed(run_until(under_review(), NOW + DAY), EffectName.DEADLINE_NOTICE)
    later = NOW + 2 * DAY
    back = execute(invoice, Decline(by="boss", reason="wrong"), Reopen(by="boss"), now=later)
    again = reviewable(back, now=later)
    assert [wait.since for wait in waits(again)] == [later]
    assert told(run_until(again, later + DAY)) == [("review", "reminder", "manager")] * 2


def test_an_effect_that_fails_again_is_another_wait_and_a_resolved_one_is_none() -> None:
    invoice = completed(run_until(blocked(), NOW + 4 * HOUR), EffectName.DEADLINE_NOTICE)
    key = invoice.blocked[0].key
    retried = settled(execute(invoice, RetryEffect(by="boss", effect_id=key)), NOW)
    assert waits(retried) == ()
    later = NOW + 5 * HOUR
    again = apply_event(retried, EffectFailed(key=key, code="VendorRefused", message="no"), later)
    assert [wait.since for wait in waits(again)] == [later]
    resolved = execute(again, ResolveEffect(by="boss", effect_id=key, outcome="skipped", note="by hand"))
    assert told(run_until(settled(resolved, later), LONG)) == [("blocked_effect", "reminder", "manager")]


def test_a_repeated_check_does_not_begin_the_wait_for_late_work_again() -> None:
    """A check is repeated by people and programs; the deadline counts from the first one that found a difference."""
    invoice = completed(run_until(late(), NOW + 2 * DAY), EffectName.DEADLINE_NOTICE)
    checked = late(invoice)
    [wait] = waits(checked)
    assert wait.since == NOW
    assert len(told(run_until(checked, NOW + 3 * DAY))) == 1


def test_a_total_above_the_limit_waits_for_an_admin() -> None:
    invoice = under_review(policy={"admin_above": {"UZS": "1.00"}})
    assert [role for _, _, role in told(run_until(invoice, NOW + DAY))] == ["admin"]


def test_those_who_may_not_approve_are_left_out() -> None:
    invoice = run_until(under_review(policy={"four_eyes": True, "any_maker": True}), NOW + DAY)
    assert newest(invoice, EffectName.DEADLINE_NOTICE).argument["without"] == "amina"
    assert "without" not in newest(run_until(blocked(), NOW + DAY), EffectName.DEADLINE_NOTICE).argument


def test_the_deadlines_of_a_kind_and_the_escalation_can_be_switched_off() -> None:
    assert waits(under_review(review=None)) == ()
    assert first_deadline(under_review(review=None)) is None
    only_reminded = under_review(review={"remind_after_hours": 5})
    assert told(run_until(only_reminded, LONG)) == [("review", "reminder", "manager")]


def test_operators_see_what_is_waited_for() -> None:
    page = current_details(under_review()).splitlines()
    assert (
        "- the review since 2026-03-01 10:00 +05: reminder to managers at 2026-03-02 10:00 +05, "
        "escalation to admins at 2026-03-04 10:00 +05" in page
    )
    assert "| Next | 2026-03-02 10:00 +05 reminder: the invoice waits for the review |" in page
    later = current_details(run_until(under_review(), NOW + DAY)).splitlines()
    assert any("reminder to managers was due at 2026-03-02 10:00" in line for line in later)


AGREED = terms_with_deadlines(REVIEW)
STARTS = {
    "draft": lambda: new_invoice(drafted(contract(workdays(42), DealType.SUP), AGREED)),
    "review": lambda: reviewable(new_invoice(drafted(contract(workdays(42), DealType.SUP), AGREED))),
    "approved": lambda: approved(draft_with_deadlines()),
    "signing": signing,
}


@pytest.mark.parametrize("start", STARTS)
@examples(100)
@given(steps=STEPS, data=st.data())
def test_whatever_happens_each_message_goes_out_once(start: str, steps: list[Any], data: st.DataObject) -> None:
    """A message is about a wait that stands, goes out once for each deadline, and none begins during a hold."""
    now, invoice = NOW, STARTS[start]()
    for kind, which, n in steps:
        before = invoice
        try:
            match kind:
                case "candidate":
                    invoice = apply(invoice, CANDIDATES[which](invoice, n), now)
                case "allowed":
                    invoice = apply(invoice, allowed_command(invoice, which, n), now)
                case "result":
                    event = effect_result(invoice, which)
                    invoice = apply_event(invoice, event, now) if event else invoice
                case "days":
                    now += timedelta(hours=data.draw(st.integers(1, 100)))
                    invoice = run_until(invoice, now)
        except InvoiceError:
            continue
        begun = notices(invoice)[len(notices(before)) :]
        if before.held and invoice.held:
            assert begun == []
        invoice = settled(invoice, now)
        standing = {wait.key for wait in waits(invoice)}
        assert {each.argument["wait"] for each in notices(invoice) if each.is_unfinished} <= standing
        sent = [(each.argument["wait"], each.argument["step"]) for each in notices(invoice)]
        assert len(sent) == len(set(sent))
        for one, other in pairwise(each for each in sent if each[0] in standing):
            assert one[0] != other[0] or (one[1], other[1]) == ("reminder", "escalation")
        assert len(set(invoice.fired)) == len(invoice.fired)
