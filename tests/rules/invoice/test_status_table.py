"""The status table: every kind, status and command of docs/specification/lifecycle.md 3."""

from datetime import date
from decimal import Decimal

import pytest

from models.invoice.commands import (
    COMMANDS,
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
    RecordPortalStatus,
    Regenerate,
    Reject,
    Release,
    Reopen,
    ResolveEffect,
    RetryEffect,
    ReversePayment,
    SubmitSignature,
    SyncPlanfact,
    TakeIn,
    Undo,
    Void,
    WriteOff,
)
from models.invoice.editing.late_worklogs import compare
from models.invoice.editing.patch import difference
from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.errors import Refused
from models.invoice.invoice import ActionStamp, Document, Invoice, Number, Payment, UndoStep
from models.invoice.lifecycle import apply
from models.invoice.payments.kinds import WriteOffKind
from models.invoice.permissions import LEAST_ROLE
from models.invoice.portal.submission import PortalStatus
from models.invoice.preconditions import allowed, check
from models.invoice.status import TRANSITIONS, CommandName, Kind, Status, is_final, milestone
from tests.fixtures.invoices import NOW, contract, drafted, new_invoice, partner_rejection, workdays

C, S = CommandName, Status
OPEN = {S.DRAFT, S.NEEDS_REVIEW, S.DECLINED, S.APPROVED, S.SENT, S.ACCEPTED, S.UPLOADED, S.AWAITING_PAYMENT, S.REJECTED}
UNPAID = {S.SENT, S.ACCEPTED, S.UPLOADED, S.AWAITING_PAYMENT}

# The column "from (service)" of the specification's table
SERVICE = {
    C.EDIT: {S.DRAFT},
    C.UNDO: {S.DRAFT},
    C.REGENERATE: {S.DRAFT, S.DECLINED, S.REJECTED, S.APPROVED},
    C.CHECK_FACTS: OPEN,
    C.TAKE_IN: {S.DRAFT},
    C.FINALIZE: {S.DRAFT},
    C.APPROVE: {S.NEEDS_REVIEW},
    C.DECLINE: {S.NEEDS_REVIEW},
    C.REOPEN: {S.DECLINED, S.REJECTED, S.APPROVED},
    C.DELIVER: {S.APPROVED},
    C.MARK_UPLOADED: set(),
    C.ACCEPT: {S.SENT},
    C.REJECT: {S.SENT},
    C.RECORD_PAYMENT: UNPAID | {S.PAID, S.CLOSED, S.VOID},  # more than the total, or after a void: credit
    C.REVERSE_PAYMENT: UNPAID | {S.PAID, S.CLOSED, S.VOID},
    C.WRITE_OFF: UNPAID,
    C.VOID: OPEN,
    C.DISCARD: {S.DRAFT},
    C.HOLD: OPEN,
    C.RELEASE: OPEN | {S.PAID, S.VOID},  # those may still have effects to execute
    C.RETRY_EFFECT: set(Status),
    C.RESOLVE_EFFECT: set(Status),
    C.SYNC_PLANFACT: {S.APPROVED, S.SENT},
    C.SUBMIT_SIGNATURE: set(Status),
    C.RECORD_PORTAL_STATUS: set(),
}
# The differences of "from (partner)": a rejection is final, nothing is delivered, and there are no worklogs
PARTNER = SERVICE | {
    C.REGENERATE: {S.DRAFT, S.DECLINED, S.APPROVED},
    C.CHECK_FACTS: set(),
    C.SYNC_PLANFACT: {S.APPROVED, S.UPLOADED, S.AWAITING_PAYMENT},
    C.TAKE_IN: set(),
    C.REOPEN: {S.DECLINED, S.APPROVED},
    C.DELIVER: set(),
    C.MARK_UPLOADED: {S.APPROVED, S.UPLOADED, S.AWAITING_PAYMENT},  # again: corrected in the portal
    C.RECORD_PORTAL_STATUS: {S.UPLOADED, S.AWAITING_PAYMENT},
    C.ACCEPT: set(),
    C.REJECT: {S.UPLOADED, S.AWAITING_PAYMENT},
    C.VOID: OPEN - {S.REJECTED},
    C.HOLD: OPEN - {S.REJECTED},
    C.RELEASE: OPEN | {S.PAID, S.VOID, S.DISCARDED},  # a discarded draft gives its orders back
    C.SUBMIT_SIGNATURE: set(),
}
TABLE = {Kind.SERVICE: SERVICE, Kind.PARTNER: PARTNER}
EVERYTHING = [(kind, status, name) for kind in Kind for status in Status for name in CommandName]
BLOCKED = "invoice-1:1:notice"


