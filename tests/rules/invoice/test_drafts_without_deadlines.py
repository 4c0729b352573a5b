"""An invoice that was drafted by a release without deadlines has none, and its JSON stays."""

from datetime import timedelta

from models.invoice.content.content import digest
from models.invoice.deadlines.timers import fire_due_timers, next_timer
from models.invoice.deadlines.waits import waits
from models.invoice.effects import EffectName
from models.invoice.invoice import Invoice
from tests.fixtures.deadlines import draft_with_deadlines, run_until, terms_with_deadlines
from tests.fixtures.invoices import NOW, approved, drafted, failed

LONG = NOW + timedelta(days=30)


def test_it_has_no_deadlines() -> None:
    invoice = failed(approved(), EffectName.ACCOUNTING)
    assert waits(invoice) == ()
    assert next_timer(invoice) is None
    assert fire_due_timers(invoice, LONG) is invoice


def test_its_state_has_no_field_for_them() -> None:
    assert '"fired"' not in approved().model_dump_json()
    assert '"blocked_since"' not in approved().model_dump_json()
    fired = run_until(failed(approved(draft_with_deadlines()), EffectName.ACCOUNTING), LONG)
    assert Invoice.model_validate_json(fired.model_dump_json()) == fired


def test_the_digest_does_not_depend_on_them() -> None:
    without, with_them = drafted(), drafted(agreed=terms_with_deadlines())
    assert with_them.issuer.deadlines is not None
    assert digest(without, "ACT-7") == digest(with_them, "ACT-7")
