"""The commands: finalize, review, back to draft, delivery, and the upload to a partner's portal."""

from datetime import date, timedelta
from typing import Any

import pytest

from models.contracts.contract import DealType
from models.invoice.commands import (
    Accept,
    Approve,
    Decline,
    Deliver,
    Discard,
    Finalize,
    MarkUploaded,
    Regenerate,
    Reject,
    Reopen,
    Undo,
    Void,
)
from models.invoice.effects import EffectName, EffectState
from models.invoice.errors import InvalidChange, Refused, StaleReview
from models.invoice.event_handlers import apply_event
from models.invoice.events import EffectFailed, Numbered, Redrafted
from models.invoice.invoice import Invoice, Number
from models.invoice.preconditions import check
from models.invoice.status import Kind, Status
from tests.fixtures.invoices import (
    ISSUED_ON,
    NOW,
    approve,
    approved,
    completed,
    contract,
    drafted,
    edit,
    execute,
    new_invoice,
    newest,
    numbered,
    partner_rejection,
    reviewable,
    terms,
)

E, S = EffectName, Status


def open_effect_names(invoice: Invoice) -> list[EffectName]:
    return [effect.name for effect in invoice.open_effects]


# Finalize and review


def test_finalize_enqueues_a_number_and_other_commands_are_refused_meanwhile() -> None:
    invoice = execute(new_invoice(), Finalize(by="amina"))
    assert (invoice.status, open_effect_names(invoice)) == (S.DRAFT, [E.NUMBER])
    for command in (edit(invoice, payment_days=1), Finalize(), Regenerate(), Discard()):
        with pytest.raises(Refused, match="being fetched"):
            check(invoice, command, NOW)


def test_the_number_freezes_the_content_under_a_digest() -> None:
    invoice = reviewable()
    assert (invoice.status, invoice.display_number) == (S.NEEDS_REVIEW, "ACT-7")
    assert invoice.due == date(2026, 4, 15)  # 1 March + 45 days
    other = reviewable(new_invoice(drafted(invoice_date=ISSUED_ON + timedelta(days=1))))
    assert other.digest != invoice.digest


def test_a_refused_number_leaves_a_draft_with_the_reason() -> None:
    requested = execute(new_invoice(), Finalize(by="amina"))
    failed = EffectFailed(
        key=newest(requested, E.NUMBER).key, code="NumberingRefused", message="The series ACT is closed."
    )
    invoice = apply_event(requested, failed, NOW)
    assert (invoice.status, invoice.number, invoice.finalized, invoice.blocked) == (S.DRAFT, None, None, ())
    assert "The series ACT is closed." in invoice.notes[-1].text
    execute(invoice, edit(invoice, payment_days=30))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (drafted(contract(())), "nothing to invoice"),
        (drafted(contract((), DealType.FP, company_name=" ")), "no name"),
    ],
)
def test_an_invoice_without_an_amount_or_a_customer_is_not_issued(content: Any, why: str) -> None:
    with pytest.raises(Refused, match=why):
        check(new_invoice(content), Finalize(), NOW)


def test_an_approval_names_the_document_that_was_reviewed() -> None:
    invoice = reviewable()
    with pytest.raises(StaleReview):
        check(invoice, Approve(digest="0" * 64), NOW)
    assert open_effect_names(execute(invoice, approve(invoice))) == [E.ARCHIVE, E.ACCOUNTING, E.NOTICE]


def test_a_document_that_is_not_rendered_cannot_be_approved() -> None:
    invoice = reviewable().model_copy(update={"document": None})
    with pytest.raises(Refused, match="still being rendered"):
        check(invoice, approve(invoice), NOW)


def test_the_notice_is_sent_only_if_an_address_is_set() -> None:
    quiet = terms(issuer={"party": {"name": "ProximaOps"}})
    assert open_effect_names(approved(new_invoice(drafted(agreed=quiet)))) == [E.ARCHIVE, E.ACCOUNTING]


def test_a_decline_cancels_the_rendering() -> None:
    requested = execute(new_invoice(), Finalize(by="amina"))
    number = Number(series="ACT", seq=7, display="ACT-7")
    waiting = apply_event(requested, Numbered(key=newest(requested, E.NUMBER).key, number=number), NOW)
    assert open_effect_names(waiting) == [E.DOCUMENT]
    declined = execute(waiting, Decline(by="boss", reason="wrong month"))
    assert (declined.status, open_effect_names(declined)) == (S.DECLINED, [])
    assert declined.declined is not None
    assert declined.declined.reason == "wrong month"