def standing(kind: Kind, status: Status, name: CommandName) -> Invoice:
    """Return an invoice in this status for which only the status can forbid the command."""
    failed = Effect(key=BLOCKED, name=EffectName.NOTICE, state=EffectState.FAILED, owed_at=NOW, revision=1)
    posted = failed.model_copy(update={"key": "invoice-1:1:accounting", "name": EffectName.ACCOUNTING})
    numbered = {
        "number": Number(series="ACT", seq=1, display="ACT-1"),
        "digest": "d" * 64,
        "document": Document(sha256="d" * 64, size=1, pages=1),
        "due": date(2026, 4, 15),
    }
    held = {"held": ActionStamp(by="boss", at=NOW, reason="wait")} if name is C.RELEASE else {}
    issued = {} if name is C.DISCARD else numbered
    payment = Payment(payment_id="p0", paid_on=NOW.date(), amount=Decimal(2), reference="bank")
    paid = {"payments": (payment,)} if name is C.REVERSE_PAYMENT else {}
    draft = new_invoice(kind=kind)
    back = difference(draft.content.model_copy(update={"payment_days": 30}), draft.content)
    edited = {"undoable": (UndoStep(revision=1, by="amina", back=back, size=back.size),)}
    recomputed = drafted(contract(workdays(31)))
    compared = {"late": compare(drafted(), recomputed, NOW, issued=False)}
    unsigned = Effect(
        key="invoice-1:1:einvoice_signature",
        name=EffectName.EINVOICE_SIGNATURE,
        owed_at=NOW,
        revision=1,
        argument={"document_id": "act-1"},
    )
    effects = (failed, *{C.SYNC_PLANFACT: (posted,), C.SUBMIT_SIGNATURE: (unsigned,)}.get(name, ()))
    return draft.model_copy(update={"status": status, "effects": effects} | held | issued | paid | edited | compared)


def command(kind: Kind, name: CommandName) -> Command:
    made: list[Command] = [
        Edit(expected_revision=1, payment_days=30),
        Undo(expected_revision=1),
        Regenerate(),
        CheckFacts(),
        TakeIn(expected_revision=1),
        Finalize(),
        Approve(digest="d" * 64),
        Decline(reason="wrong hours"),
        Reopen(),
        Deliver(),
        MarkUploaded(uploaded_at=NOW),
        Accept(),
        partner_rejection() if kind is Kind.PARTNER else Reject(reason="wrong hours"),
        RecordPayment(payment_id="p1", paid_on=NOW.date(), amount=Decimal(1), reference="bank", bank_slip="b"),
        ReversePayment(payment_id="p0", reason="typed twice"),
        WriteOff(kind=WriteOffKind.FEE, reason="a fee of the bank"),
        Void(reason="wrong client"),
        Discard(),
        Hold(reason="wait a bit"),
        Release(),
        RetryEffect(effect_id=BLOCKED),
        ResolveEffect(effect_id=BLOCKED, outcome="skipped", note="nobody reads it"),
        SyncPlanfact(),
        SubmitSignature(signature="a" * 64),
        RecordPortalStatus(portal_status=PortalStatus.PROCESSING),
    ]
    return next(x for x in made if x.name is name)


def test_the_table_is_that_of_the_specification() -> None:
    assert {kind: {name: set(table[name]) for name in table} for kind, table in TRANSITIONS.items()} == TABLE


@pytest.mark.parametrize(("kind", "status", "name"), EVERYTHING, ids=lambda part: str(part))
def test_a_command_is_allowed_exactly_in_the_statuses_of_the_table(
    kind: Kind, status: Status, name: CommandName
) -> None:
    invoice = standing(kind, status, name)
    possible = status in TABLE[kind][name]
    assert (name in allowed(invoice)) == possible
    if possible:
        check(invoice, command(kind, name), NOW)
        assert apply(invoice, command(kind, name), NOW).revision > invoice.revision
        return
    with pytest.raises(Refused) as refused:
        check(invoice, command(kind, name), NOW)
    assert name not in refused.value.allowed
    assert refused.value.allowed == allowed(invoice)
    assert status.replace("_", " ") in str(refused.value)
    with pytest.raises(Refused):
        apply(invoice, command(kind, name), NOW)


def test_every_command_has_a_model_and_a_least_role() -> None:
    assert {x.name for x in COMMANDS} == set(CommandName) == set(LEAST_ROLE)


@pytest.mark.parametrize("kind", Kind)
def test_only_effects_and_money_can_change_a_final_invoice(kind: Kind) -> None:
    final = {status for status in Status if is_final(kind, status)}
    rejected = {S.REJECTED} if kind is Kind.PARTNER else set()
    assert final == {S.CLOSED, S.VOID, S.DISCARDED} | rejected
    for status in final:
        about_effects = {C.RETRY_EFFECT, C.RESOLVE_EFFECT} | ({C.SUBMIT_SIGNATURE} if kind is Kind.SERVICE else set())
        held = {S.VOID, S.REJECTED} | ({S.DISCARDED} if kind is Kind.PARTNER else set())
        released = {C.RELEASE} if status in held else set()
        credit = {C.RECORD_PAYMENT, C.REVERSE_PAYMENT} if status in {S.CLOSED, S.VOID} else set()
        assert {name for name in C if status in TRANSITIONS[kind][name]} == about_effects | released | credit


def test_a_partner_invoice_shows_its_milestone() -> None:
    names = {milestone(Kind.PARTNER, status) for status in OPEN | {S.PAID, S.CLOSED}}
    assert names >= {"Draft", "Generated", "Uploaded", "AwaitingPayment", "Rejected", "Paid", "Closed"}
    assert milestone(Kind.SERVICE, S.PAID) is None
