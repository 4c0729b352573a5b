"""A payable: what is owed to a vendor for a bill, from its receipt to its payment (docs/specification/bills.md 12).

`check` refuses a command that is not allowed now; `apply` returns the payable after it, with its event.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, NamedTuple

from pydantic import Field, StringConstraints

from models.access.roles import Role
from models.audit.hash_chain import Event, append_event
from models.bills.payable_errors import PayableForbidden, PayableInvalid, PayableRefused, StalePayable
from models.values.base_models import Frozen, Strict
from models.values.currencies import MINOR_UNITS, Currency
from models.values.typed_values import TypedDay, Whole

_NOT_LOGGED: Final = frozenset({"revision", "chain", "updated_at", "imported_at"})
HIGHEST_REVISION: Final = 2**31 - 1


class PayableStatus(StrEnum):
    RECEIVED = "received"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PAID = "paid"


class PayableCommandName(StrEnum):
    APPROVE = "approve"
    SCHEDULE = "schedule"
    MARK_PAID = "mark_paid"
    LOCK = "lock"
    UNLOCK = "unlock"


LEAST_ROLE: Final[Mapping[PayableCommandName, Role]] = MappingProxyType(
    {
        PayableCommandName.APPROVE: Role.EDITOR,
        PayableCommandName.SCHEDULE: Role.EDITOR,
        PayableCommandName.MARK_PAID: Role.MANAGER,
        PayableCommandName.LOCK: Role.MANAGER,
        PayableCommandName.UNLOCK: Role.MANAGER,
    }
)
FROM: Final[Mapping[PayableCommandName, frozenset[PayableStatus]]] = MappingProxyType(
    {
        PayableCommandName.APPROVE: frozenset({PayableStatus.RECEIVED}),
        PayableCommandName.SCHEDULE: frozenset({PayableStatus.APPROVED, PayableStatus.SCHEDULED}),
        PayableCommandName.MARK_PAID: frozenset({PayableStatus.APPROVED, PayableStatus.SCHEDULED}),
        PayableCommandName.LOCK: frozenset(PayableStatus),
        PayableCommandName.UNLOCK: frozenset(PayableStatus),
    }
)

Reason = Annotated[str, StringConstraints(min_length=3, max_length=500)]


class PayableCommand(Strict):
    """The base class. A command that names a revision is refused when the payable has another one."""

    name: ClassVar[PayableCommandName]
    revision: Annotated[Whole, Field(ge=1, le=HIGHEST_REVISION)] | None = Field(
        default=None, description="the revision that the command was made on"
    )


class ApprovePayable(PayableCommand):
    """Approves the amount for payment."""

    name = PayableCommandName.APPROVE


class SchedulePayable(PayableCommand):
    """Sets the day of the payment, for the first time or anew."""

    name = PayableCommandName.SCHEDULE
    pay_on: TypedDay = Field(description="today or a later day")


class MarkPayablePaid(PayableCommand):
    """Records the payment."""

    name = PayableCommandName.MARK_PAID
    paid_on: TypedDay = Field(description="today or an earlier day")
    reference: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="of the bank, by which the payment is found"
    )


class LockPayable(PayableCommand):
    """Locks the amount: an import that would change it is refused. The payment goes on."""

    name = PayableCommandName.LOCK
    reason: Reason


class UnlockPayable(PayableCommand):
    """Ends a lock."""

    name = PayableCommandName.UNLOCK
    reason: Reason


AnyPayableCommand = ApprovePayable | SchedulePayable | MarkPayablePaid | LockPayable | UnlockPayable


class Payable(Frozen):
    """An invoice of a vendor that a tenant owes. Amounts are in minor units of the currency."""

    id: str
    tenant_id: str
    vendor_id: str
    vendor: str
    source: str
    external_id: str
    external_number: str | None = None
    version: int
    currency: Currency
    period_start: date
    period_end: date
    issued_at: datetime | None = None
    due_date: date
    net_minor: int
    tax_minor: int
    gross_minor: int
    line_count: int
    lines_summed_by: tuple[str, ...] = ()
    content_digest: str
    imported_at: datetime
    status: PayableStatus
    approved_by: str | None = None
    scheduled_for: date | None = None
    paid_on: date | None = None
    payment_reference: str | None = None
    lock_reason: str | None = None
    revision: int
    chain: str
    created_at: datetime
    updated_at: datetime

    @property
    def is_locked(self) -> bool:
        return self.lock_reason is not None

    @property
    def is_closed(self) -> bool:
        """Whether its money must not change any more: it is paid or locked."""
        return self.is_locked or self.status is PayableStatus.PAID

    @property
    def allowed(self) -> tuple[PayableCommandName, ...]:
        """The commands that the status allows, for whoever has the role."""
        turned = PayableCommandName.LOCK if self.is_locked else PayableCommandName.UNLOCK
        return tuple(name for name in PayableCommandName if self.status in FROM[name] and name is not turned)


class PayableActor(Frozen):
    """Who changes a payable. An import has no role."""

    name: str
    role: Role | None
    source: str


class PayableChange(NamedTuple):
    """A payable after a change, and the event of the change; None if nothing is to be told."""

    payable: Payable
    event: Event | None


def amount_of(minor: int, currency: Currency) -> Decimal:
    """Return an amount in minor units as a decimal: 8692 in USD is 86.92."""
    return Decimal(minor).scaleb(-MINOR_UNITS[currency])


def check(payable: Payable, command: AnyPayableCommand, actor: PayableActor, today: date) -> None:
    """Raise PayableForbidden, PayableRefused or PayableInvalid if the command is not allowed now."""
    least = LEAST_ROLE[command.name]
    if actor.role is None or not actor.role.includes(least):
        raise PayableForbidden(f"{command.name} needs the role {least} or a higher one; {actor.name} is {actor.role}")
    if command.revision is not None and command.revision != payable.revision:
        raise StalePayable(command.revision, payable.revision)
    if command.name not in payable.allowed:
        state = f"{payable.status} and locked" if payable.is_locked else f"{payable.status} and not locked"
        raise PayableRefused(f"The payable is {state}; {command.name} is not possible now.", payable.allowed)
    match command:
        case SchedulePayable() if command.pay_on < today:
            raise PayableInvalid("pay_on", f"must be today, {today}, or a later day")
        case MarkPayablePaid() if command.paid_on > today:
            raise PayableInvalid("paid_on", f"must be today, {today}, or an earlier day")


def apply(
    payable: Payable, command: AnyPayableCommand, actor: PayableActor, now: datetime, today: date
) -> PayableChange:
    """Return the payable after the command, with its event. Raises what `check` raises."""
    check(payable, command, actor, today)
    reason = getattr(command, "reason", None)
    return changed(payable, _updates(command, actor), actor, command.name, now, reason=reason)


def executed_by(events: Iterable[Event], command: AnyPayableCommand, actor: PayableActor) -> Event | None:
    """Return the event of this very command if the person has given it before on the same revision; else None."""
    updates = {name: _text(_plain(value)) for name, value in _updates(command, actor).items()}
    return next((event for event in events if _is_of(event, command, actor, updates)), None)


def _is_of(event: Event, command: AnyPayableCommand, actor: PayableActor, updates: Mapping[str, str | None]) -> bool:
    is_next = command.revision is not None and event.seq == command.revision + 1
    is_same = (event.by, event.action, event.reason) == (actor.name, command.name, getattr(command, "reason", None))
    return (
        is_next and is_same and all(event.changes.get(name, ("", after))[1] == after for name, after in updates.items())
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _updates(command: AnyPayableCommand, actor: PayableActor) -> dict[str, Any]:
    match command:
        case ApprovePayable():
            return {"status": PayableStatus.APPROVED, "approved_by": actor.name}
        case SchedulePayable():
            return {"status": PayableStatus.SCHEDULED, "scheduled_for": command.pay_on}
        case MarkPayablePaid():
            return {
                "status": PayableStatus.PAID,
                "paid_on": command.paid_on,
                "payment_reference": command.reference,
            }
        case LockPayable():
            return {"lock_reason": command.reason}
        case UnlockPayable():
            return {"lock_reason": None}


def changed(
    payable: Payable,
    updates: Mapping[str, Any],
    actor: PayableActor,
    action: str,
    now: datetime,
    *,
    reason: str | None = None,
    is_new: bool = False,
    **details: str,
) -> PayableChange:
    """Return the payable with the updates, and the event that tells them. All fields of a new payable are told."""
    after = payable.model_copy(update={**updates, "updated_at": now})
    new = after.model_dump(mode="json", exclude=set(_NOT_LOGGED))
    old = dict.fromkeys(new) if is_new else payable.model_dump(mode="json", exclude=set(_NOT_LOGGED))
    event = append_event(
        payable.chain,
        payable.revision + 1,
        at=now,
        by=actor.name,
        action=action,
        reason=reason,
        status_before=payable.status,
        status_after=after.status,
        changes={name: (_text(old[name]), _text(new[name])) for name in sorted(new) if old[name] != new[name]},
        details={"role": actor.role.value if actor.role else "", "source": actor.source, **details},
    )
    return PayableChange(after.model_copy(update={"revision": event.seq, "chain": event.hash}), event)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
