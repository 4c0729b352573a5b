"""Payables: who may do what in which status, what an import changes, and the log."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.access.roles import Role
from models.audit.hash_chain import Event, first_break
from models.bills.finance.import_rules import Import, ImportAction, created, due_date, received
from models.bills.finance.payload import ImportInvoice
from models.bills.payable import (
    LEAST_ROLE,
    AnyPayableCommand,
    ApprovePayable,
    LockPayable,
    MarkPayablePaid,
    Payable,
    PayableActor,
    PayableStatus,
    SchedulePayable,
    UnlockPayable,
    apply,
)
from models.bills.payable_errors import (
    OlderVersion,
    PayableClosed,
    PayableForbidden,
    PayableInvalid,
    PayableRefused,
    StalePayable,
)

NOW = datetime(2026, 5, 2, 9, tzinfo=UTC)
TODAY = NOW.date()
S = PayableStatus
SERVICE = PayableActor(name="aktum for platform-admin", role=None, source="import")
BOSS = PayableActor(name="marat", role=Role.MANAGER, source="api")
APPROVE, LOCK, UNLOCK = ApprovePayable(), LockPayable(reason="in dispute"), UnlockPayable(reason="settled")
SCHEDULE = SchedulePayable(pay_on=TODAY)
PAY = MarkPayablePaid(paid_on=TODAY, reference="TT-1")


def invoice(net: int = 7902, tax: int = 790, **more: Any) -> ImportInvoice:
    line = {
        "line_key": "a",
        "charge_category": "Usage",
        "amount": f"{(net + tax) / 100:.2f}",
        "amount_minor": net + tax,
    }
    content = {
        "source": "digitalocean",
        "external_id": "u-1",
        "vendor": {"name": "DigitalOcean"},
        "period_start": "2026-04-01",
        "period_end": "2026-05-01",
        "issued_at": "2026-05-01T00:00:00Z",
        "currency": "USD",
        "amount_net_minor": net,
        "amount_tax_minor": tax,
        "amount_gross_minor": net + tax,
        "lines": [line],
    }
    return ImportInvoice.model_validate({**content, **more})


def sent(given: ImportInvoice, days: int = 30) -> Import:
    return Import(given, given.digest, "platform-admin", "v-1", "DigitalOcean", due_date(given, days))


def fresh() -> Payable:
    return created(sent(invoice()), "p-1", SERVICE, NOW).change.payable


def after(*commands: AnyPayableCommand) -> Payable:
    payable = fresh()
    for command in commands:
        payable = apply(payable, command, BOSS, NOW, TODAY).payable
    return payable


def test_the_way_of_a_payable() -> None:
    assert [after(*steps).status for steps in ((), (APPROVE,), (APPROVE, SCHEDULE), (APPROVE, SCHEDULE, PAY))] == [
        S.RECEIVED,
        S.APPROVED,
        S.SCHEDULED,
        S.PAID,
    ]
    paid = after(APPROVE, PAY)
    assert (paid.paid_on, paid.payment_reference, paid.approved_by) == (TODAY, "TT-1", "marat")
    again = SchedulePayable(pay_on=TODAY + timedelta(days=3))
    assert after(APPROVE, SCHEDULE, again).scheduled_for == date(2026, 5, 5)


@pytest.mark.parametrize(
    ("steps", "command", "allowed"),
    [
        ((), SCHEDULE, ("approve", "lock")),
        ((), PAY, ("approve", "lock")),
        ((APPROVE,), APPROVE, ("schedule", "mark_paid", "lock")),
        ((APPROVE, PAY), PAY, ("lock",)),
        ((APPROVE, PAY), SCHEDULE, ("lock",)),
        ((), UNLOCK, ("approve", "lock")),
        ((LOCK,), LOCK, ("approve", "unlock")),
    ],
)
def test_a_command_out_of_turn_is_refused(
    steps: tuple[AnyPayableCommand, ...], command: AnyPayableCommand, allowed: tuple[str, ...]
) -> None:
    with pytest.raises(PayableRefused) as refused:
        apply(after(*steps), command, BOSS, NOW, TODAY)
    assert refused.value.allowed == allowed


def test_a_locked_payable_is_paid_all_the_same() -> None:
    assert after(APPROVE, LOCK, SCHEDULE, PAY).status is S.PAID


@pytest.mark.parametrize(("command", "payable"), [(APPROVE, ()), (SCHEDULE, (APPROVE,)), (PAY, (APPROVE,)), (LOCK, ())])
@pytest.mark.parametrize("role", [None, *Role])
def test_each_command_needs_its_role(
    command: AnyPayableCommand, payable: tuple[AnyPayableCommand, ...], role: Role | None
) -> None:
    actor = PayableActor(name="x", role=role, source="api")
    if role is not None and role.includes(LEAST_ROLE[command.name]):
        assert apply(after(*payable), command, actor, NOW, TODAY).event is not None
    else:
        with pytest.raises(PayableForbidden):
            apply(after(*payable), command, actor, NOW, TODAY)


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (SchedulePayable(pay_on=TODAY - timedelta(days=1)), "pay_on"),
        (MarkPayablePaid(paid_on=TODAY + timedelta(days=1), reference="TT-1"), "paid_on"),
    ],
)
def test_a_day_that_cannot_be_is_named(command: AnyPayableCommand, path: str) -> None:
    with pytest.raises(PayableInvalid) as refused:
        apply(after(APPROVE), command, BOSS, NOW, TODAY)
    assert refused.value.path == path


def test_a_command_on_an_older_revision_is_refused() -> None:
    with pytest.raises(StalePayable) as refused:
        apply(after(APPROVE), SchedulePayable(pay_on=TODAY, revision=1), BOSS, NOW, TODAY)
    assert (refused.value.expected, refused.value.current) == (1, 2)


def test_the_log_is_a_hash_chain() -> None:
    payable, events = fresh(), []
    first = created(sent(invoice()), "p-1", SERVICE, NOW).change.event
    assert first is not None
    events.append(first)
    for command in (APPROVE, LOCK, PAY):
        change = apply(payable, command, BOSS, NOW, TODAY)
        payable = change.payable
        assert change.event is not None
        events.append(change.event)
    assert [event.action for event in events] == ["import", "approve", "lock", "mark_paid"]
    assert first_break(events) is None
    assert events[0].changes["gross_minor"] == (None, "8692")
    assert events[2].reason == "in dispute"
    assert events[3].changes == {
        "paid_on": (None, "2026-05-02"),
        "payment_reference": (None, "TT-1"),
        "status": ("approved", "paid"),
    }
    forged = Event.model_validate({**events[1].model_dump(), "by": "somebody"})
    assert first_break([events[0], forged, *events[2:]]) == 2


@pytest.mark.parametrize(
    ("issued", "days", "due"),
    [
        ("2026-05-01T00:00:00Z", 30, date(2026, 5, 31)),
        ("2026-05-01T02:00:00+05:00", 30, date(2026, 5, 30)),  # 21:00 UTC of 30 April
        (None, 30, date(2026, 5, 31)),  # the period ends before 1 May
        ("2026-05-01T00:00:00Z", 0, date(2026, 5, 1)),
    ],
)
def test_the_due_date(issued: str | None, days: int, due: date) -> None:
    assert due_date(invoice(issued_at=issued), days) == due


class TestImport:
    def test_the_same_again_is_an_update_that_changes_nothing(self) -> None:
        payable = after(APPROVE)
        result = received(payable, sent(invoice()), SERVICE, NOW + timedelta(days=1))
        assert (result.action, result.replaces_lines, result.change.event) == (ImportAction.UPDATED, False, None)
        assert result.change.payable == payable.model_copy(update={"imported_at": NOW + timedelta(days=1)})

    def test_other_money_needs_a_new_approval(self) -> None:
        result = received(after(APPROVE, SCHEDULE), sent(invoice(net=8000)), SERVICE, NOW)
        changed = result.change.payable
        assert (result.action, changed.status, changed.gross_minor) == (ImportAction.UPDATED, S.RECEIVED, 8790)
        assert (changed.approved_by, changed.scheduled_for) == (None, None)
        assert result.change.event is not None
        assert result.change.event.changes["net_minor"] == ("7902", "8000")

    def test_other_texts_do_not(self) -> None:
        result = received(after(APPROVE), sent(invoice(external_number="480021342")), SERVICE, NOW)
        assert (result.action, result.replaces_lines) == (ImportAction.UPDATED, True)
        assert (result.change.payable.status, result.change.payable.external_number) == (S.APPROVED, "480021342")

    @pytest.mark.parametrize("steps", [(APPROVE, PAY), (LOCK,)])
    def test_a_closed_payable_keeps_its_money(self, steps: tuple[AnyPayableCommand, ...]) -> None:
        payable = after(*steps)
        for same in (invoice(), invoice(external_number="2")):
            result = received(payable, sent(same), SERVICE, NOW)
            assert (result.action, result.change, result.replaces_lines) == (
                ImportAction.UNCHANGED,
                (payable, None),
                False,
            )
        with pytest.raises(PayableClosed, match=r"has net 79\.02 and tax 7\.90 USD; the import has net 80\.00"):
            received(payable, sent(invoice(net=8000)), SERVICE, NOW)
        moved = invoice(net=7900, tax=792)  # the same gross, another tax
        with pytest.raises(PayableClosed):
            received(payable, sent(moved), SERVICE, NOW)

    def test_an_older_version_replaces_nothing(self) -> None:
        newer = received(fresh(), sent(invoice(version=3)), SERVICE, NOW).change.payable
        with pytest.raises(OlderVersion, match="Finance has version 3"):
            received(newer, sent(invoice(net=8000, version=2)), SERVICE, NOW)
        assert received(newer, sent(invoice(net=8000, version=3)), SERVICE, NOW).action is ImportAction.UPDATED
