"""Writing off the rest of an invoice, and how much a role may write off (docs/specification/lifecycle.md 8.4)."""

from datetime import datetime

from models.access.roles import Role
from models.invoice.commands import WriteOff
from models.invoice.effects import WATCHES, EffectName
from models.invoice.errors import InvalidChange, NeedsSomeoneElse
from models.invoice.invoice import ActionStamp, Invoice, WrittenOff
from models.invoice.portal.orders import payment_told
from models.invoice.revision import cancel_effects, next_revision
from models.invoice.status import Status
from models.values.money import ZERO, readable
from models.values.period import local_day

WRITTEN_OFF = "written off"


def write_off(invoice: Invoice, command: WriteOff, now: datetime) -> Invoice:
    """Return the invoice, paid, with its balance written off. It does not count as the client's acceptance."""
    stamp = ActionStamp(by=command.by, at=now, reason=command.reason)
    written_off = WrittenOff(kind=command.kind, amount=invoice.balance, stamp=stamp)
    cancelled = cancel_effects(invoice.effects, WATCHES | {EffectName.REMINDER}, WRITTEN_OFF)
    return next_revision(
        invoice,
        now,
        "write_off",
        by=command.by,
        reason=command.reason,
        details={"kind": written_off.kind, "amount": str(written_off.amount), "balance": str(ZERO)},
        status=Status.PAID,
        overdue=False,
        write_offs=(*invoice.write_offs, written_off),
        effects=(*cancelled, *payment_told(invoice, now, local_day(now, invoice.content.issuer.zone))),
    )


def check_write_off(invoice: Invoice, command: WriteOff, allowed: tuple[str, ...]) -> None:
    """Raise NeedsSomeoneElse above the role's limit, and InvalidChange if the rest is not what the person saw."""
    if command.amount is not None and command.amount != invoice.balance:
        raise InvalidChange(f"amount: the rest of the invoice is {invoice.balance}, not {command.amount}.")
    if reason := reason_write_off_refused(invoice, command.role):
        raise NeedsSomeoneElse(reason, allowed)


def reason_write_off_refused(invoice: Invoice, role: Role | None) -> str | None:
    """Return why the policy forbids the role to write off the rest, as a message for a person; None if it allows it.

    Without a limit of their own an editor writes off nothing and a manager any amount; an admin has no limit. A command
    without a role is treated as a manager's.
    """
    role = role or Role.MANAGER
    if role.includes(Role.ADMIN):
        return None
    currency = invoice.content.currency
    limit = invoice.content.issuer.review.write_off_limits.get(role, {}).get(currency)
    if limit is None:
        if role.includes(Role.MANAGER):
            return None
        limit = ZERO
    if invoice.balance <= limit:
        return None
    return (
        f"The rest is {readable(invoice.balance)} {currency}. The role {role} writes off {readable(limit)} {currency} "
        "at the most; a person with a higher role must do it."
    )
