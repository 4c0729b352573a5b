"""The public events of an invoice's life: which recorded action has which, and what each says."""

from datetime import date
from decimal import Decimal

import pytest

from models.audit.hash_chain import GENESIS, Event, append_event
from models.events.event_types import MEANINGS, QUOTE_RULES, RULES, EventType, event_types
from models.events.payloads import (
    DATA,
    InvoiceData,
    InvoiceSummary,
    PaymentData,
    RecordedEvent,
    event_id,
    public_events,
)
from models.invoice.commands import Decline, Hold, Release, ReversePayment, Void, WriteOff
from models.invoice.effects import EffectName
from models.invoice.event_handlers import apply_event
from models.invoice.events import Closed, EffectFailed, TimerFired
from models.invoice.invoice import Invoice
from models.invoice.payments.kinds import WriteOffKind
from models.invoice.status import Status
from tests.fixtures import invoices
from tests.fixtures.invoices import NOW, approved, execute, payment, reviewable, sent, utc


def summary(invoice: Invoice) -> InvoiceSummary:
    period = invoice.content.period
    return InvoiceSummary(
        id=invoice.id,
        revision=invoice.revision,
        kind=invoice.kind,
        status=invoice.status,
        number=invoice.display_number,
        customer_key=invoice.content.customer_key,
        customer_name=invoice.content.customer.name,
        period_start=period.start,
        period_end=period.end,
        invoice_date=invoice.content.invoice_date,
        due_date=invoice.due,
        currency=invoice.content.currency,
        total_amount=invoice.total,
        paid_amount=invoice.paid,
        balance=invoice.balance,
        overdue=invoice.overdue,
        held=invoice.held is not None,
        blocked=bool(invoice.blocked),
    )


def recorded(invoice: Invoice, event: Event) -> RecordedEvent:
    return RecordedEvent(
        position=event.seq,
        entry=event.seq,
        event=event,
        invoice=summary(invoice),
        has_document=invoice.number is not None,
    )


def types_of(invoice: Invoice, last: int | None = None) -> list[str]:
    """Return the public events of the invoice's whole life, or of its last recorded events."""
    journal = invoice.journal[-last:] if last else invoice.journal
    return [public.type.value for event in journal for public in public_events(recorded(invoice, event))]


def test_a_service_invoice_from_draft_to_paid_and_closed() -> None:
    whole = sent()
    paid = execute(whole, payment(whole.balance))
    closed = apply_event(paid, Closed(), NOW)
    assert types_of(closed) == [
        "invoice.created",
        "invoice.finalized",
        "invoice.approved",
        "invoice.sent",
        "invoice.accepted",
        "invoice.payment_recorded",
        "invoice.paid",
        "invoice.closed",
    ]


def test_a_part_payment_does_not_make_the_invoice_paid_and_a_reversal_sends_nothing_again() -> None:
    whole = sent()
    part = execute(whole, payment(Decimal("1.00")))
    assert types_of(part, last=1) == ["invoice.payment_recorded"]
    full = execute(whole, payment(whole.balance))
    back = execute(full, ReversePayment(by="boss", payment_id=full.payments[0].payment_id, reason="of another client"))
    assert back.status is Status.SENT
    assert types_of(back, last=1) == ["invoice.payment_reversed"]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: execute(reviewable(), Decline(by="boss", reason="rate")), ["invoice.declined"]),
        (lambda: execute(approved(), Hold(by="boss", reason="dispute")), ["invoice.held"]),
        (lambda: execute(approved(), Hold(by="boss", reason="dispute"), Release(by="boss")), ["invoice.released"]),
        (lambda: execute(sent(), Void(by="boss", reason="wrong client")), ["invoice.voided"]),
        (
            lambda: execute(sent(), WriteOff(by="boss", kind=WriteOffKind.FEE, reason="bank fee")),
            ["invoice.written_off", "invoice.paid"],
        ),
        (lambda: apply_event(sent(), TimerFired(), utc("2027-01-01T00:00:00Z")), ["invoice.overdue"]),
    ],
)
def test_single_steps(made: "object", expected: list[str]) -> None:
    assert callable(made)
    assert types_of(made(), last=1) == expected


