"""The audit trail: the fields of an event, and a hash chain that shows any alteration."""

from decimal import Decimal
from typing import Any

from models.audit.hash_chain import first_break
from models.invoice.commands import RecordPayment
from models.invoice.effects import EffectName
from models.invoice.status import Status
from tests.fixtures.invoices import BASE, NOW, edit, execute, new_invoice, sent

E, S = EffectName, Status


def pay(amount: str | Decimal, payment_id: str = "p1", **changes: Any) -> RecordPayment:
    fields = {"by": "bank", "payment_id": payment_id, "paid_on": NOW.date(), "amount": amount, "reference": "ref"}
    return RecordPayment.model_validate(fields | changes)


def test_an_event_has_author_time_reason_and_statuses() -> None:
    draft = new_invoice()
    invoice = execute(draft, edit(draft, payment_days=30, note="agreed by phone"))
    event = invoice.journal[-1]
    assert (event.by, event.at, event.reason) == ("amina", NOW, "agreed by phone")
    assert event.changes == {"payment_days": ("45", "30")}
    assert first_break(invoice.journal) is None


def test_an_altered_removed_or_reordered_event_is_found() -> None:
    events = list(execute(sent(), pay(BASE)).journal)
    assert first_break(events) is None
    for at, event in enumerate(events):
        forged = event.model_copy(update={"by": "somebody else"})
        assert first_break([*events[:at], forged, *events[at + 1 :]]) == at + 1
        if at < len(events) - 1:
            assert first_break(events[:at] + events[at + 1 :]) == at + 1
            assert first_break([*events[:at], events[at + 1], event, *events[at + 2 :]]) == at + 1