# Back to draft


def test_reopen_keeps_the_number_and_compensates_the_approval() -> None:
    invoice = approved()
    invoice = completed(invoice, E.ACCOUNTING, vendor_id="shipment-9")
    invoice = completed(invoice, E.ARCHIVE, details={"key": "a.pdf", "etag": "e1"})
    draft = execute(invoice, Reopen(by="boss"))
    assert (draft.status, draft.display_number, draft.digest) == (S.DRAFT, "ACT-7", None)
    assert newest(draft, E.NOTICE).state is EffectState.SKIPPED
    assert open_effect_names(draft) == [E.ACCOUNTING_REVERSAL, E.ARCHIVE_KEEP]
    assert newest(draft, E.ACCOUNTING_REVERSAL).argument["vendor_id"] == "shipment-9"
    assert newest(draft, E.ARCHIVE_KEEP).argument["copy"] == "1"


def test_a_posting_with_an_unknown_outcome_is_reversed() -> None:
    draft = execute(approved(), Reopen(by="boss"))
    assert newest(draft, E.ACCOUNTING).state is EffectState.SKIPPED
    assert newest(draft, E.ACCOUNTING_REVERSAL).argument["reverses"] == newest(draft, E.ACCOUNTING).key


def test_a_posting_is_reversed_once() -> None:
    draft = execute(approved(), Reopen(by="boss"))
    voided = execute(draft, Void(by="boss", reason="wrong client"))
    assert [e.name for e in voided.effects].count(E.ACCOUNTING_REVERSAL) == 1
    again = execute(
        numbered(execute(draft, Finalize(by="amina"))), Decline(by="boss", reason="no good"), Reopen(by="boss")
    )
    assert [e.name for e in again.effects].count(E.ACCOUNTING_REVERSAL) == 1


def test_each_approval_has_its_own_reversal_and_its_own_kept_copy() -> None:
    first = execute(approved(), Reopen(by="boss"))
    second = execute(approved(first), Reopen(by="boss"))
    reversals = [e for e in second.effects if e.name is E.ACCOUNTING_REVERSAL]
    postings = [e for e in second.effects if e.name is E.ACCOUNTING]
    assert [e.argument["reverses"] for e in reversals] == [e.key for e in postings]
    assert [e.argument["copy"] for e in second.effects if e.name is E.ARCHIVE_KEEP] == ["1", "2"]
    assert len({e.key for e in second.effects}) == len(second.effects)


def test_a_rejected_service_invoice_cancels_its_act_when_it_is_reopened() -> None:
    waiting = execute(approved(), Deliver(by="boss"))
    act = completed(waiting, E.EINVOICE, vendor_id="act-1")
    rejected = execute(completed(act, E.EINVOICE_SIGNATURE), Reject(by="client", reason="wrong hours"))
    draft = execute(rejected, Reopen(by="boss"))
    assert E.EINVOICE_CANCEL in open_effect_names(draft)


def test_regenerate_keeps_the_date_and_the_series_of_the_number() -> None:
    declined = execute(reviewable(), Decline(by="boss", reason="wrong hours"))
    requested = execute(declined, Regenerate(by="amina"))
    assert (requested.status, open_effect_names(requested)) == (S.DRAFT, [E.REDRAFT])
    recomputed = drafted(contract((), DealType.FP), terms(series="OTHER"), invoice_date=date(2026, 3, 20))
    invoice = apply_event(requested, Redrafted(key=newest(requested, E.REDRAFT).key, content=recomputed), NOW)
    assert invoice.content.service.deal_type is DealType.FP
    assert (invoice.content.series, invoice.content.invoice_date) == ("ACT", ISSUED_ON)
    assert invoice.journal[-1].action == "redraft"


def test_regenerate_clears_the_html_override() -> None:
    draft = new_invoice()
    requested = execute(draft, edit(draft, html_override="<p>by hand</p>"), Regenerate(by="amina"))
    fetched = apply_event(requested, Redrafted(key=newest(requested, E.REDRAFT).key, content=drafted()), NOW)
    assert fetched.content.html_override is None
    with pytest.raises(Refused, match="no edit to undo"):
        check(fetched, Undo(expected_revision=fetched.revision), NOW)


