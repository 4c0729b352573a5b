"""What waits for our signature, and what a signature changes."""

from datetime import UTC, datetime, timedelta

import pytest

from models.invoice.commands import Deliver, Hold, Reopen, ResolveEffect, RetryEffect, SubmitSignature, Void
from models.invoice.effects import EffectName, EffectState
from models.invoice.errors import Refused
from models.invoice.event_handlers import apply_event, has_finished
from models.invoice.events import EffectFailed
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed, check
from models.invoice.signing.certificate import Certificate, reason_unfit
from models.invoice.signing.task import SigningAction, SigningTask, signing_task
from models.invoice.status import CommandName, Status
from models.values.failure_codes import Failure
from tests.fixtures.invoices import NOW, approved, completed, execute, newest, saved, sent, signed

E, S = EffectName, Status
SIGNED = SubmitSignature(by="lena", signature="a" * 64)
AGAIN = SubmitSignature(by="lena", signature="b" * 64)
RECEIPT = {"outcome": "sent", "status": "1", "signed_by": "lena", "certificate_tin": "309630523"}


def waiting() -> Invoice:
    """Approved; its act waits in Didox for our signature."""
    return completed(execute(approved(), Deliver(by="boss")), E.EINVOICE, vendor_id="act-1")


def refused(invoice: Invoice, name: EffectName, code: str = Failure.VENDOR_REFUSED) -> Invoice:
    return apply_event(invoice, EffectFailed(key=newest(invoice, name).key, code=code, message="no"), NOW)


def to_cancel() -> Invoice:
    """Void after the act was sent, so that a signature has to cancel it."""
    return refused(
        execute(signed(), Void(by="boss", reason="wrong client")), E.EINVOICE_CANCEL, Failure.NEEDS_SIGNATURE
    )


def task(invoice: Invoice) -> tuple[SigningAction, str] | None:
    found = signing_task(invoice)
    return (found.action, found.document_id) if found else None


class TestSend:
    def test_an_act_in_didox_waits_for_our_signature(self) -> None:
        invoice = waiting()
        watch = newest(invoice, E.EINVOICE_SIGNATURE)
        assert signing_task(invoice) == SigningTask(action=SigningAction.SEND, document_id="act-1", effect=watch.key)
        assert CommandName.SUBMIT_SIGNATURE in allowed(invoice)

    @pytest.mark.parametrize("invoice", [approved(), sent(), signed()], ids=["approved", "by mail", "signed"])
    def test_nothing_waits(self, invoice: Invoice) -> None:
        assert signing_task(invoice) is None
        with pytest.raises(Refused, match="waits for our signature") as refusal:
            check(invoice, SIGNED, NOW)
        assert refusal.value.allowed == allowed(invoice)
        assert CommandName.SUBMIT_SIGNATURE not in allowed(invoice)

    def test_the_signature_is_sent_and_the_event_names_it(self) -> None:
        after = execute(waiting(), SIGNED)
        sending = newest(after, E.EINVOICE_SEND)
        assert (sending.state, sending.argument) == (
            EffectState.PENDING,
            {"document_id": "act-1", "signature": "a" * 64},
        )
        event = after.journal[-1]
        assert (event.action, event.by) == ("submit_signature", "lena")
        assert event.details == {"action": "send", "document_id": "act-1", "signature": "a" * 64}
        assert after.status is S.APPROVED

    def test_a_second_signature_is_refused_while_the_first_is_sent(self) -> None:
        once = execute(waiting(), SIGNED)
        with pytest.raises(Refused, match="is being sent"):
            check(once, AGAIN, NOW)

    def test_a_repeated_request_changes_nothing(self) -> None:
        command = SIGNED.model_copy(update={"idempotency_key": "submit_signature:k"})
        once = execute(waiting(), command)
        assert execute(once, command) is once

    def test_the_invoice_is_sent_when_didox_has_the_signature(self) -> None:
        out = completed(execute(waiting(), SIGNED), E.EINVOICE_SEND, vendor_id="act-1", details=RECEIPT)
        assert out.status is S.SENT
        watch = newest(out, E.EINVOICE_SIGNATURE)
        assert (watch.state, watch.receipt) == (EffectState.DONE, RECEIPT)
        assert [(e.name, e.argument) for e in out.open_effects if e.name is E.EINVOICE_ANSWER] == [
            (E.EINVOICE_ANSWER, {"document_id": "act-1"})
        ]
        event = out.journal[-1]
        assert (event.action, event.details["certificate_tin"]) == ("einvoice_send_done", "309630523")

    def test_the_watch_may_see_the_signature_first(self) -> None:
        seen = completed(execute(waiting(), SIGNED), E.EINVOICE_SIGNATURE)
        out = completed(seen, E.EINVOICE_SEND, vendor_id="act-1", details=RECEIPT)
        assert out.status is S.SENT
        assert [e.name for e in out.effects].count(E.EINVOICE_ANSWER) == 1

    def test_a_refused_signature_can_be_retried_or_made_anew(self) -> None:
        blocked = refused(execute(waiting(), SIGNED), E.EINVOICE_SEND)
        key = newest(blocked, E.EINVOICE_SEND).key
        assert task(blocked) == (SigningAction.SEND, "act-1")
        assert newest(execute(blocked, RetryEffect(by="boss", effect_id=key)), E.EINVOICE_SEND).is_open
        again = execute(blocked, AGAIN)
        assert not again.blocked
        states = [(e.state, e.argument["signature"][0]) for e in again.effects if e.name is E.EINVOICE_SEND]
        assert states == [(EffectState.SKIPPED, "a"), (EffectState.PENDING, "b")]

    def test_an_unknown_outcome_takes_no_second_signature(self) -> None:
        unknown = refused(execute(waiting(), SIGNED), E.EINVOICE_SEND, Failure.OUTCOME_UNKNOWN)
        assert signing_task(unknown) is None
        key = newest(unknown, E.EINVOICE_SEND).key
        found = execute(unknown, ResolveEffect(by="boss", effect_id=key, outcome="done", note="it is sent"))
        assert found.status is S.SENT

    def test_a_signature_in_didox_itself_ends_a_refused_one(self) -> None:
        blocked = refused(execute(waiting(), SIGNED), E.EINVOICE_SEND)
        out = completed(blocked, E.EINVOICE_SIGNATURE)
        assert (out.status, out.blocked) == (S.SENT, ())

    def test_a_hold_takes_no_signature(self) -> None:
        held = execute(waiting(), Hold(by="boss", reason="the client called"))
        with pytest.raises(Refused, match="on hold"):
            check(held, SIGNED, NOW)

    def test_a_withdrawal_gives_the_sending_up_and_names_it(self) -> None:
        sending = execute(waiting(), SIGNED)
        draft = execute(sending, Reopen(by="boss"))
        assert newest(draft, E.EINVOICE_SEND).state is EffectState.SKIPPED
        assert newest(draft, E.EINVOICE_CANCEL).argument["sending"] == newest(sending, E.EINVOICE_SEND).key
        assert signing_task(draft) is None


