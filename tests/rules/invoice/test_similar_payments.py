"""A payment that looks like one that is booked already needs a confirmation."""

from datetime import timedelta
from typing import Any

import pytest

from models.invoice.commands import RecordPayment, ReversePayment
from models.invoice.errors import InvalidChange, NeedsConfirmation
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply
from models.invoice.preconditions import allowed, check
from models.invoice.status import CommandName
from tests.fixtures.invoices import NOW, execute, sent

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


def pay(payment_id: str, **changes: Any) -> RecordPayment:
    fields = {"payment_id": payment_id, "paid_on": TODAY, "amount": "5.00", "reference": f"ref {payment_id}"}
    return RecordPayment.model_validate({"by": "bank"} | fields | changes)


def booked(*payments: RecordPayment) -> Invoice:
    return execute(sent(), *(payments or (pay("p1"),)))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reference": "another"},
        {"amount": "5"},
        {"reference": "ref p1"},
        {"paid_on": YESTERDAY, "reference": "REF  P1"},
        {"paid_on": YESTERDAY, "amount": "5.0", "reference": "refp1"},
    ],
)
def test_the_same_amount_with_the_same_day_or_reference_must_be_confirmed(changes: dict[str, Any]) -> None:
    invoice, command = booked(), pay("p2", **changes)
    with pytest.raises(NeedsConfirmation) as refused:
        check(invoice, command, NOW)
    assert [warning["code"] for warning in refused.value.warnings] == ["PaymentBooked"]
    for part in ("p1", "5.00", "2026-03-01", "ref p1"):
        assert part in refused.value.warnings[0]["message"]
    assert refused.value.allowed == allowed(invoice)
    assert CommandName.RECORD_PAYMENT in refused.value.allowed
    confirmed = command.model_copy(update={"confirmed_warnings": ("PaymentBooked",)})
    check(invoice, confirmed, NOW)
    after = execute(invoice, confirmed)
    assert len(after.standing_payments) == 2
    assert after.journal[-1].details["confirmed_warnings"] == "PaymentBooked"


@pytest.mark.parametrize(
    "changes", [{"amount": "5.01"}, {"paid_on": YESTERDAY}, {"amount": "50.00", "reference": "ref p1"}]
)
def test_other_payments_need_no_confirmation(changes: dict[str, Any]) -> None:
    check(booked(), pay("p2", **changes), NOW)
    confirming = pay("p2", confirmed_warnings=("PaymentBooked",), **changes)
    assert "confirmed_warnings" not in execute(booked(), confirming).journal[-1].details


def test_each_similar_payment_is_named() -> None:
    invoice = booked(pay("p1"), pay("p2", paid_on=YESTERDAY), pay("p3", paid_on=YESTERDAY - timedelta(days=1)))
    with pytest.raises(NeedsConfirmation) as refused:
        check(invoice, pay("p4", reference="ref p3"), NOW)
    assert [warning["message"].split()[1] for warning in refused.value.warnings] == ["p1", "p3"]


def test_the_same_payment_id_is_still_one_payment() -> None:
    invoice = booked()
    check(invoice, pay("p1"), NOW)
    assert execute(invoice, pay("p1")) is invoice


def test_a_reversed_payment_is_not_compared() -> None:
    invoice = execute(booked(), ReversePayment(payment_id="p1", reason="typed twice"))
    check(invoice, pay("p2"), NOW)


@pytest.mark.parametrize("code", ["paymentbooked", "yes"])
def test_an_unknown_code_is_an_invalid_field(code: str) -> None:
    with pytest.raises(InvalidChange, match=r"^confirmed_warnings: .*PaymentBooked"):
        check(booked(), pay("p2", confirmed_warnings=("PaymentBooked", code)), NOW)


def test_histories_may_hold_a_payment_without_a_confirmation() -> None:
    """`apply` replays what an earlier release accepted (workflows/invoice/transitions.py)."""
    assert len(apply(booked(), pay("p2"), NOW, asks=False).payments) == 2


def test_the_fingerprint_of_a_plain_payment_is_that_of_earlier_releases() -> None:
    plain = pay("p1").model_copy(update={"idempotency_key": "k"})
    explicit = plain.model_copy(update={"confirmed_warnings": ()})
    assert plain.request_fingerprint == explicit.request_fingerprint
    assert "confirmed_warnings" not in plain.model_dump_json(exclude_defaults=True)
