"""Failed, late and resolved effects; repeated requests; the end of the workflow."""

from decimal import Decimal

import pytest

from models.access.roles import Role
from models.invoice.commands import (
    Decline,
    Deliver,
    Discard,
    Edit,
    Finalize,
    Hold,
    RecordPayment,
    Reject,
    Release,
    Reopen,
    ResolveEffect,
    RetryEffect,
    Void,
)
from models.invoice.effects import EffectName, EffectState, Receipt
from models.invoice.errors import InvalidChange, KeyReused, Refused
from models.invoice.event_handlers import apply_event, has_finished, may_continue_as_new
from models.invoice.events import EffectCompleted, EffectFailed, Rendered
from models.invoice.invoice import Document
from models.invoice.preconditions import allowed, check
from models.invoice.status import Status
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
    reviewable,
)

E, S = EffectName, Status


def test_a_repeated_request_enqueues_no_second_effect() -> None:
    shown = reviewable()
    command = approve(shown).model_copy(update={"idempotency_key": "key-1"})
    once = execute(shown, command)
    assert execute(once, command) is once
    # also in a later status, in which the command would be refused
    later = execute(once, Reopen(by="boss"))
    assert execute(later, command) is later
    # also by another person: the fingerprint covers the key and the fields
    assert execute(once, command.model_copy(update={"by": "somebody else", "role": Role.ADMIN})) is once


def test_a_key_of_another_request_is_refused() -> None:
    draft = new_invoice()
    ten = Edit(expected_revision=1, payment_days=10, idempotency_key="edit:key-1")
    once = execute(draft, ten)
    with pytest.raises(KeyReused, match="used before for another edit") as refused:
        check(once, ten.model_copy(update={"payment_days": 20}), NOW)
    assert refused.value.allowed == allowed(once)
    assert execute(once, ten) is once
    twenty = Edit(expected_revision=2, payment_days=20, idempotency_key="edit:key-2")
    assert execute(once, twenty).content.payment_days == 20
    # a key may contain colons and may be the beginning of another key
    again = execute(once, twenty.model_copy(update={"idempotency_key": "edit:key-1:2"}))
    assert again.content.payment_days == 20


def test_a_failed_effect_can_be_retried_or_skipped() -> None:
    invoice = approved()
    key = newest(invoice, E.ACCOUNTING).key
    blocked = apply_event(invoice, EffectFailed(key=key, code="VendorRefused", message="no such contractor"), NOW)
    assert [(e.name, e.error) for e in blocked.blocked] == [(E.ACCOUNTING, "no such contractor")]
    again = execute(blocked, RetryEffect(by="boss", effect_id=f" {key} "))
    assert (newest(again, E.ACCOUNTING).is_open, newest(again, E.ACCOUNTING).attempts) == (True, 1)
    skipped = execute(blocked, ResolveEffect(by="boss", effect_id=key, outcome="skipped", note="not wanted"))
    assert newest(skipped, E.ACCOUNTING).state is EffectState.SKIPPED
    with pytest.raises(InvalidChange, match="no failed effect has this id"):
        check(blocked, RetryEffect(effect_id="other"), NOW)


def test_an_unknown_outcome_differs_from_a_refusal() -> None:
    invoice = approved()
    key = newest(invoice, E.ACCOUNTING).key
    unknown = apply_event(invoice, EffectFailed(key=key, code="OutcomeUnknown", message="no reply"), NOW)
    assert newest(unknown, E.ACCOUNTING).state is EffectState.UNKNOWN
    assert unknown.blocked


def test_an_internal_effect_can_be_retried_but_not_resolved() -> None:
    requested = execute(new_invoice(), Finalize(by="amina"))
    shown = numbered(requested)
    undone = execute(shown, Decline(by="boss", reason="no good"), Reopen(by="boss"))
    waiting = execute(undone, Finalize(by="amina"))
    number = newest(numbered(waiting), E.NUMBER)
    assert number.state is EffectState.DONE
    pending = numbered(waiting).model_copy(update={"document": None})
    key = newest(pending, E.DOCUMENT).key
    effects = tuple(e.model_copy(update={"state": EffectState.FAILED}) if e.key == key else e for e in pending.effects)
    with pytest.raises(InvalidChange, match=r"effect_id: .* by Aktum itself"):
        check(
            pending.model_copy(update={"effects": effects}),
            ResolveEffect(effect_id=key, outcome="done", note="have it on paper"),
            NOW,
        )


