"""A wait that stands again: the deadlines that have passed are remembered after the wait has ended."""

from datetime import timedelta

from models.invoice.commands import Deliver, RetryEffect
from models.invoice.deadlines.waits import waits
from models.invoice.effects import EffectName
from models.invoice.event_handlers import apply_event
from models.invoice.events import EffectFailed, TimerFired
from models.invoice.invoice import Invoice
from tests.fixtures.deadlines import draft_with_deadlines, run_until, settled, told
from tests.fixtures.invoices import NOW, approved, completed, execute, newest

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def signing() -> Invoice:
    delivered = execute(approved(draft_with_deadlines()), Deliver(by="boss"))
    return completed(delivered, EffectName.EINVOICE, vendor_id="act-1")


def test_a_wait_that_stands_again_after_another_one_is_not_told_again() -> None:
    """The signature is waited for, its effect is blocked, which is told as well, and after a retry it is waited for."""
    reminded = completed(run_until(signing(), NOW + DAY), EffectName.DEADLINE_NOTICE)
    key = newest(reminded, EffectName.EINVOICE_SIGNATURE).key
    refused = apply_event(reminded, EffectFailed(key=key, code="VendorRefused", message="no"), NOW + DAY)
    told_of_both = completed(run_until(refused, NOW + DAY + 4 * HOUR), EffectName.DEADLINE_NOTICE)
    retried = settled(execute(told_of_both, RetryEffect(by="boss", effect_id=key)), NOW + DAY + 5 * HOUR)
    assert [wait.kind for wait in waits(retried)] == ["signature"]
    expected = [("signature", "reminder", "editor"), ("blocked_effect", "reminder", "manager")]
    assert told(run_until(retried, NOW + DAY + 6 * HOUR)) == expected
    # A history of an earlier release, which forgot the deadlines of ended waits, replays as it was.
    earlier = apply_event(refused, TimerFired(keeps_ended=False), NOW + DAY + 4 * HOUR)
    assert [each.wait.partition(":")[0] for each in earlier.fired] == ["blocked_effect"]
