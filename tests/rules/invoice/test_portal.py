"""The invoice of orders at the partner: submissions, answers, rejection, payment, and what the orders learn."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.invoice.commands import (
    Discard,
    Finalize,
    MarkUploaded,
    RecordPayment,
    RecordPortalStatus,
    Reject,
    ReversePayment,
    Void,
    WriteOff,
)
from models.invoice.effects import EffectName, EffectState
from models.invoice.errors import InvalidChange
from models.invoice.event_handlers import apply_event, may_close
from models.invoice.events import Closed, ReviewSkipped
from models.invoice.invoice import Invoice
from models.invoice.payments.kinds import WriteOffKind
from models.invoice.portal.review import may_skip_review
from models.invoice.portal.submission import MOST_SUBMISSIONS, PortalStatus
from models.invoice.preconditions import check
from models.invoice.status import Kind, Status
from tests.fixtures.invoices import (
    NOW,
    approve,
    completed,
    execute,
    new_invoice,
    newest,
    numbered,
    partner_rejection,
    reviewable,
    utc,
)
from tests.fixtures.partner_invoices import partner_content, partner_terms

E, S = EffectName, Status


def draft(**settings: Any) -> Invoice:
    """The draft of one activation for TIME: RM 75."""
    invoice = new_invoice(kind=Kind.PARTNER)
    return invoice.model_copy(update={"content": partner_content(terms=partner_terms(**settings))})


def approved(**settings: Any) -> Invoice:
    shown = reviewable(draft(**settings))
    return execute(shown, approve(shown))


def upload(at: datetime = NOW, **fields: str) -> MarkUploaded:
    return MarkUploaded.model_validate({"by": "amina", "uploaded_at": at} | fields)


def pay(amount: str = "75.00") -> RecordPayment:
    return RecordPayment(
        payment_id=f"p-{amount}", paid_on=NOW.date(), amount=Decimal(amount), reference="MBB", bank_slip="b" * 32
    )


def owed(invoice: Invoice) -> list[EffectName]:
    return [effect.name for effect in invoice.open_effects]


# What the orders learn


def test_orders_are_invoiced_when_the_document_exists() -> None:
    finalized = execute(draft(), Finalize(by="amina"))
    assert E.ORDERS_INVOICED not in owed(finalized)
    assert E.ORDERS_INVOICED in owed(numbered(finalized))


def test_an_approval_posts_nothing_because_the_revenue_follows_the_payment() -> None:
    """The issuer of the fixture has no address for notices."""
    assert owed(approved()) == [E.ORDERS_INVOICED, E.ARCHIVE]


def test_a_payment_completes_the_orders_and_recognises_the_revenue_before_the_invoice_closes() -> None:
    part = execute(approved(), upload(), pay("70.00"))
    assert (part.status, part.balance) == (S.AWAITING_PAYMENT, Decimal(5))
    assert E.ORDERS_COMPLETED not in owed(part)
    paid = execute(part, pay("5.00"))
    assert paid.status is S.PAID
    assert {E.ORDERS_COMPLETED, E.REVENUE} <= set(owed(paid))
    for name in owed(paid):
        assert not may_close(paid)
        paid = completed(paid, name)
    assert apply_event(paid, Closed(), NOW).status is S.CLOSED


def test_an_over_payment_is_the_partners_credit() -> None:
    paid = execute(approved(), upload(), pay("80.00"))
    assert (paid.status, paid.credit) == (S.PAID, Decimal(5))


def test_a_rest_that_is_written_off_completes_the_orders_too() -> None:
    rest = execute(approved(), upload(), pay("74.90"))
    paid = execute(rest, WriteOff(by="boss", kind=WriteOffKind.FEE, reason="a fee of the bank"))
    assert {E.ORDERS_COMPLETED, E.REVENUE} <= set(owed(paid))


def test_a_payment_that_is_taken_back_takes_the_revenue_back() -> None:
    paid = execute(approved(), upload(), pay())
    done = completed(completed(paid, E.ORDERS_COMPLETED), E.REVENUE)
    open_again = execute(done, ReversePayment(by="boss", payment_id="p-75.00", reason="another partner's"))
    assert open_again.status is S.AWAITING_PAYMENT
    assert {E.ORDERS_SUBMITTED, E.REVENUE_REVERSAL} <= set(owed(open_again))


def test_the_revenue_is_posted_in_planfact_by_the_partners_setting_and_taken_back_with_the_payment() -> None:
    paid = execute(approved(recognise_revenue_in_planfact=True), upload(), pay())
    assert newest(paid, E.ACCOUNTING).argument == {"recognised_on": str(NOW.date())}
    posted = completed(paid, E.ACCOUNTING, vendor_id="5")
    taken_back = execute(posted, ReversePayment(by="boss", payment_id="p-75.00", reason="another partner's"))
    reversal = newest(taken_back, E.ACCOUNTING_REVERSAL)
    assert reversal.argument == {"reverses": newest(paid, E.ACCOUNTING).key, "vendor_id": "5"}
    again = execute(completed(taken_back, E.ACCOUNTING_REVERSAL), pay().model_copy(update={"payment_id": "p-2"}))
    assert newest(again, E.ACCOUNTING).key != newest(paid, E.ACCOUNTING).key


@pytest.mark.parametrize("end", ["discard", "void", "reject"])
def test_an_invoice_that_ends_without_money_gives_its_orders_back_once(end: str) -> None:
    ended = {
        "discard": lambda: execute(draft(), Discard(by="amina")),
        "void": lambda: execute(approved(), upload(), Void(by="boss", reason="billed to the wrong partner")),
        "reject": lambda: execute(approved(), upload(), partner_rejection()),
    }[end]()
    assert owed(ended).count(E.ORDERS_RETURNED) == 1
    untold = [each for each in ended.effects if each.name in (E.ORDERS_INVOICED, E.ORDERS_SUBMITTED)]
    assert {each.state for each in untold} <= {EffectState.SKIPPED}


# The portal


def test_a_second_upload_is_a_row_of_its_own_and_the_payment_days_start_anew() -> None:
    """10 March + 45 days is 24 April; 20 March + 45 days is 4 May."""
    now = utc("2026-03-20T05:00")
    first = execute(approved(), upload(utc("2026-03-10T04:00"), portal_submission_id="SUBM-1"), now=now)
    again = execute(first, upload(utc("2026-03-20T04:00"), portal_submission_id="SUBM-2", remarks="unit"), now=now)
    assert (first.due, again.due) == (date(2026, 4, 24), date(2026, 5, 4))
    assert [(each.submission_id, each.status) for each in again.submissions] == [
        ("SUBM-1", PortalStatus.SUBMITTED),
        ("SUBM-2", PortalStatus.SUBMITTED),
    ]
    assert (again.number, again.portal_submission_id) == (first.number, "SUBM-2")
    with pytest.raises(InvalidChange, match="uploaded_at: the upload before"):
        check(again, upload(utc("2026-03-20T04:00")), now)


def test_an_answer_of_the_portal_is_kept_beside_the_submission() -> None:
    invoice = execute(approved(), upload(portal_submission_id="SUBM-1"))
    seen = execute(invoice, RecordPortalStatus(by="amina", portal_status=PortalStatus.REJECTED, remarks="wrong unit"))
    assert (seen.status, seen.due) == (S.AWAITING_PAYMENT, invoice.due)
    assert [each.status for each in seen.submissions] == [PortalStatus.SUBMITTED, PortalStatus.REJECTED]
    assert seen.submissions[-1].submission_id == "SUBM-1"


def test_the_history_of_submissions_is_bounded() -> None:
    invoice = execute(approved(), upload())
    full = invoice.model_copy(update={"submissions": invoice.submissions * MOST_SUBMISSIONS})
    for command in (upload(NOW + timedelta(minutes=1)), RecordPortalStatus(portal_status=PortalStatus.ACCEPTED)):
        with pytest.raises(InvalidChange, match=str(MOST_SUBMISSIONS)):
            check(full, command, NOW + timedelta(hours=1))


def test_a_partner_may_ask_for_the_id_of_the_submission() -> None:
    strict = approved(needs_submission_id=True)
    with pytest.raises(InvalidChange, match=r"portal_submission_id: TIME dotCom Berhad"):
        check(strict, upload(), NOW)
    check(strict, upload(portal_submission_id="SUBM-1"), NOW)


@pytest.mark.parametrize("left_out", ["code", "remarks", "attachment"])
def test_a_partners_rejection_needs_code_remarks_and_attachment(left_out: str) -> None:
    invoice = execute(approved(), upload())
    fields = partner_rejection().model_dump(exclude={left_out})
    with pytest.raises(InvalidChange, match=f"^{left_out}: "):
        check(invoice, Reject.model_validate(fields), NOW)


def test_a_partners_payment_needs_its_bank_slip() -> None:
    invoice = execute(approved(), upload())
    without = pay().model_copy(update={"bank_slip": None})
    with pytest.raises(InvalidChange, match=r"^bank_slip: "):
        check(invoice, without, NOW)
    check(invoice, pay(), NOW)


# Review


def test_a_partner_without_review_is_approved_when_the_document_exists() -> None:
    finalized = execute(draft(needs_review=False), Finalize(by="amina"))
    assert not may_skip_review(finalized)
    shown = numbered(finalized)
    assert may_skip_review(shown)
    skipped = apply_event(shown, ReviewSkipped(), NOW)
    assert (skipped.status, skipped.journal[-1].action, skipped.journal[-1].by) == (S.APPROVED, "approve", "aktum")
    assert newest(skipped, E.ARCHIVE).is_open
    assert not may_skip_review(reviewable(draft()))


# Due dates: day of the upload in Kuala Lumpur (UTC+8) plus 45 days


@pytest.mark.parametrize(
    ("uploaded", "due"),
    [
        ("2026-01-01T00:00", date(2026, 2, 15)),
        ("2026-01-01T15:59:59", date(2026, 2, 15)),  # 23:59:59 in Kuala Lumpur
        ("2026-01-01T16:00", date(2026, 2, 16)),  # midnight in Kuala Lumpur
        ("2025-12-31T15:59", date(2026, 2, 14)),
        ("2025-12-31T16:00", date(2026, 2, 15)),
        ("2026-01-31T04:00", date(2026, 3, 17)),  # 28 days of February between
        ("2026-02-28T04:00", date(2026, 4, 14)),
        ("2026-02-28T16:30", date(2026, 4, 15)),
        ("2024-01-15T04:00", date(2024, 2, 29)),
        ("2024-01-16T04:00", date(2024, 3, 1)),
        ("2024-02-29T04:00", date(2024, 4, 14)),
        ("2024-02-28T16:00", date(2024, 4, 14)),
        ("2023-01-15T04:00", date(2023, 3, 1)),  # no 29 February
        ("2000-01-15T04:00", date(2000, 2, 29)),
        ("2026-04-15T04:00", date(2026, 5, 30)),
        ("2026-04-16T04:00", date(2026, 5, 31)),
        ("2026-04-17T04:00", date(2026, 6, 1)),
        ("2026-06-16T04:00", date(2026, 7, 31)),
        ("2026-10-25T00:30", date(2026, 12, 9)),  # the last day of summer time in Europe
        ("2026-11-16T04:00", date(2026, 12, 31)),
        ("2026-11-17T04:00", date(2027, 1, 1)),
        ("2026-11-16T16:00", date(2027, 1, 1)),
    ],
)
def test_the_due_date_is_45_days_after_the_day_of_the_upload(uploaded: str, due: date) -> None:
    at = utc(uploaded)
    assert execute(approved(), upload(at), now=at + timedelta(hours=1)).due == due
