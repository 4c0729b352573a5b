"""`check`: may this command act on this invoice now? The same answer for validator, handler, dry run and tests."""

from datetime import date, datetime, timedelta

from models.access.roles import Role
from models.invoice.approval import reason_approver_refused
from models.invoice.commands import (
    Approve,
    Command,
    Deliver,
    Edit,
    MarkUploaded,
    RecordPayment,
    ResolveEffect,
    RetryEffect,
    TakeIn,
    Undo,
    key_of,
)
from models.invoice.content.printing import obstacle_to_printing
from models.invoice.editing.edit import apply_edit
from models.invoice.effects import Effect, EffectKind, EffectName
from models.invoice.errors import (
    InvalidChange,
    KeyReused,
    NeedsSomeoneElse,
    PaymentMismatch,
    Refused,
    StaleReview,
    StaleRevision,
)
from models.invoice.invoice import Invoice
from models.invoice.permissions import may
from models.invoice.status import TRANSITIONS, CommandName, Status, is_final
from models.values.document_options import Channel
from models.values.money import ZERO
from models.values.period import YEARS, local_day

_IS = {Status.DRAFT: "a draft", Status.NEEDS_REVIEW: "in the status needs review"}
_NEEDS_A_STILL_DRAFT = frozenset(
    {
        CommandName.EDIT,
        CommandName.UNDO,
        CommandName.TAKE_IN,
        CommandName.FINALIZE,
        CommandName.REGENERATE,
        CommandName.CHECK_FACTS,
        CommandName.DISCARD,
        CommandName.VOID,
    }
)


def allowed(invoice: Invoice) -> tuple[CommandName, ...]:
    """The commands that would not be refused for the invoice's state, in the order of the table."""
    return tuple(name for name in CommandName if reason_not_allowed(invoice, name) is None)


def allowed_for(invoice: Invoice, by: str, role: Role) -> tuple[CommandName, ...]:
    """Those of the allowed commands that this person may give."""
    mine = (name for name in allowed(invoice) if may(role, name))
    return tuple(
        name for name in mine if name is not CommandName.APPROVE or not reason_approver_refused(invoice, by, role)
    )


def was_made(invoice: Invoice, idempotency_key: str) -> bool:
    """Whether a request with this key changed the invoice, among the last that came with one."""
    return any(key_of(each) == idempotency_key for each in invoice.request_fingerprints)


def is_repeat(invoice: Invoice, command: Command) -> bool:
    """A command that has already been applied: the caller repeats it because the answer got lost."""
    if command.idempotency_key is not None and was_made(invoice, command.idempotency_key):
        if command.request_fingerprint in invoice.request_fingerprints:
            return True
        what = f"This Idempotency-Key was used before for another {_words(command.name)}; nothing was changed."
        raise KeyReused(f"{what} Send this one with a new key.", allowed(invoice))
    return isinstance(command, RecordPayment) and _booked(invoice, command)


def check(invoice: Invoice, command: Command, now: datetime) -> None:
    """Raises Refused (or a subclass) or InvalidChange; changes nothing."""
    if is_repeat(invoice, command):
        return
    if obstacle := unprintable(invoice, command.name):
        raise Refused(obstacle, allowed(invoice))
    check_except_edit(invoice, command, now)
    if isinstance(command, Edit):
        apply_edit(invoice.content, command)


def check_except_edit(invoice: Invoice, command: Command, now: datetime) -> None:
    """`check` but for the edit itself, which is tried out by making it: on a long draft it takes its time."""
    if why_not := _reason_by_state(invoice, command.name):
        raise Refused(why_not, allowed(invoice))
    match command:
        case Edit() | Undo() | TakeIn():
            _check_revision(invoice, command)
        case Approve():
            _check_review(invoice, command)
        case Deliver():
            _check_delivery(invoice, command)
        case RecordPayment():
            _check_payment_day(invoice, command, now)
        case MarkUploaded():
            _check_upload(invoice, command, now)
        case RetryEffect() | ResolveEffect():
            _check_effect(invoice, command)


def reason_not_allowed(invoice: Invoice, name: CommandName) -> str | None:
    """Why the invoice's state forbids the command, in words for a bookkeeper; None when it does not."""
    return _reason_by_state(invoice, name) or unprintable(invoice, name)


