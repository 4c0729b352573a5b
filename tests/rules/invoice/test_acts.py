"""The act in Didox: what its status means, what an invoice knows of it, and when it is looked at."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.invoice.acts.act import ActChange, ActState, SeenAct, read_answer, read_later, read_signature
from models.invoice.acts.looks import Look, is_left_out, next_first_look, own_look
from models.invoice.acts.recording import MOST_CHECKS, is_news, known_act, record_change
from models.invoice.acts.sweep import ActPage, ActSweepReport, act_sweep_summary, first_day
from models.invoice.effects import EffectName, EffectState, Receipt
from models.invoice.errors import InvalidChange
from models.invoice.event_handlers import apply_event
from models.invoice.events import ActSeen, EffectCompleted
from models.invoice.invoice import Invoice
from models.invoice.revision import enqueue_effect, next_revision, update_effect
from models.invoice.status import Status
from tests.fixtures.invoices import new_invoice

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ID = "0a" * 16
SIGNATURE, ANSWER, CHECK = EffectName.EINVOICE_SIGNATURE, EffectName.EINVOICE_ANSWER, EffectName.EINVOICE_CHECK
P, D, F = EffectState.PENDING, EffectState.DONE, EffectState.FAILED


def seen(status: int, comment: str | None = None) -> SeenAct:
    return SeenAct(document_id=ID, number="ACT-1", status=status, comment=comment)


@pytest.mark.parametrize(
    ("status", "signature", "answer", "later"),
    [
        (0, P, P, D),
        (1, D, P, D),
        (2, D, P, D),
        (3, D, D, D),
        (4, D, D, F),
        (5, F, F, F),
        (6, D, P, D),
        (40, F, F, F),
        (50, F, F, F),
        (55, F, F, F),
        (60, D, P, D),
        (5555, F, F, F),
        (777, D, P, D),
    ],
)
def test_each_status_ends_a_wait_or_does_not(
    status: int, signature: EffectState, answer: EffectState, later: EffectState
) -> None:
    receipts = [read(seen(status, "why")) for read in (read_signature, read_answer, read_later)]
    assert [receipt.state for receipt in receipts] == [signature, answer, later]
    assert {(receipt.details["status"], receipt.details["comment"]) for receipt in receipts} == {(str(status), "why")}


def test_a_comment_is_kept_on_one_line_and_bounded() -> None:
    receipt = read_answer(seen(4, "a\0b\n\n" + "c" * 2000))
    assert receipt.details["comment"].startswith("ab c")
    assert len(receipt.details["comment"]) == 1000


def test_the_first_looks_come_in_three_minutes() -> None:
    ages, age = [], timedelta(0)
    while (pause := next_first_look(age)) is not None:
        ages.append(age.total_seconds())
        age += pause
    assert [*ages, age.total_seconds()] == [0, 2, 6, 18, 54, 162]


@pytest.mark.parametrize(("days", "look"), [(1, Look.DAILY), (6, Look.DAILY), (7, Look.WEEKLY), (14, Look.WEEKLY)])
def test_the_own_look(days: int, look: Look) -> None:
    assert own_look(NOW, NOW + timedelta(days=days, minutes=5)) is look


def test_a_daily_look_is_left_out_while_the_sweep_works() -> None:
    hour = timedelta(hours=1)
    assert is_left_out(Look.DAILY, NOW - 2 * hour, NOW)
    assert not is_left_out(Look.DAILY, NOW - 3 * hour, NOW)
    assert not is_left_out(Look.DAILY, None, NOW)
    assert not is_left_out(Look.WEEKLY, NOW, NOW)
    assert not is_left_out(None, NOW, NOW)


def delivered() -> Invoice:
    """An approved invoice whose act waits for our signature."""
    invoice = new_invoice().model_copy(update={"status": Status.APPROVED})
    einvoice = enqueue_effect(invoice, NOW, EffectName.EINVOICE)
    invoice = next_revision(invoice, NOW, "deliver", effects=(*invoice.effects, einvoice))
    return completed(invoice, EffectName.EINVOICE, Receipt(vendor_id=ID))


def completed(invoice: Invoice, name: EffectName, receipt: Receipt) -> Invoice:
    effect = invoice.latest_effect(name)
    assert effect is not None
    return apply_event(invoice, EffectCompleted(key=effect.key, receipt=receipt), NOW)


def sent() -> Invoice:
    return completed(delivered(), SIGNATURE, read_signature(seen(1)))


def accepted() -> Invoice:
    return completed(sent(), ANSWER, read_answer(seen(3)))


def status_of(invoice: Invoice) -> int | None:
    act = known_act(invoice)
    return act.status if act else None


def test_the_status_follows_the_receipts() -> None:
    assert status_of(new_invoice()) is None
    assert [status_of(invoice) for invoice in (delivered(), sent(), accepted())] == [0, 1, 3]
    refused = completed(sent(), ANSWER, read_answer(seen(4, "wrong sum")))
    assert refused.act == ActState(document_id=ID, status=4, comment="wrong sum", at=NOW)
    assert refused.rejected is not None
    assert refused.rejected.reason == "wrong sum"


@pytest.mark.parametrize(("made", "status"), [(delivered, 0), (sent, 1), (accepted, 3)])
def test_the_effects_of_an_earlier_release_tell_the_status(made: object, status: int) -> None:
    assert callable(made)
    before = made().model_copy(update={"act": None})
    assert status_of(before) == status


def test_an_invoice_without_an_act_is_written_as_before() -> None:
    assert "act" not in new_invoice().model_dump(mode="json")
    assert Invoice.model_validate(sent().model_dump(mode="json")).act == sent().act


@pytest.mark.parametrize("status", ["", "signed", "-1", "²", "1.0"])
def test_a_receipt_that_a_person_typed_tells_no_status(status: str) -> None:
    invoice = completed(delivered(), SIGNATURE, Receipt(vendor_id=ID, details={"status": status}))
    assert (invoice.status, status_of(invoice)) == (Status.SENT, 0)


def test_a_deleted_act_is_no_longer_known() -> None:
    invoice = delivered()
    cancel = enqueue_effect(invoice, NOW, EffectName.EINVOICE_CANCEL, reverses="x")
    invoice = next_revision(invoice, NOW, "reopen", effects=(*invoice.effects, cancel))
    assert completed(invoice, EffectName.EINVOICE_CANCEL, Receipt(vendor_id=ID)).act is None


def test_an_act_that_was_ended_blocks_the_invoice_and_says_why() -> None:
    invoice = completed(sent(), ANSWER, read_answer(seen(50, "wrong TIN")))
    [blocked] = invoice.blocked
    assert (blocked.name, blocked.state, invoice.status) == (ANSWER, F, Status.SENT)
    assert blocked.error is not None
    assert blocked.error.startswith("Act ACT-1 was annulled by the tax office in Didox (status 50: wrong TIN); ")
    assert invoice.act == ActState(document_id=ID, status=50, comment="wrong TIN", at=NOW)


def test_a_look_that_ends_no_wait_records_a_new_status_once() -> None:
    invoice = sent()
    answer = invoice.latest_effect(ANSWER)
    assert answer is not None
    later = NOW + timedelta(days=1)
    first = apply_event(invoice, ActSeen(key=answer.key, receipt=read_answer(seen(60))), NOW)
    assert (first.revision, first.act and first.act.status) == (invoice.revision + 1, 60)
    assert apply_event(first, ActSeen(key=answer.key, receipt=read_answer(seen(60))), later) is first
    left_out = Receipt(state=EffectState.PENDING, note="A sweep has looked at all acts.")
    assert apply_event(first, ActSeen(key=answer.key, receipt=left_out), later) is first
    assert apply_event(invoice, ActSeen(key=answer.key, receipt=read_answer(seen(1))), later) is invoice


@pytest.mark.parametrize(
    ("status", "listed", "news"),
    [
        (Status.ACCEPTED, 50, True),
        (Status.PAID, 40, True),
        (Status.CLOSED, 5555, True),
        (Status.ACCEPTED, 3, False),
        (Status.VOID, 5, False),
        (Status.DRAFT, 55, False),
        (Status.REJECTED, 4, False),
    ],
)
def test_news(status: Status, listed: int, news: bool) -> None:
    invoice = accepted().model_copy(update={"status": status})
    assert is_news(invoice, ID.upper(), listed) is news
    assert not is_news(invoice, "0b" * 16, listed)


def test_a_report_lets_an_answered_invoice_look() -> None:
    invoice = record_change(accepted(), ActChange(document_id=ID.upper(), report="r1"), NOW)
    check = invoice.latest_effect(CHECK)
    assert check is not None
    assert (check.argument, check.is_open) == ({"document_id": ID, "report": "r1"}, True)
    annulled = completed(invoice, CHECK, read_later(seen(50)))
    assert (annulled.status, annulled.act and annulled.act.status) == (Status.ACCEPTED, 50)
    assert [effect.name for effect in annulled.blocked] == [CHECK]


def test_a_report_that_is_repeated_or_comes_during_a_look_changes_nothing() -> None:
    one = ActChange(document_id=ID, report="r1")
    waiting = sent()
    assert record_change(waiting, one, NOW) is waiting
    invoice = record_change(accepted(), one, NOW)
    check = invoice.latest_effect(CHECK)
    assert check is not None
    assert record_change(invoice, ActChange(document_id=ID, report="r2"), NOW) is invoice
    done = completed(invoice, CHECK, read_later(seen(3)))
    assert record_change(done, one, NOW) is done


def test_reports_have_a_limit() -> None:
    invoice = accepted()
    for n in range(MOST_CHECKS + 3):
        invoice = record_change(invoice, ActChange(document_id=ID, report=f"r{n}"), NOW)
        effects = tuple(invoice.effects)
        for effect in invoice.open_effects:
            effects = update_effect(effects, effect.key, state=D)
        invoice = invoice.model_copy(update={"effects": effects})
    assert sum(effect.name is CHECK for effect in invoice.effects) == MOST_CHECKS
    assert len(invoice.notes) == 1


@pytest.mark.parametrize("invoice", [new_invoice(), accepted()], ids=["without an act", "with another act"])
def test_a_report_about_another_act_is_refused(invoice: Invoice) -> None:
    with pytest.raises(InvalidChange, match="no act of this invoice"):
        record_change(invoice, ActChange(document_id="0b" * 16, report="r"), NOW)


def test_the_days_of_a_sweep_are_those_of_tashkent() -> None:
    late = datetime(2026, 3, 10, 20, tzinfo=UTC)  # 11 March, 01:00 in Tashkent
    assert first_day(late, late) == date(2026, 3, 10)
    assert first_day(None, late) == date(2026, 1, 10)  # 11 March minus 60 days: 11 days, 28 of February, 21 of January


def test_a_report_goes_through_all_types() -> None:
    since = date(2026, 3, 9)
    report = ActSweepReport()
    report = report.with_page(ActPage(since=since, listed=100, unknown=4, is_last=False), told=3, continued=1)
    assert (report.types, report.page, report.since) == (("005", "000"), 2, since)
    report = report.with_page(ActPage(since=since, listed=7), told=0, continued=0)
    assert (report.types, report.page, report.is_complete) == (("000",), 1, False)
    report = report.with_page(ActPage(since=since), told=0, continued=0)
    assert report.is_complete
    assert (report.requests, report.listed, report.unknown, report.told, report.continued) == (3, 107, 4, 3, 1)
    assert "107 documents" in act_sweep_summary(report)


def test_a_sweep_without_didox_is_complete_and_says_why() -> None:
    report = ActSweepReport().with_page(ActPage(since=date(2026, 3, 9), note="off"), told=0, continued=0)
    assert (report.is_complete, report.requests, act_sweep_summary(report)) == (True, 0, "off")
