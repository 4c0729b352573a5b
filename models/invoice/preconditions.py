"""`check` raises an error if a command is not allowed for an invoice now (docs/specification/lifecycle.md 2, 3).

The update validator, the handlers and the API's list of allowed commands use the same rules. The messages are for a
bookkeeper.
"""

from datetime import datetime

from models.access.roles import Role
from models.invoice.approval import reason_approver_refused
from models.invoice.checks.confirmation import WarningCode, check_confirmed, warnings_to_confirm
from models.invoice.checks.failed_effects import check_failed_effect
from models.invoice.commands import (
    Approve,
    Command,
    Deliver,
    Edit,
    Finalize,
    MarkUploaded,
    RecordPayment,
    RecordPortalStatus,
    Reject,
    ResolveEffect,
    RetryEffect,
    ReversePayment,
    TakeIn,
    Undo,
    WriteOff,
)
from models.invoice.content.printing import obstacle_to_printing
from models.invoice.editing.edit import apply_edit
from models.invoice.effects import EffectName
from models.invoice.errors import (
    InvalidChange,
    KeyReused,
    NeedsSomeoneElse,
    Refused,
    StaleReview,
    StaleRevision,
)
from models.invoice.invoice import Invoice
from models.invoice.payments.checks import check_payment, check_reversal, is_recorded
from models.invoice.payments.duplicates import check_not_booked
from models.invoice.payments.write_offs import check_write_off, reason_write_off_refused
from models.invoice.permissions import may
from models.invoice.portal.submitting import check_rejection, check_room, check_upload
from models.invoice.postings.synchronisation import obstacle_to_sync
from models.invoice.signing.task import obstacle_to_signature
from models.invoice.status import TRANSITIONS, CommandName, Status, is_final
from models.values.document_options import VIA_DIDOX, Channel
from models.values.money import ZERO
from models.values.request_fingerprint import idempotency_key_of