def unprintable(invoice: Invoice, name: CommandName) -> str | None:
    """Why the document that the command asks for cannot be printed; None when it can.

    Not part of `check_except_edit`: histories hold documents that were finalised before this rule."""
    if name is not CommandName.FINALIZE or invoice.status is not Status.DRAFT:
        return None
    return obstacle_to_printing(invoice.content)


def _reason_by_state(invoice: Invoice, name: CommandName) -> str | None:
    if invoice.status not in TRANSITIONS[invoice.kind][name]:
        status = _IS.get(invoice.status, _words(invoice.status))
        return f"The invoice is {status}; {_words(name)} is not possible from there."
    if invoice.is_busy and invoice.status is Status.DRAFT and name in _NEEDS_A_STILL_DRAFT:
        return "The draft is being worked on (number or facts are being fetched); try again in a moment."
    match name:
        case CommandName.UNDO if not invoice.undoable:
            return "There is no edit to take back."
        case CommandName.CHECK_FACTS | CommandName.REGENERATE if invoice.held:
            return "The invoice is on hold, and nothing is fetched meanwhile; release it first."
        case CommandName.CHECK_FACTS if invoice.is_comparing:
            return "The facts are being compared already; look at the result in a moment."
        case CommandName.TAKE_IN:
            return _obstacle_to_take_in(invoice)
        case CommandName.FINALIZE:
            return _obstacle_to_finalize(invoice)
        case CommandName.APPROVE:
            return _obstacle_to_approve(invoice)
        case CommandName.DELIVER if _delivery_in_progress(invoice):
            return "The invoice is being delivered already; see its effects."
        case CommandName.DISCARD if invoice.number:
            return f"The draft has taken number {invoice.number.display}; void it instead, so that no gap is left."
        case CommandName.VOID:
            return _obstacle_to_void(invoice)
        case CommandName.REJECT if is_final(invoice.kind, Status.REJECTED) and invoice.payments:
            return f"{invoice.paid} has been paid on this invoice; only an unpaid one can be rejected."
        case CommandName.HOLD if invoice.held:
            return "The invoice is on hold already."
        case CommandName.RELEASE if not invoice.held:
            return "The invoice is not on hold."
        case CommandName.RELEASE if invoice.is_final and not invoice.open_effects and not invoice.blocked:
            return "The invoice has ended; nothing of it waits for a release."
        case CommandName.RETRY_EFFECT | CommandName.RESOLVE_EFFECT if not invoice.blocked:
            return "No effect of this invoice has failed, so there is nothing to retry or resolve."
    return None


def _obstacle_to_take_in(invoice: Invoice) -> str | None:
    late = invoice.late
    if late is None:
        return "The draft, as it is now, has not been compared with the facts; check the facts first."
    if late.obstacle or not late.differs or late.patch is None:
        return late.obstacle or "The draft says what the facts say; there is nothing to take in."
    return None


def _obstacle_to_finalize(invoice: Invoice) -> str | None:
    content = invoice.content
    if invoice.held:
        return "The invoice is on hold; release it first."
    if not any(line.billed for line in content.lines) or content.totals.total_amount <= ZERO:
        return f"The total is {content.totals.total_amount}; there is nothing to invoice."
    if not content.customer.name.strip():
        return "The customer has no name, so the document would have no addressee."
    return None


def _obstacle_to_approve(invoice: Invoice) -> str | None:
    if invoice.document is None:
        return "The document is still being rendered, so nobody can have reviewed it."
    if any(effect.name is EffectName.ACCOUNTING_REVERSAL for effect in invoice.blocked):
        # Otherwise the income would be booked twice.
        return "What the earlier approval booked has not been taken back; retry or resolve that effect first."
    return None


def _obstacle_to_void(invoice: Invoice) -> str | None:
    if invoice.number is None:
        return "Only an issued invoice is voided; this draft has no number yet, discard it instead."
    if invoice.payments:
        return f"{invoice.paid} has been paid on this invoice; only an unpaid one can be voided."
    return None


def _check_revision(invoice: Invoice, command: Edit | Undo | TakeIn) -> None:
    if command.expected_revision != invoice.revision:
        raise StaleRevision(
            f"The invoice is at revision {invoice.revision}, your {_words(command.name)} was made on "
            f"{command.expected_revision}. Look at the newer version and repeat the {_words(command.name)} on it.",
            allowed(invoice),
        )


