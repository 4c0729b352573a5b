"""Whatever people, vendors and the calendar do, in any order, some things never happen."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from models.access.roles import Role
from models.audit.hash_chain import first_break
from models.invoice.commands import (
    OPERATOR,
    Accept,
    Approve,
    CheckFacts,
    Command,
    Decline,
    Deliver,
    Discard,
    Edit,
    Finalize,
    Hold,
    MarkUploaded,
    RecordPayment,
    Regenerate,
    Reject,
    Release,
    Reopen,
    ResolveEffect,
    RetryEffect,
    TakeIn,
    Undo,
    Void,
)
from models.invoice.content.content import Content
from models.invoice.current_details import current_details
from models.invoice.effects import EffectName, Receipt
from models.invoice.errors import InvoiceError
from models.invoice.event_handlers import apply_event, may_close
from models.invoice.events import (
    Closed,
    Compared,
    EffectCompleted,
    EffectFailed,
    InvoiceEvent,
    Numbered,
    Redrafted,
    Rendered,
    TimerFired,
)
from models.invoice.invoice import Document, Invoice, Number
from models.invoice.lifecycle import apply
from models.invoice.preconditions import allowed
from models.invoice.reminders import next_timer
from models.invoice.status import TRANSITIONS, CommandName, Kind, Status
from models.values.document_options import Channel
from models.values.money import ZERO
from tests.fixtures.invoices import (
    NOW,
    approved,
    contract,
    drafted,
    edit,
    execute,
    new_invoice,
    reviewable,
    sent,
    terms,
    workdays,
)
from tests.fixtures.properties import examples

REASON = "for a reason"
# Two people for each approval, and an admin above 15,000,000.00: the draft is just that, overtime makes it more.
AGREED = terms(
    issuer={"party": {"name": "ProximaOps"}, "review": {"four_eyes": True, "admin_above": {"UZS": "15000000.00"}}}
)


def some_key(invoice: Invoice) -> str:
    """The id of an effect as a person might name it: a failed one where there is one."""
    found = invoice.blocked or invoice.effects
    return found[0].key if found else "none"


PEOPLE = ("amina", "boss", OPERATOR)
ROLES = (None, Role.EDITOR, Role.MANAGER, Role.ADMIN)

# What people try: each made from the invoice as it stands, sensible or not.
TRIES: list[Callable[[Invoice, int], Command]] = [
    lambda i, n: edit(i, payment_days=n),
    lambda i, n: edit(i, total_amount=str(n * 1_000_000)),
    lambda i, n: edit(i, expected_revision=n + 1, payment_days=n),
    lambda i, n: edit(
        i, customer={"tin": "1" * (n % 20)}, due_date=NOW.date() + timedelta(days=n - 5), legal_text="§" * n
    ),
    lambda i, n: edit(i, line_changes=[{"op": "remove", "id": f"L{n % 4}"}]),
    lambda i, n: edit(i, line_changes=[{"op": "change", "id": f"L{n % 4}", "quantity": n}]),
    lambda i, _n: Undo(expected_revision=i.revision),
    lambda _i, n: Undo(expected_revision=n + 1),
    lambda _i, _n: CheckFacts(),
    lambda i, _n: TakeIn(expected_revision=i.revision),
    lambda _i, n: TakeIn(expected_revision=n + 1),
    lambda _i, _n: Regenerate(),
    lambda _i, n: Finalize(by=PEOPLE[n % 3]),
    lambda i, n: Approve(by=PEOPLE[n % 3], role=ROLES[n % 4], digest=i.digest or "0" * 64),
    lambda i, _n: Approve(by="anna", role=Role.ADMIN, digest=i.digest or "0" * 64),
    lambda _i, n: Approve(by="anna", role=Role.ADMIN, digest=str(n % 10) * 64),
    lambda _i, _n: Decline(reason=REASON),
    lambda _i, _n: Reopen(),
    lambda _i, _n: Deliver(),
    lambda _i, _n: Deliver(channel=Channel.EMAIL),
    lambda _i, _n: MarkUploaded(uploaded_at=NOW),
    lambda _i, _n: Accept(),
    lambda _i, _n: Reject(reason=REASON),
    lambda _i, n: RecordPayment(
        payment_id=f"p{n}", paid_on=NOW.date(), amount=Decimal(n + 1) * 700_000, reference="bank"
    ),
    lambda _i, _n: Void(reason=REASON),
    lambda _i, _n: Discard(),
    lambda _i, _n: Hold(reason=REASON),
    lambda _i, _n: Release(),
    lambda i, _n: RetryEffect(effect_id=some_key(i)),
    lambda i, n: ResolveEffect(effect_id=some_key(i), outcome="done" if n % 2 else "skipped", note=REASON),
]


def outcome(invoice: Invoice, n: int) -> InvoiceEvent | None:
    """What the world answers to the n-th open effect; now and then a refusal. Nothing is begun during a hold."""
    if not invoice.open_effects or invoice.held:
        return None
    effect = invoice.open_effects[n % len(invoice.open_effects)]
    if n % 7 == 0:
        return EffectFailed(key=effect.key, code="OutcomeUnknown" if n % 2 else "VendorRefused", message="no")
    match effect.name:
        case EffectName.NUMBER:
            return Numbered(key=effect.key, number=Number(series=invoice.content.series, seq=7, display="ACT-7"))
        case EffectName.DOCUMENT:
            return Rendered(key=effect.key, document=Document(sha256="a" * 64, size=1, pages=1))
        case EffectName.REDRAFT:
            return Redrafted(key=effect.key, content=drafted(agreed=AGREED))
        case EffectName.FACTS_CHECK:
            return Compared(key=effect.key, content=drafted(contract(workdays(30 + n % 25)), AGREED))
        case EffectName.EINVOICE_ANSWER:
            answer = {"answer": "accepted" if n % 2 else "rejected"}
            return EffectCompleted(key=effect.key, receipt=Receipt(details=answer))
        case _:
            return EffectCompleted(key=effect.key, receipt=Receipt(vendor_id=f"v{n}"))


def never(before: Invoice, after: Invoice, command: Command | None) -> None:
    """What must hold over each single step."""
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
        approved_by_the_right_one(before, command)
    if command is not None and after is not before:
        assert before.status in TRANSITIONS[before.kind][command.name]
        assert command.name in allowed(before)
    if before.is_final:
        assert after.status is before.status
        assert after.content == before.content


def approved_by_the_right_one(before: Invoice, command: Approve) -> None:
    review = before.content.issuer.review
    assert before.finalized is not None
    if review.four_eyes:
        assert len({command.by, before.finalized.by}) == 2
        assert OPERATOR not in (command.by, before.finalized.by)
    if before.total > review.admin_above.get(before.content.currency, before.total):
        assert command.role is Role.ADMIN


class Steps:
    """What each edit of the draft must lead back to."""

    def __init__(self) -> None:
        self.contents: list[Content] = []

    def taken(self, before: Invoice, after: Invoice, command: Command | None) -> None:
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


def always(invoice: Invoice) -> None:
    """What must hold in every state."""
    assert [event.seq for event in invoice.journal] == list(range(1, invoice.revision + 1))
    assert first_break(invoice.journal) is None
    assert invoice.journal[-1].hash == invoice.chain
    assert ZERO <= invoice.paid <= max(invoice.total, ZERO)
    assert sum((p.amount for p in invoice.payments), ZERO) == invoice.paid + sum(
        (p.surplus for p in invoice.payments), ZERO
    )
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


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("try"), st.integers(0, len(TRIES) - 1), st.integers(0, 20)),
        st.tuples(st.just("allowed"), st.integers(0, 1000), st.integers(0, 20)),
        st.tuples(st.just("world"), st.integers(0, 1000), st.just(0)),
        st.tuples(st.just("world"), st.integers(0, 1000), st.just(0)),
        st.tuples(st.just("days"), st.integers(1, 30), st.just(0)),
    ),
    min_size=15,
    max_size=40,
)


def out(kind: Kind) -> Invoice:
    if kind is Kind.PARTNER:
        return execute(approved(new_invoice(kind=kind)), MarkUploaded(uploaded_at=NOW))
    return sent()


WAYS = {
    "draft": lambda kind: new_invoice(kind=kind),
    "strictly reviewed draft": lambda kind: new_invoice(drafted(contract(workdays(42)), AGREED), kind),
    "strict review": lambda kind: reviewable(new_invoice(drafted(contract(workdays(42)), AGREED), kind)),
    "under review": lambda kind: reviewable(new_invoice(kind=kind)),
    "approved": lambda kind: approved(new_invoice(kind=kind)),
    "out": out,
}


def try_allowed(invoice: Invoice, which: int, n: int) -> Command:
    """One of the tries that the invoice does not refuse by its state, so that sequences come far."""
    possible = [made for make in TRIES if (made := make(invoice, n)).name in allowed(invoice)]
    return possible[which % len(possible)] if possible else Hold(reason=REASON)


@examples(100)
@given(st.sampled_from(list(Kind)), st.sampled_from(list(WAYS)), STEPS)
def test_no_sequence_of_events_breaks_an_invoice(kind: Kind, way: str, steps: list[tuple[str, int, int]]) -> None:
    invoice, now, edits = WAYS[way](kind), NOW, Steps()
    for what, which, n in steps:
        before, command = invoice, None
        if what == "days":
            now += timedelta(days=which)
            timer = next_timer(invoice)
            if timer and timer.at <= now:
                invoice = apply_event(invoice, TimerFired(), now)
        elif what == "world":
            answered = outcome(invoice, which)
            invoice = apply_event(invoice, answered, now) if answered else invoice
        else:
            command = TRIES[which](invoice, n) if what == "try" else try_allowed(invoice, which, n)
            try:
                invoice = apply(invoice, command, now)
            except InvoiceError:
                assert invoice is before
        never(before, invoice, command)
        edits.taken(before, invoice, command)
        if may_close(invoice):
            invoice = apply_event(invoice, Closed(), now)
        always(invoice)


@examples(25)
@given(st.integers(0, 40), st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_a_repeated_request_never_acts_twice(which: int, world: list[int]) -> None:
    invoice = new_invoice()
    for n in world:
        command = try_allowed(invoice, which, n).model_copy(update={"idempotency_key": f"key-{n}"})
        try:
            once = apply(invoice, command, NOW)
        except InvoiceError:
            continue
        assert apply(once, command, NOW) is once
        answered = outcome(once, n)
        invoice = apply_event(once, answered, NOW) if answered else once
        assert apply(invoice, command, NOW) is invoice
