"""A hold ends: what a held invoice still has to execute can be released."""

from decimal import Decimal

import pytest

from models.invoice.commands import Hold, MarkUploaded, Release, Void
from models.invoice.effects import EffectName
from models.invoice.errors import Refused
from models.invoice.event_handlers import has_finished, may_close
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed, check
from models.invoice.status import CommandName, Kind
from tests.fixtures.invoices import (
    NOW,
    approved,
    completed,
    execute,
    new_invoice,
    partner_rejection,
    payment,
    saved,
    sent,
)

E = EffectName
HOLD = Hold(by="boss", reason="wait for the lawyer")


@pytest.mark.parametrize(
    "ended",
    [
        execute(approved(), HOLD, Void(by="boss", reason="wrong client")),
        execute(sent(), HOLD, payment(Decimal("15000000.00"))),
        execute(approved(new_invoice(kind=Kind.PARTNER)), MarkUploaded(uploaded_at=NOW), HOLD, partner_rejection()),
    ],
    ids=["void", "paid", "rejected by a partner"],
)
def test_a_held_invoice_with_open_effects_can_be_released(ended: Invoice) -> None:
    assert ended.open_effects
    assert CommandName.RELEASE in allowed(ended)
    assert execute(ended, Release(by="boss")).held is None


def test_a_final_invoice_without_open_effects_cannot_be_released() -> None:
    voided = execute(approved(), HOLD, Void(by="boss", reason="wrong client"))
    over = completed(completed(execute(voided, Release(by="boss")), E.ARCHIVE), E.ACCOUNTING_REVERSAL)
    assert has_finished(saved(over))
    with pytest.raises(Refused, match="waits for a release"):
        check(over.model_copy(update={"held": voided.held}), Release(), NOW)


def test_a_held_and_paid_invoice_closes_when_its_effects_have_completed() -> None:
    paid = execute(sent(), HOLD, payment(Decimal("15000000.00")))
    assert not may_close(paid)
    for effect in paid.open_effects:
        paid = completed(paid, effect.name)
    assert may_close(paid)
