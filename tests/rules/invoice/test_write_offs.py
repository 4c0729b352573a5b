"""Writing off a rest: the balance becomes zero, the invoice is paid, and roles have limits."""

from decimal import Decimal
from typing import Any

import pytest

from models.access.roles import Role
from models.invoice.commands import RecordPayment, ReversePayment, WriteOff
from models.invoice.content.content import digest
from models.invoice.current_details import current_details
from models.invoice.effects import EffectName
from models.invoice.errors import InvalidChange, NeedsSomeoneElse, Refused
from models.invoice.event_handlers import apply_event, may_close
from models.invoice.events import TimerFired
from models.invoice.invoice import Invoice
from models.invoice.payments.kinds import WriteOffKind
from models.invoice.preconditions import allowed_for, check
from models.invoice.reminders import next_timer
from models.invoice.status import CommandName, Kind, Status
from tests.fixtures.command_sequences import delivered
from tests.fixtures.invoices import BASE, NOW, approved, completed, drafted, execute, new_invoice, sent, signed, terms

E, S = EffectName, Status
ALL_BUT_ONE = BASE - Decimal("1.00")


def pay(amount: str | Decimal, payment_id: str = "p1") -> RecordPayment:
    return RecordPayment(
        by="bank", payment_id=payment_id, paid_on=NOW.date(), amount=Decimal(amount), reference=f"ref {payment_id}"
    )


def write_off(kind: WriteOffKind = WriteOffKind.FEE, **changes: Any) -> WriteOff:
    fields = {"by": "boss", "role": Role.MANAGER, "kind": kind, "reason": "the bank took it on the way"}
    return WriteOff.model_validate(fields | changes)


def reverse(payment_id: str = "p1") -> ReversePayment:
    return ReversePayment(by="boss", payment_id=payment_id, reason="typed twice")


def limited(**limits: dict[str, str]) -> Invoice:
    """An invoice whose review policy has these limits, with a rest of 100.00."""
    issuer = {"party": {"name": "ProximaOps"}, "review": {"write_off_limits": limits}}
    return execute(sent(new_invoice(drafted(agreed=terms(issuer=issuer)))), pay(BASE - 100))


@pytest.mark.parametrize("kind", WriteOffKind)
@pytest.mark.parametrize("before", [sent(), signed(), delivered(Kind.PARTNER), execute(sent(), pay(ALL_BUT_ONE))])
def test_the_rest_is_written_off(before: Invoice, kind: WriteOffKind) -> None:
    check(before, write_off(kind), NOW)
    invoice = execute(before, write_off(kind))
    assert (invoice.status, invoice.balance, invoice.paid) == (S.PAID, Decimal("0.00"), before.paid)
    assert invoice.written_off == before.balance
    assert invoice.accepted == before.accepted, "a write-off is no acceptance"
    assert not {E.REMINDER, E.EINVOICE_ANSWER} & {effect.name for effect in invoice.open_effects}
    assert next_timer(invoice) is None
    event = invoice.journal[-1]
    assert (event.action, event.by, event.reason) == ("write_off", "boss", "the bank took it on the way")
    assert event.details == {"kind": kind.value, "amount": str(before.balance), "balance": "0.00"}
    text = (
        f"| Written off | {before.balance:,.2f} UZS ({kind.replace('_', ' ')} by boss: the bank took it on the way) |"
    )
    assert text in current_details(invoice)
    while invoice.open_effects:
        invoice = completed(invoice, invoice.open_effects[0].name)
    assert may_close(invoice)


@pytest.mark.parametrize("amount", ["0.99", "1.01", "15000000.00"])
def test_another_rest_than_the_one_that_was_seen(amount: str) -> None:
    invoice = execute(sent(), pay(ALL_BUT_ONE))
    with pytest.raises(InvalidChange, match=r"^amount: the rest of the invoice is 1\.00"):
        check(invoice, write_off(amount=amount), NOW)
    check(invoice, write_off(amount="1.00"), NOW)


@pytest.mark.parametrize("invoice", [new_invoice(), approved(), execute(sent(), pay(BASE))])
def test_nothing_to_write_off(invoice: Invoice) -> None:
    with pytest.raises(Refused):
        check(invoice, write_off(), NOW)


EDITOR_100, MANAGER_100 = {"editor": {"UZS": "100.00"}}, {"manager": {"UZS": "100.00"}}
EDITOR_99, MANAGER_99 = {"editor": {"UZS": "99.99"}}, {"manager": {"UZS": "99.99"}}