def test_a_draft_with_a_number_is_voided_and_one_without_is_discarded() -> None:
    numbered_draft = execute(approved(), Reopen(by="boss"))
    with pytest.raises(Refused, match="ACT-7; void it"):
        check(numbered_draft, Discard(), NOW)
    voided = execute(numbered_draft, Void(by="boss", reason="not needed"))
    assert (voided.status, voided.display_number) == (S.VOID, "ACT-7")
    with pytest.raises(Refused, match="discard it instead"):
        check(new_invoice(), Void(reason="not needed"), NOW)
    assert execute(new_invoice(), Discard(by="amina")).status is S.DISCARDED


# Delivery


def test_an_invoice_is_sent_when_the_mail_server_has_accepted_it() -> None:
    out = execute(approved(), Deliver.model_validate({"channel": "email"}))
    assert out.status is S.APPROVED
    with pytest.raises(Refused, match=r"delivery .* in progress"):
        check(out, Deliver(), NOW)
    assert completed(out, E.EMAIL).status is S.SENT


@pytest.mark.parametrize(("answer", "status"), [("accepted", S.ACCEPTED), ("rejected", S.REJECTED)])
def test_an_act_is_sent_when_it_is_signed_and_then_answered(answer: str, status: Status) -> None:
    created = completed(execute(approved(), Deliver(by="boss")), E.EINVOICE, vendor_id="act-1")
    assert (created.status, newest(created, E.EINVOICE_SIGNATURE).argument) == (
        S.APPROVED,
        {"document_id": "act-1"},
    )
    signed = completed(created, E.EINVOICE_SIGNATURE)
    assert (signed.status, newest(signed, E.EINVOICE_ANSWER).argument) == (S.SENT, {"document_id": "act-1"})
    answered = completed(signed, E.EINVOICE_ANSWER, details={"answer": answer, "comment": "see the note"})
    assert answered.status is status
    mark = answered.accepted or answered.rejected
    assert mark is not None
    assert mark.reason == "see the note"


def test_an_accept_by_hand_ends_the_watch() -> None:
    created = completed(execute(approved(), Deliver(by="boss")), E.EINVOICE, vendor_id="act-1")
    accepted = execute(completed(created, E.EINVOICE_SIGNATURE), Accept(by="boss"))
    assert newest(accepted, E.EINVOICE_ANSWER).state is EffectState.SKIPPED
    late = completed(accepted, E.EINVOICE_ANSWER, details={"answer": "rejected"})
    assert (late.status, late.revision) == (S.ACCEPTED, accepted.revision)
    assert "after it was given up" in late.notes[-1].text


def test_delivery_needs_an_address() -> None:
    no_recipient = approved(new_invoice(drafted(contract((), DealType.FP, emails=(), tin=""))))
    with pytest.raises(InvalidChange, match="no e-mail address"):
        check(no_recipient, Deliver.model_validate({"channel": "email"}), NOW)
    with pytest.raises(InvalidChange, match="TIN"):
        check(no_recipient, Deliver(), NOW)


# Partners


def partner() -> Invoice:
    return approved(new_invoice(kind=Kind.PARTNER))


def test_the_payment_terms_start_on_the_local_day_of_the_upload() -> None:
    # 20:00 UTC on 10 March is 11 March in Tashkent; + 45 days = 25 April
    upload = MarkUploaded.model_validate({"uploaded_at": "2026-03-10T20:00:00Z", "portal_submission_id": "s-7"})
    invoice = execute(partner(), upload, now=upload.uploaded_at + timedelta(hours=1))
    assert (invoice.status, invoice.due) == (S.AWAITING_PAYMENT, date(2026, 4, 25))
    assert invoice.portal_submission_id == "s-7"
    assert [e.action for e in invoice.journal[-2:]] == ["mark_uploaded", "await_payment"]
    with pytest.raises(InvalidChange, match=r"uploaded_at: .* time zone"):
        check(partner(), MarkUploaded.model_validate({"uploaded_at": "2026-03-10T20:00:00"}), NOW)
    with pytest.raises(InvalidChange, match=r"uploaded_at: .* is in the future"):
        check(partner(), MarkUploaded(uploaded_at=NOW + timedelta(days=2)), NOW)


def test_a_partners_rejection_is_final_and_keeps_remarks_and_attachment() -> None:
    awaiting = execute(partner(), MarkUploaded(uploaded_at=NOW))
    rejected = execute(awaiting, partner_rejection())
    assert rejected.is_final
    assert rejected.rejection is not None
    assert rejected.journal[-1].details == {
        "remarks": "RM 75 is the rate of 2025",
        "attachment": "a" * 32,
        "code": "wrong_rate",
    }