class TestCancel:
    def test_a_sent_act_waits_for_the_signature_of_its_cancellation(self) -> None:
        invoice = to_cancel()
        assert task(invoice) == (SigningAction.CANCEL, "act-1")
        assert (invoice.status, CommandName.SUBMIT_SIGNATURE in allowed(invoice)) == (S.VOID, True)

    def test_a_draft_in_didox_needs_none(self) -> None:
        voided = execute(waiting(), Void(by="boss", reason="wrong client"))
        assert signing_task(voided) is None
        assert signing_task(refused(voided, E.EINVOICE_CANCEL)) is None

    def test_the_effect_goes_on_with_the_signature_under_its_own_key(self) -> None:
        before = newest(to_cancel(), E.EINVOICE_CANCEL)
        after = execute(to_cancel(), SIGNED)
        cancel = newest(after, E.EINVOICE_CANCEL)
        assert (cancel.key, cancel.state, cancel.argument) == (
            before.key,
            EffectState.PENDING,
            {**before.argument, "signature": "a" * 64},
        )
        assert after.journal[-1].details == {"action": "cancel", "document_id": "act-1", "signature": "a" * 64}
        assert signing_task(after) is None

    def test_the_invoice_ends_when_the_act_is_cancelled(self) -> None:
        cancelled = completed(execute(to_cancel(), SIGNED), E.EINVOICE_CANCEL, vendor_id="act-1")
        others = completed(completed(cancelled, E.ACCOUNTING_REVERSAL), E.ARCHIVE)
        assert has_finished(saved(others))

    def test_a_refused_signature_can_be_made_anew(self) -> None:
        blocked = refused(execute(to_cancel(), SIGNED), E.EINVOICE_CANCEL)
        assert task(blocked) == (SigningAction.CANCEL, "act-1")
        assert newest(execute(blocked, AGAIN), E.EINVOICE_CANCEL).argument["signature"] == "b" * 64

    def test_a_second_approval_asks_for_its_own_signature(self) -> None:
        """The act of the first approval was never sent, so its draft is deleted without a signature."""
        draft = completed(execute(waiting(), Reopen(by="boss")), E.EINVOICE_CANCEL, vendor_id="act-1")
        again = completed(execute(approved(draft), Deliver(by="boss")), E.EINVOICE, vendor_id="act-2")
        assert task(again) == (SigningAction.SEND, "act-2")


def certificate(**changes: object) -> Certificate:
    facts = {
        "serial": "77a1",
        "tin": "309630523",
        "holder": "KARIMOVA AMINA",
        "valid_from": datetime(2026, 1, 10, tzinfo=UTC),
        "valid_to": datetime(2028, 1, 10, tzinfo=UTC),
    }
    return Certificate.model_validate(facts | changes)


@pytest.mark.parametrize(
    ("changes", "now", "reason"),
    [
        ({}, datetime(2026, 3, 1, tzinfo=UTC), None),
        ({}, datetime(2028, 1, 10, tzinfo=UTC), None),
        ({}, datetime(2028, 1, 10, 0, 0, 1, tzinfo=UTC), "expired on 2028-01-10"),
        ({}, datetime(2026, 1, 10, tzinfo=UTC) - timedelta(seconds=1), "valid from 2026-01-10"),
        ({"tin": "301234567"}, datetime(2026, 3, 1, tzinfo=UTC), "TIN 301234567; the seller of the act is 309630523"),
        ({"tin": ""}, datetime(2026, 3, 1, tzinfo=UTC), "TIN (none)"),
    ],
)
def test_a_certificate_of_the_seller_that_is_valid_now(
    changes: dict[str, object], now: datetime, reason: str | None
) -> None:
    found = reason_unfit(certificate(**changes), "309630523", now)
    assert (found is None) is (reason is None)
    assert (reason or "") in (found or "")
