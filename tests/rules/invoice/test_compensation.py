"""Compensation: an effect is not executed again while its first result stands at the vendor."""

from decimal import Decimal

import pytest

from models.invoice.commands import Deliver, Finalize, MarkUploaded, Reopen, ResolveEffect, Void
from models.invoice.effects import EffectChannel, EffectName, next_effect
from models.invoice.errors import Refused
from models.invoice.event_handlers import has_finished
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed, check
from models.invoice.status import CommandName, Kind, Status
from tests.fixtures.invoices import (
    NOW,
    approve,
    approved,
    completed,
    execute,
    failed,
    new_invoice,
    newest,
    numbered,
    partner_rejection,
    payment,
    saved,
)

E, S = EffectName, Status


def test_an_act_is_not_delivered_again_before_the_first_is_cancelled() -> None:
    created = completed(execute(approved(), Deliver(by="boss")), E.EINVOICE, vendor_id="act-1")
    blocked = numbered(execute(failed(execute(created, Reopen(by="boss")), E.EINVOICE_CANCEL), Finalize(by="amina")))
    again = execute(completed(blocked, E.ACCOUNTING_REVERSAL), approve(blocked))
    with pytest.raises(Refused, match="has not been cancelled in Didox"):
        check(again, Deliver(by="boss"), NOW)
    assert execute(again, Deliver.model_validate({"channel": "email"})).status is S.APPROVED


def test_a_posting_waits_for_the_reversal_of_the_first() -> None:
    """The reversal fails after the second approval. Nothing is posted until a person resolves it."""
    undone = execute(completed(approved(), E.ACCOUNTING, vendor_id="s-1"), Reopen(by="boss"), Finalize(by="amina"))
    again = numbered(undone)
    again = execute(again, approve(again))
    taken_back = next_effect(EffectChannel.ACCOUNTING, again.effects)
    assert taken_back is not None
    assert taken_back.name is E.ACCOUNTING_REVERSAL
    blocked = failed(again, E.ACCOUNTING_REVERSAL)
    assert next_effect(EffectChannel.ACCOUNTING, blocked.effects) is None
    resolved = execute(blocked, ResolveEffect(effect_id=taken_back.key, outcome="done", note="deleted it by hand"))
    booked = next_effect(EffectChannel.ACCOUNTING, resolved.effects)
    assert booked is not None
    assert booked.name is E.ACCOUNTING


def test_an_approval_is_refused_while_the_reversal_is_blocked() -> None:
    undone = execute(completed(approved(), E.ACCOUNTING, vendor_id="s-1"), Reopen(by="boss"))
    blocked = numbered(execute(failed(undone, E.ACCOUNTING_REVERSAL), Finalize(by="amina")))
    with pytest.raises(Refused, match="earlier approval"):
        check(blocked, approve(blocked), NOW)
    key = newest(blocked, E.ACCOUNTING_REVERSAL).key
    resolved = execute(blocked, ResolveEffect(effect_id=key, outcome="done", note="deleted it by hand"))
    assert execute(resolved, approve(resolved)).status is S.APPROVED


def test_the_document_of_a_void_invoice_is_archived() -> None:
    voided = execute(approved(), Void(by="boss", reason="wrong client"))
    assert [e.name for e in voided.open_effects] == [E.ARCHIVE, E.ACCOUNTING_REVERSAL]
    kept = completed(voided, E.ARCHIVE, details={"key": "a.pdf", "etag": "e1"})
    assert kept.archived is not None
    assert (kept.status, kept.archived.key) == (S.VOID, "a.pdf")


def uploaded() -> Invoice:
    return execute(approved(new_invoice(kind=Kind.PARTNER)), MarkUploaded(uploaded_at=NOW))


def test_the_rejection_by_a_partner_gives_the_orders_back() -> None:
    rejected = execute(uploaded(), partner_rejection())
    assert [e.name for e in rejected.open_effects] == [E.ARCHIVE, E.ORDERS_RETURNED]
    over = completed(completed(rejected, E.ARCHIVE), E.ORDERS_RETURNED)
    assert has_finished(saved(over))
    assert over.closed_at == NOW


def test_a_partner_cannot_reject_an_invoice_that_is_paid_in_part() -> None:
    part = execute(uploaded(), payment(Decimal("5000000.00")))
    with pytest.raises(Refused, match=r"5000000\.00 has been paid"):
        check(part, partner_rejection(), NOW)
    assert CommandName.REJECT not in allowed(part)