def _check_review(invoice: Invoice, command: Approve) -> None:
    if command.digest != invoice.digest:
        raise StaleReview(
            "The document has changed since it was reviewed; open it again and approve what you see.", allowed(invoice)
        )
    if objection := reason_approver_refused(invoice, command.by, command.role):
        raise NeedsSomeoneElse(objection, allowed(invoice))


def _check_delivery(invoice: Invoice, command: Deliver) -> None:
    channel = command.channel or invoice.content.channel
    if channel is Channel.EMAIL and not invoice.content.recipients:
        raise InvalidChange("channel: the client has no e-mail address; reopen the invoice and add recipients.")
    if channel is Channel.DIDOX and not invoice.content.customer.tin:
        raise InvalidChange("channel: the client has no tax number (TIN), and Didox needs one.")
    if channel is Channel.DIDOX and any(effect.name is EffectName.EINVOICE_CANCEL for effect in invoice.blocked):
        raise Refused(
            "The act of the earlier approval has not been taken back in Didox; retry or resolve that effect first.",
            allowed(invoice),
        )


def _check_upload(invoice: Invoice, command: MarkUploaded, now: datetime) -> None:
    if command.uploaded_at.tzinfo is None:
        raise InvalidChange("uploaded_at: give the time with its zone, e.g. 2026-03-01T10:00:00+05:00.")
    if command.uploaded_at.year not in YEARS:
        raise InvalidChange(f"uploaded_at: {command.uploaded_at} cannot be meant.")
    if _is_ahead(invoice, local_day(command.uploaded_at, invoice.content.issuer.zone), now):
        raise InvalidChange(f"uploaded_at: {command.uploaded_at} is in the future.")


def _check_payment_day(invoice: Invoice, command: RecordPayment, now: datetime) -> None:
    if command.paid_on.year not in YEARS:
        raise InvalidChange(f"paid_on: {command.paid_on} cannot be meant.")
    if _is_ahead(invoice, command.paid_on, now):
        raise InvalidChange(f"paid_on: {command.paid_on} is in the future.")


def _is_ahead(invoice: Invoice, day: date, now: datetime) -> bool:
    """A day is let through, as somewhere east of here it is already tomorrow."""
    return day > local_day(now, invoice.content.issuer.zone) + timedelta(days=1)


def _check_effect(invoice: Invoice, command: RetryEffect | ResolveEffect) -> None:
    blocked = {effect.key: effect for effect in invoice.blocked}
    effect = blocked.get(command.effect_id)
    if effect is None:
        raise InvalidChange(f"effect_id: no failed effect has this id; failed are {', '.join(blocked)}.")
    if isinstance(command, ResolveEffect) and effect.spec.kind is EffectKind.INTERNAL:
        raise InvalidChange(f"effect_id: {effect.name} is made by Aktum itself; retry it.")
    if isinstance(command, ResolveEffect) and command.outcome == "done":
        _check_what_was_found(effect, command)


def _check_what_was_found(effect: Effect, command: ResolveEffect) -> None:
    """What follows from these effects takes more than that they are done."""
    if effect.name is EffectName.EINVOICE_ANSWER:
        raise InvalidChange("outcome: say what the client answered: accept or reject the invoice.")
    if effect.name is EffectName.EINVOICE and not (command.vendor_id or effect.vendor_id):
        raise InvalidChange("vendor_id: give the id that the act has in Didox, so that its signature can be watched.")
    if effect.name is EffectName.ACCOUNTING and not (command.vendor_id or effect.vendor_id):
        raise InvalidChange("vendor_id: give the id that the shipment has in PlanFact, so that it can be taken back.")


def _booked(invoice: Invoice, command: RecordPayment) -> bool:
    booked = next((p for p in invoice.payments if p.payment_id == command.payment_id), None)
    if booked is None:
        return False
    if (booked.amount, booked.paid_on) != (command.amount, command.paid_on):
        raise PaymentMismatch(
            f"Payment {booked.payment_id} is booked with {booked.amount} of {booked.paid_on}; "
            f"the same id cannot mean {command.amount} of {command.paid_on}.",
            allowed(invoice),
        )
    return True


def _delivery_in_progress(invoice: Invoice) -> bool:
    return any(effect.spec.delivers and effect.is_unfinished for effect in invoice.effects)


def _words(name: str) -> str:
    return name.replace("_", " ")