def test_a_failed_effect_is_a_blocked_one_with_its_key_and_message() -> None:
    invoice = approved()
    effect = invoices.newest(invoice, EffectName.ACCOUNTING)
    blocked = apply_event(invoice, EffectFailed(key=effect.key, code="VendorRefused", message="x" * 900), NOW)
    [public] = public_events(recorded(blocked, blocked.journal[-1]))
    assert public.type is EventType.EFFECT_BLOCKED
    said = public.data.model_dump()
    assert (said["effect"], said["code"]) == (effect.key, "VendorRefused")
    assert len(said["reason"]) == 500  # bounded, whatever the vendor says
    assert said["invoice"]["blocked"] is True


def test_a_payment_says_its_amount_as_text_and_what_is_left() -> None:
    whole = sent()
    part = execute(whole, payment(Decimal("1000.50")))
    [public] = public_events(recorded(part, part.journal[-1]))
    assert isinstance(public.data, PaymentData)
    said = PaymentData.model_validate_json(public.data.model_dump_json())
    assert '"amount":"1000.50"' in public.body
    assert said.balance == whole.balance - Decimal("1000.50")
    assert said.paid_on == part.payments[0].paid_on
    assert public.timestamp == NOW


def test_an_event_id_is_the_same_whenever_it_is_read_and_holds_no_full_stop() -> None:
    """The signed text is `id.timestamp.body`, so a full stop in the id would make it ambiguous."""
    whole = sent()
    paid = execute(whole, payment(whole.balance))
    first, second = public_events(recorded(paid, paid.journal[-1]))
    later = public_events(recorded(apply_event(paid, Closed(), NOW), paid.journal[-1]))
    assert (first.id, second.id) == tuple(event.id for event in later)
    assert first.id != second.id
    assert "." not in first.id
    assert event_id("6f1f4c3e-7a55-4a8c-9d0e-2f6a3f0b9c11", 12, EventType.PAID) == (
        "evt_6f1f4c3e7a554a8c9d0e2f6a3f0b9c11_12_paid"
    )


def test_the_document_is_linked_as_soon_as_there_is_one() -> None:
    approving = recorded(approved(), approved().journal[-1])
    [after] = public_events(approving.model_copy(update={"has_document": True}))
    [before] = public_events(approving.model_copy(update={"has_document": False}))
    assert after.data.links.document == "/api/v1/invoices/invoice-1/pdf"
    assert before.data.links.document is None
    assert isinstance(before.data, InvoiceData)
    assert before.data.links.invoice == "/api/v1/invoices/invoice-1"


def test_every_type_has_a_meaning_a_schema_and_an_action() -> None:
    assert set(MEANINGS) == set(DATA) == {rule.event_type for rule in (*RULES, *QUOTE_RULES)} == set(EventType)


def test_an_internal_step_has_no_public_event() -> None:
    event = approved().journal[-1]
    for action in ("render", "check_facts", "facts_compared", "archive_done", "post_payment", "reminders_settled"):
        assert event_types(event.model_copy(update={"action": action})) == ()


def test_the_date_of_a_reminder_is_the_due_date() -> None:
    late = apply_event(sent(), TimerFired(), utc("2027-01-01T00:00:00Z"))
    [public] = public_events(recorded(late, late.journal[-1]))
    assert public.data.model_dump()["due"] == late.due
    assert isinstance(late.due, date)


@pytest.mark.parametrize("delivery", [EffectName.EMAIL, EffectName.EINVOICE_SIGNATURE, EffectName.EINVOICE_SEND])
def test_each_way_of_delivery_is_announced(delivery: EffectName) -> None:
    """A letter, an act that was signed in Didox itself, and one that was sent with a signature from `aktum sign`."""
    event = append_event(
        GENESIS,
        1,
        at=NOW,
        by="aktum",
        action=f"{delivery}_done",
        reason=None,
        status_before=Status.APPROVED.value,
        status_after=Status.SENT.value,
        changes={},
    )
    assert event_types(event) == (EventType.SENT,)
