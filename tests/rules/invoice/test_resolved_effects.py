"""Resolving an effect: the outcome must suffice for the steps that follow it."""

import pytest

from models.invoice.commands import Deliver, ResolveEffect, Void
from models.invoice.effects import EffectName
from models.invoice.errors import InvalidChange
from models.invoice.preconditions import check
from models.invoice.status import Status
from tests.fixtures.invoices import NOW, approved, execute, failed, newest, signed

E, S = EffectName, Status


def test_the_clients_answer_cannot_be_resolved_as_done() -> None:
    blocked = failed(signed(), E.EINVOICE_ANSWER)
    found = ResolveEffect(effect_id=newest(blocked, E.EINVOICE_ANSWER).key, outcome="done", note="signed on paper")
    with pytest.raises(InvalidChange, match="accept or reject"):
        check(blocked, found, NOW)
    skipped = execute(blocked, found.model_copy(update={"outcome": "skipped"}))
    assert skipped.status is S.SENT


def test_an_act_that_was_found_needs_its_id() -> None:
    blocked = failed(execute(approved(), Deliver(by="boss")), E.EINVOICE)
    found = ResolveEffect(effect_id=newest(blocked, E.EINVOICE).key, outcome="done", note="found it there")
    with pytest.raises(InvalidChange, match="vendor_id"):
        check(blocked, found, NOW)
    named = execute(blocked, found.model_copy(update={"vendor_id": "act-9"}))
    assert newest(named, E.EINVOICE_SIGNATURE).argument == {"document_id": "act-9"}


def test_a_posting_made_by_hand_needs_its_id() -> None:
    blocked = failed(approved(), E.ACCOUNTING)
    booked = ResolveEffect(effect_id=newest(blocked, E.ACCOUNTING).key, outcome="done", note="booked it by hand")
    with pytest.raises(InvalidChange, match="vendor_id"):
        check(blocked, booked, NOW)
    voided = execute(blocked, booked.model_copy(update={"vendor_id": "7"}), Void(by="boss", reason="wrong client"))
    assert newest(voided, E.ACCOUNTING_REVERSAL).argument["vendor_id"] == "7"