@pytest.mark.parametrize(
    ("limits", "role", "may"),
    [
        ({}, Role.EDITOR, False),
        ({}, Role.MANAGER, True),
        ({}, None, True),
        ({}, Role.ADMIN, True),
        (EDITOR_100, Role.EDITOR, True),
        (EDITOR_99, Role.EDITOR, False),
        (EDITOR_99, Role.MANAGER, True),
        ({"editor": {"USD": "100.00"}}, Role.EDITOR, False),
        (MANAGER_100, Role.MANAGER, True),
        (MANAGER_99, Role.MANAGER, False),
        (MANAGER_99, None, False),
        (MANAGER_99, Role.ADMIN, True),
        ({"manager": {"USD": "1.00"}}, Role.MANAGER, True),
        ({"manager": {"UZS": "0"}}, Role.MANAGER, False),
    ],
)
def test_each_role_has_its_limit(limits: dict[str, dict[str, str]], role: Role | None, may: bool) -> None:
    invoice = limited(**limits)
    if role is not None:
        assert (CommandName.WRITE_OFF in allowed_for(invoice, "boss", role)) == may
    if may:
        check(invoice, write_off(role=role), NOW)
        return
    with pytest.raises(NeedsSomeoneElse, match=r"100\.00 UZS"):
        check(invoice, write_off(role=role), NOW)


def test_the_limits_are_frozen_and_not_part_of_the_digest() -> None:
    plain, strict = drafted(), limited(**MANAGER_99).content
    assert strict.issuer.review.write_off_limits[Role.MANAGER]["UZS"] == Decimal("99.99")  # type: ignore[index]
    assert digest(strict.model_copy(update={"issuer": plain.issuer}), "ACT-1") == digest(plain, "ACT-1")
    same_issuer = plain.issuer.model_copy(update={"review": strict.issuer.review})
    assert digest(plain.model_copy(update={"issuer": same_issuer}), "ACT-1") == digest(plain, "ACT-1")


def test_a_reversed_payment_claims_the_rest_again() -> None:
    """What was written off was the rest beside the payment: without it the whole total is claimed."""
    invoice = execute(signed(), pay(ALL_BUT_ONE), write_off(), reverse())
    assert (invoice.status, invoice.balance, invoice.written_off) == (S.SENT, BASE, Decimal("0.00"))
    [written_off] = invoice.write_offs
    assert written_off.reversed is not None
    assert written_off.reversed.reason == "typed twice"
    assert "Written off" not in current_details(invoice)
    assert [e.name for e in invoice.open_effects if e.name is E.EINVOICE_ANSWER] == [E.EINVOICE_ANSWER]
    assert execute(invoice, pay(BASE, "p2")).status is S.PAID


def test_money_after_a_write_off_is_credit_and_its_reversal_keeps_the_write_off() -> None:
    invoice = execute(sent(), pay(ALL_BUT_ONE), write_off(), pay("1.00", "p2"))
    assert (invoice.status, invoice.credit, invoice.written_off) == (S.PAID, Decimal("1.00"), Decimal("1.00"))
    back = execute(invoice, reverse("p2"))
    assert (back.status, back.credit, back.written_off) == (S.PAID, Decimal("0.00"), Decimal("1.00"))


def test_a_credit_covers_the_rest_when_a_payment_is_reversed() -> None:
    # 14,999,999 paid, 1 written off, 5 too much. Without the first payment the 5 cover, and 14,999,995 are open.
    invoice = execute(sent(), pay(ALL_BUT_ONE), write_off(), pay("5.00", "p2"), reverse("p1"))
    assert (invoice.status, invoice.balance, invoice.credit) == (S.ACCEPTED, BASE - 5, Decimal("0.00"))


def test_a_reminder_that_the_write_off_had_cancelled_is_sent_after_all() -> None:
    paid = execute(sent(), pay(ALL_BUT_ONE))
    timer = next_timer(paid)
    assert timer is not None
    invoice = execute(apply_event(paid, TimerFired(), timer.at), write_off(), reverse())
    [reminder] = [effect for effect in invoice.open_effects if effect.name is E.REMINDER]
    assert reminder.argument == {"days": "-7", "balance": "15000000.00"}


def test_states_of_earlier_releases_have_no_write_offs() -> None:
    old = sent().model_dump(mode="json")
    del old["write_offs"]
    del old["content"]["issuer"]["review"]["write_off_limits"]
    assert Invoice.model_validate(old) == sent()