_STATUS_WORDS = {Status.DRAFT: "a draft", Status.NEEDS_REVIEW: "in the status needs review"}
# Refused while the draft's number or content is being fetched.
_NEED_UNCHANGED_DRAFT = frozenset(
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
    """Return the commands that the invoice's state allows, in the order of CommandName."""
    return tuple(name for name in CommandName if reason_not_allowed(invoice, name) is None)


def allowed_for(invoice: Invoice, by: str, role: Role, on_behalf_of: str | None = None) -> tuple[CommandName, ...]:
    """Return the allowed commands that this person may give in this role, in their own name or in another one's."""
    refused = refused_by_policy(invoice, by, role, on_behalf_of)
    return tuple(name for name in allowed(invoice) if may(role, name) and name not in refused)


def refused_by_policy(invoice: Invoice, by: str, role: Role, on_behalf_of: str | None = None) -> dict[CommandName, str]:
    """Return the commands that the policy refuses to this person, with the reason in words."""
    reasons = {
        CommandName.APPROVE: reason_approver_refused(invoice, by, role, on_behalf_of),
        CommandName.WRITE_OFF: reason_write_off_refused(invoice, role),
    }
    return {name: reason for name, reason in reasons.items() if reason}


def was_applied(invoice: Invoice, idempotency_key: str) -> bool:
    """Return whether a command with this key has been applied. Only the newest keys are remembered."""
    return any(idempotency_key_of(each) == idempotency_key for each in invoice.request_fingerprints)


def is_repeat(invoice: Invoice, command: Command) -> bool:
    """Return whether the command has been applied before: the caller repeats it because the answer was lost.

    Raises KeyReused or PaymentMismatch if its key or its payment id was used for something else.
    """
    if command.idempotency_key is not None and was_applied(invoice, command.idempotency_key):
        if command.request_fingerprint in invoice.request_fingerprints:
            return True
        raise KeyReused(
            f"This Idempotency-Key was used before for another {_words(command.name)}; nothing was changed. "
            "Send this request with a new key.",
            allowed(invoice),
        )
    return isinstance(command, RecordPayment) and is_recorded(invoice, command, allowed(invoice))


def check(invoice: Invoice, command: Command, now: datetime) -> None:
    """Raise Refused, one of its subclasses, or InvalidChange if the command cannot be applied."""
    if is_repeat(invoice, command):
        return
    if reason := reason_unprintable(invoice, command.name):
        raise Refused(reason, allowed(invoice))
    check_except_edit(invoice, command, now)
    if isinstance(command, Edit):
        apply_edit(invoice.content, command)


def check_except_edit(invoice: Invoice, command: Command, now: datetime, *, asks: bool = True) -> None:
    """Check everything except the letters of a document and the changes of an edit, which `apply` computes.

    See `apply` for `asks`.
    """
    if reason := _reason_by_state(invoice, command.name):
        raise Refused(reason, allowed(invoice))
    match command:
        case Edit() | Undo() | TakeIn():
            _check_revision(invoice, command)
        case Finalize():
            _check_warnings(invoice, command, now, asks=asks)
        case Approve():
            _check_review(invoice, command)
        case Deliver():
            _check_delivery(invoice, command)
        case RecordPayment():
            check_payment(invoice, command, now)
            if asks:
                check_not_booked(invoice, command, allowed(invoice))
        case ReversePayment():
            check_reversal(invoice, command, allowed(invoice))
        case WriteOff():
            check_write_off(invoice, command, allowed(invoice))
        case MarkUploaded():
            check_upload(invoice, command, now)
        case RecordPortalStatus():
            check_room(invoice)
        case Reject():
            check_rejection(invoice, command)
        case RetryEffect() | ResolveEffect():
            check_failed_effect(invoice, command)


def reason_not_allowed(invoice: Invoice, name: CommandName) -> str | None:
    """Return why the invoice's state forbids the command, as a message for a bookkeeper; None if it allows it."""
    return _reason_by_state(invoice, name) or reason_unprintable(invoice, name)


def reason_unprintable(invoice: Invoice, name: CommandName) -> str | None:
    """Return why the document that the command would render cannot be printed; None if it can.

    `check_except_edit` does not include this rule, because histories hold documents that were finalised before it.
    """
    if name is not CommandName.FINALIZE or invoice.status is not Status.DRAFT:
        return None
    return obstacle_to_printing(invoice.content)


def _reason_by_state(invoice: Invoice, name: CommandName) -> str | None:
    if invoice.status not in TRANSITIONS[invoice.kind][name]:
        status = _STATUS_WORDS.get(invoice.status, _words(invoice.status))
        return f"The invoice is {status}; {_words(name)} is not possible in this status."
    if invoice.is_busy and invoice.status is Status.DRAFT and name in _NEED_UNCHANGED_DRAFT:
        return "The number or the contract data of this draft are being fetched; try again in a moment."
    match name:
        case CommandName.UNDO if not invoice.undoable:
            return "There is no edit to undo."
        case CommandName.CHECK_FACTS | CommandName.REGENERATE if invoice.held:
            return "The invoice is on hold, so no contract data are fetched; release it first."
        case CommandName.CHECK_FACTS if invoice.is_comparing:
            return "The invoice is already being compared with the contract data; look at the result in a moment."
        case CommandName.TAKE_IN:
            return _obstacle_to_take_in(invoice)
        case CommandName.FINALIZE:
            return _obstacle_to_finalize(invoice)
        case CommandName.APPROVE:
            return _obstacle_to_approve(invoice)
        case CommandName.DELIVER if _delivery_in_progress(invoice):
            return "A delivery of the invoice is already in progress; see its effects."
        case CommandName.DISCARD if invoice.number:
            return f"The draft has taken number {invoice.number.display}; void it instead, so that no gap is left."
        case CommandName.VOID:
            return _obstacle_to_void(invoice)
        case CommandName.REVERSE_PAYMENT if not invoice.standing_payments:
            return "There is no payment of this invoice that could be reversed."
        case CommandName.REJECT if is_final(invoice.kind, Status.REJECTED) and invoice.standing_payments:
            return f"{invoice.paid} has been paid on this invoice; only an unpaid one can be rejected."
        case CommandName.HOLD if invoice.held:
            return "The invoice is already on hold."
        case CommandName.RELEASE if not invoice.held:
            return "The invoice is not on hold."
        case CommandName.RELEASE if invoice.is_complete:
            return "The invoice is final and has no effect that waits for a release."
        case CommandName.RETRY_EFFECT | CommandName.RESOLVE_EFFECT if not invoice.blocked:
            return "No effect of this invoice has failed, so there is nothing to retry or resolve."
        case CommandName.SYNC_PLANFACT:
            return obstacle_to_sync(invoice)
        case CommandName.SUBMIT_SIGNATURE:
            return obstacle_to_signature(invoice)
    return None


def _obstacle_to_take_in(invoice: Invoice) -> str | None:
    late = invoice.late
    if late is None:
        return "The draft has not been compared with the contract data since its last change; check the facts first."
    if late.obstacle or not late.differs or late.patch is None:
        return late.obstacle or "The draft agrees with the contract data; there is nothing to take in."
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
        return "The document is still being rendered, so it has not been reviewed; try again in a moment."
    if any(effect.name is EffectName.ACCOUNTING_REVERSAL for effect in invoice.blocked):
        # Otherwise the income would be posted twice.
        return "The posting of the earlier approval has not been reversed; retry or resolve that effect first."
    return None


def _obstacle_to_void(invoice: Invoice) -> str | None:
    if invoice.number is None:
        return "Only an issued invoice can be voided. This draft has no number yet; discard it instead."
    if invoice.standing_payments:
        return f"{invoice.paid} has been paid on this invoice; only an unpaid one can be voided."
    return None


def _check_revision(invoice: Invoice, command: Edit | Undo | TakeIn) -> None:
    if command.expected_revision != invoice.revision:
        raise StaleRevision(
            f"The invoice is at revision {invoice.revision}, but your {_words(command.name)} was made on revision "
            f"{command.expected_revision}. Look at the newer revision and repeat the {_words(command.name)} on it.",
            allowed(invoice),
        )


def _check_warnings(invoice: Invoice, command: Finalize, now: datetime, *, asks: bool) -> None:
    warnings = warnings_to_confirm(invoice, command, now)
    asked = [each for each in warnings if asks or each.code is not WarningCode.DUE_DATE_PASSED]
    check_confirmed(asked, command.confirmed_warnings, "finalise", allowed(invoice))


def _check_review(invoice: Invoice, command: Approve) -> None:
    if command.digest != invoice.digest:
        raise StaleReview(
            "The document has changed since it was reviewed; open it again and approve what you see.", allowed(invoice)
        )
    if reason := reason_approver_refused(invoice, command.by, command.role, command.on_behalf_of):
        raise NeedsSomeoneElse(reason, allowed(invoice))


def _check_delivery(invoice: Invoice, command: Deliver) -> None:
    channel = command.channel or invoice.content.channel
    if channel is Channel.EMAIL and not invoice.content.recipients:
        raise InvalidChange("channel: the client has no e-mail address; reopen the invoice and add recipients.")
    if channel in VIA_DIDOX and not invoice.content.customer.tin:
        raise InvalidChange("channel: the client has no tax number (TIN), and Didox needs one.")
    if channel in VIA_DIDOX and any(effect.name is EffectName.EINVOICE_CANCEL for effect in invoice.blocked):
        raise Refused(
            "The act of the earlier approval has not been cancelled in Didox; retry or resolve that effect first.",
            allowed(invoice),
        )


def _delivery_in_progress(invoice: Invoice) -> bool:
    return any(effect.spec.delivers and effect.is_unfinished for effect in invoice.effects)


def _words(name: str) -> str:
    return name.replace("_", " ")