def test_the_result_of_a_cancelled_effect_changes_nothing() -> None:
    invoice = approved()
    voided = execute(invoice, Void(by="boss", reason="wrong client"))
    skipped = Receipt(state=EffectState.SKIPPED)
    late = apply_event(voided, EffectCompleted(key=newest(invoice, E.ACCOUNTING).key, receipt=skipped), NOW)
    assert late.model_copy(update={"notes": ()}) == voided
    document = Document(sha256="0" * 64, size=1, pages=1)
    assert apply_event(voided, Rendered(key="nonsense", document=document), NOW).revision == voided.revision


def test_a_failed_delivery_is_not_started_a_second_time() -> None:
    out = execute(approved(), Deliver.model_validate({"channel": "email"}))
    key = newest(out, E.EMAIL).key
    blocked = apply_event(out, EffectFailed(key=key, code="OutcomeUnknown", message="no reply"), NOW)
    with pytest.raises(Refused, match="delivery of the invoice is already in progress"):
        check(blocked, Deliver.model_validate({"channel": "email"}), NOW)


def test_a_payment_or_a_rejection_ends_the_watch() -> None:
    created = completed(execute(approved(), Deliver(by="boss")), E.EINVOICE, vendor_id="act-1")
    watched = completed(created, E.EINVOICE_SIGNATURE)
    pay = RecordPayment(payment_id="p1", paid_on=NOW.date(), amount=Decimal("15000000.00"), reference="bank")
    for command in (pay, Reject(reason="wrong hours")):
        assert newest(execute(watched, command), E.EINVOICE_ANSWER).state is EffectState.SKIPPED


def test_the_newest_hundred_requests_are_remembered() -> None:
    invoice = new_invoice()
    first = edit(invoice, payment_days=0).model_copy(update={"idempotency_key": "edit:0"})
    invoice = execute(invoice, first)
    for n in range(1, 100):
        invoice = execute(invoice, edit(invoice, payment_days=n).model_copy(update={"idempotency_key": f"edit:{n}"}))
    assert execute(invoice, first) is invoice


def test_a_hold_is_shown_and_ends_by_release() -> None:
    held = execute(approved(), Hold(by="boss", reason="client called"))
    with pytest.raises(Refused, match="already on hold"):
        check(held, Hold(reason="again"), NOW)
    with pytest.raises(Refused, match="release it first"):
        check(execute(new_invoice(), Hold(by="boss", reason="wait")), Finalize(), NOW)
    assert execute(held, Release(by="boss")).held is None


def test_continue_as_new_waits_for_effects_but_not_for_watches() -> None:
    invoice = approved().model_copy(update={"journal": ()})
    assert not may_continue_as_new(invoice)
    created = completed(execute(approved(), Deliver(by="boss")), E.EINVOICE, vendor_id="act-1")
    for name in (E.ARCHIVE, E.ACCOUNTING, E.NOTICE):
        created = completed(created, name)
    assert not may_continue_as_new(created)  # its events are not saved yet
    assert may_continue_as_new(created.model_copy(update={"journal": ()}))


def test_the_workflow_ends_when_nothing_is_open_blocked_or_unsaved() -> None:
    discarded = execute(new_invoice(), Discard(by="amina"))
    assert not has_finished(discarded)
    assert has_finished(discarded.model_copy(update={"journal": ()}))
    voided = execute(approved(), Void(by="boss", reason="wrong client")).model_copy(update={"journal": ()})
    assert not has_finished(voided)
    undone = completed(voided, E.ACCOUNTING_REVERSAL)
    assert not has_finished(undone.model_copy(update={"journal": ()}))  # its document is still to be archived
    assert has_finished(completed(undone, E.ARCHIVE).model_copy(update={"journal": ()}))
