"""Rules that hold in every sequence of commands, vendors' answers and days."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.access.roles import Role
from models.audit.hash_chain import first_break
from models.invoice.commands import OPERATOR, Approve, CheckFacts, Command, Edit, ReversePayment, TakeIn, Undo
from models.invoice.content.content import Content
from models.invoice.current_details import current_details
from models.invoice.effects import EffectName
from models.invoice.errors import InvoiceError
from models.invoice.event_handlers import apply_event, may_close
from models.invoice.events import Closed, RemindersSettled, TimerFired
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply
from models.invoice.preconditions import allowed
from models.invoice.reminders import early_reminders, next_timer
from models.invoice.status import TRANSITIONS, CommandName, Kind, Status
from models.values.money import ZERO
from tests.fixtures.command_sequences import CANDIDATES, STARTS, STEPS, allowed_command, effect_result
from tests.fixtures.invoices import NOW, new_invoice
from tests.fixtures.properties import examples


def check_step(before: Invoice, after: Invoice, command: Command | None) -> None:
    """Check the rules for one step."""
    assert after.revision >= before.revision
    changed = (
        after.model_copy(update={"notes": before.notes, "request_fingerprints": before.request_fingerprints}) != before
    )
    assert changed == (after.revision > before.revision)
    assert len(after.journal) - len(before.journal) == after.revision - before.revision
    if before.number:
        assert after.number == before.number
    if before.status is not Status.DRAFT and after.status is not Status.DRAFT:
        assert after.content == before.content
    if after.digest and after.digest == before.digest:
        assert after.content == before.content
    if after.status is Status.APPROVED and before.status is not Status.APPROVED:
        assert isinstance(command, Approve)
        assert command.digest == before.digest
        assert before.status is Status.NEEDS_REVIEW
        assert before.document is not None
        check_approver(before, command)
    if command is not None and after is not before:
        assert before.status in TRANSITIONS[before.kind][command.name]
        assert command.name in allowed(before)
    if before.is_final:
        assert after.content == before.content
        reopened = isinstance(command, ReversePayment) and before.status is Status.CLOSED
        assert after.status is before.status or (reopened and after.awaits_money)


def check_approver(before: Invoice, command: Approve) -> None:
    review = before.content.issuer.review
    assert before.finalized is not None
    if review.four_eyes:
        assert len({command.by, before.finalized.by}) == 2
        assert OPERATOR not in (command.by, before.finalized.by)
    if review.any_maker:
        assert not {command.by, OPERATOR} & set(before.makers)
    if before.total > review.admin_above.get(before.content.currency, before.total):
        assert command.role is Role.ADMIN


class UndoHistory:
    """The contents that undo must restore, the newest one last."""

    def __init__(self) -> None:
        self.contents: list[Content] = []

    def follow(self, before: Invoice, after: Invoice, command: Command | None) -> None:
        if after is before:
            return
        match command:
            case Undo():
                assert after.content == self.contents.pop()
                assert before.status is after.status is Status.DRAFT
            case Edit() | TakeIn():
                assert command.expected_revision == before.revision
                self.contents.append(before.content)
            case CheckFacts():
                assert after.content == before.content
        if not after.undoable:
            self.contents.clear()
        assert len(after.undoable) == len(self.contents)


def check_state(invoice: Invoice) -> None:
    """Check the rules for one state."""
    assert [event.seq for event in invoice.journal] == list(range(1, invoice.revision + 1))
    assert first_break(invoice.journal) is None
    assert invoice.journal[-1].hash == invoice.chain
    assert ZERO <= invoice.paid <= max(invoice.total, ZERO)
    standing = [payment for payment in invoice.payments if payment.reversed is None]
    assert sum((p.amount for p in standing), ZERO) == invoice.paid + sum((p.surplus for p in standing), ZERO)
    assert sum((p.surplus for p in invoice.payments if p.reversed), ZERO) == ZERO
    if invoice.awaits_money:
        assert invoice.balance > ZERO
        assert invoice.written_off == ZERO
    assert len({p.payment_id for p in invoice.payments}) == len(invoice.payments)
    keys = [effect.key for effect in invoice.effects]
    assert len(set(keys)) == len(keys)
    for undone, undo in (
        (EffectName.ACCOUNTING, EffectName.ACCOUNTING_REVERSAL),
        (EffectName.EINVOICE, EffectName.EINVOICE_CANCEL),
    ):
        reversed_keys = [e.argument["reverses"] for e in invoice.effects if e.name is undo]
        assert len(set(reversed_keys)) == len(reversed_keys)
        assert set(reversed_keys) <= {e.key for e in invoice.effects if e.name is undone}
    if invoice.status in (Status.VOID, Status.DISCARDED):
        keeping = {EffectName.ARCHIVE, EffectName.ARCHIVE_KEEP}
        assert {e.name for e in invoice.open_effects} <= keeping | {
            EffectName.ACCOUNTING_REVERSAL,
            EffectName.EINVOICE_CANCEL,
            EffectName.ORDERS_RETURNED,
            EffectName.REVENUE_REVERSAL,
        }
    if invoice.status not in (Status.DRAFT, Status.DISCARDED):
        assert invoice.number is not None
    if invoice.status is Status.PAID:
        assert invoice.balance == ZERO
    if invoice.held and invoice.open_effects:
        assert CommandName.RELEASE in allowed(invoice)
    if invoice.overdue:
        assert invoice.awaits_money
    assert len([e for e in invoice.open_effects if e.name is EffectName.REMINDER]) <= invoice.awaits_money
    assert not (invoice.held and next_timer(invoice))
    if invoice.status is not Status.DRAFT:
        assert not invoice.undoable
        assert invoice.late is None or invoice.late.patch is None
    assert current_details(invoice).startswith("## ")
    assert Invoice.model_validate_json(invoice.model_dump_json()) == invoice


@examples(100)
@given(st.sampled_from(list(Kind)), st.sampled_from(list(STARTS)), STEPS)
def test_the_rules_hold_in_every_sequence(kind: Kind, start: str, steps: list[tuple[str, int, int]]) -> None:
    invoice, now, undo_history = STARTS[start](kind), NOW, UndoHistory()
    for what, which, n in steps:
        before, command = invoice, None
        if what == "days":
            now += timedelta(days=which)
            timer = next_timer(invoice)
            if timer and timer.at <= now:
                invoice = apply_event(invoice, TimerFired(), now)
        elif what == "result":
            result = effect_result(invoice, which)
            invoice = apply_event(invoice, result, now) if result else invoice
        else:
            command = CANDIDATES[which](invoice, n) if what == "candidate" else allowed_command(invoice, which, n)
            try:
                invoice = apply(invoice, command, now)
            except InvoiceError:
                assert invoice is before
        check_step(before, invoice, command)
        undo_history.follow(before, invoice, command)
        if early_reminders(invoice):
            invoice = apply_event(invoice, RemindersSettled(), now)
        if may_close(invoice):
            invoice = apply_event(invoice, Closed(), now)
        check_state(invoice)


@examples(25)
@given(st.integers(0, 40), st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_a_repeated_request_is_applied_once(which: int, results: list[int]) -> None:
    invoice = new_invoice()
    for n in results:
        command = allowed_command(invoice, which, n).model_copy(update={"idempotency_key": f"key-{n}"})
        try:
            once = apply(invoice, command, NOW)
        except InvoiceError:
            continue
        assert apply(once, command, NOW) is once
        result = effect_result(once, n)
        invoice = apply_event(once, result, NOW) if result else once
        assert apply(invoice, command, NOW) is invoice
