"""Which recorded events are told, what a notice says, and its short id."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from models.invoice.commands import Decline, Hold, Reject, Void
from models.invoice.effects import EffectName
from models.invoice.event_handlers import apply_event
from models.invoice.events import EffectFailed, TimerFired
from models.invoice.invoice import Invoice
from models.notifications.notice import LONGEST_TEXT, Notice, NoticeKind, Topic, notice_of, short_id
from tests.fixtures import invoices
from tests.fixtures.invoices import NOW, approved, completed, execute, payment, reviewable, sent, signed, utc
from tests.rules.events.test_event_types import recorded


def notices(invoice: Invoice) -> list[Notice]:
    found = (notice_of(recorded(invoice, event)) for event in invoice.journal)
    return [notice for notice in found if notice]


def last(invoice: Invoice) -> Notice:
    return notices(invoice)[-1]


def failed(message: str = "PlanFact refused: no deal") -> Invoice:
    invoice = approved()
    effect = invoices.newest(invoice, EffectName.ACCOUNTING)
    return apply_event(invoice, EffectFailed(key=effect.key, code="VendorRefused", message=message), NOW)


def refused_in_didox() -> Invoice:
    answer = {"answer": "rejected", "comment": "wrong\n hours"}
    return completed(signed(), EffectName.EINVOICE_ANSWER, details=answer)


@pytest.mark.parametrize(
    ("made", "kind", "topic"),
    [
        (approved, NoticeKind.APPROVED, Topic.APPROVALS),
        (lambda: execute(reviewable(), Decline(by="boss", reason="rate")), NoticeKind.DECLINED, Topic.APPROVALS),
        (lambda: execute(sent(), Reject(by="anna", reason="hours")), NoticeKind.REJECTED, Topic.PROBLEMS),
        (refused_in_didox, NoticeKind.REJECTED, Topic.PROBLEMS),
        (failed, NoticeKind.BLOCKED, Topic.PROBLEMS),
        (lambda: apply_event(sent(), TimerFired(), utc("2027-01-01T00:00:00Z")), NoticeKind.OVERDUE, Topic.PAYMENTS),
        (lambda: execute(sent(), payment(Decimal("1.00"))), NoticeKind.PAYMENT, Topic.PAYMENTS),
    ],
)
def test_what_is_told_and_where(made: Callable[[], Invoice], kind: NoticeKind, topic: Topic) -> None:
    invoice = made()
    notice = last(invoice)
    assert (notice.kind, notice.topic) == (kind, topic)
    assert notice.key == f"{invoice.id}:{invoice.revision}:telegram:{topic}"
    assert (notice.number, notice.client, notice.currency) == (
        invoice.display_number,
        invoice.content.customer.name,
        invoice.content.currency,
    )


@pytest.mark.parametrize(
    "made",
    [
        reviewable,
        lambda: execute(approved(), Hold(by="boss", reason="dispute")),
        lambda: execute(sent(), Void(by="boss", reason="wrong client")),
        lambda: completed(approved(), EffectName.ARCHIVE),
    ],
)
def test_what_is_not_told(made: Callable[[], Invoice]) -> None:
    invoice = made()
    assert notice_of(recorded(invoice, invoice.journal[-1])) is None


def test_the_final_payment_is_told_once_with_its_own_amount() -> None:
    whole = sent()
    paid = execute(whole, payment(whole.balance))
    told = [notice for notice in notices(paid) if notice.kind is NoticeKind.PAYMENT]
    assert [(notice.amount, notice.balance) for notice in told] == [(whole.total, Decimal("0.00"))]


def test_an_overdue_invoice_tells_what_is_left() -> None:
    whole = sent()
    part = execute(whole, payment(Decimal("1000.00")))
    late = apply_event(part, TimerFired(), utc("2027-01-01T00:00:00Z"))
    assert last(late).amount == whole.total - Decimal("1000.00")


def test_who_did_it_and_why() -> None:
    declined = last(execute(reviewable(), Decline(by="boss", reason="rate")))
    assert (declined.by, declined.reason) == ("boss", "rate")
    in_didox = last(refused_in_didox())
    assert (in_didox.by, in_didox.reason) == (None, "wrong hours")  # in one line
    blocked = last(failed())
    assert (blocked.by, blocked.effect, blocked.reason) == (None, "accounting", "PlanFact refused: no deal")


def test_texts_are_bounded_and_hide_nothing() -> None:
    said = last(failed(f"a\u202eb\n{'x' * 5000}")).reason
    assert said is not None
    assert len(said) == LONGEST_TEXT
    assert said.startswith("ab x")


def test_a_short_id_is_the_same_for_one_event_and_another_for_others() -> None:
    ids = {short_id(f"{invoice}:{revision}") for invoice in range(20) for revision in range(20)}
    assert len(ids) == 400
    assert short_id("1:1") == short_id("1:1")
    # Telegram links a hashtag only if it is no number. Vowels could make words, 0 and 1 look like letters.
    assert all(re.fullmatch(r"#[BCDFGHJKLMNPQRSTVWXZ][BCDFGHJKLMNPQRSTVWXZ2-9]{5}", each) for each in ids)
