"""What an invoice waits for a person to do, since when, who must act, and by when (docs/specification/lifecycle.md 13).

All of it is derived from the state, so a wait begins and ends with the command or event that changes the state.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from models.access.roles import Role
from models.invoice.approval import admin_limit
from models.invoice.deadlines.fired import FiredDeadline, Step
from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.invoice import Invoice
from models.invoice.permissions import LEAST_ROLE
from models.invoice.signing.task import signing_task
from models.invoice.status import TRANSITIONS, CommandName, Status
from models.issuer.deadlines import WaitKind
from models.values.base_models import Frozen

_WORDS = {
    WaitKind.REVIEW: "the review",
    WaitKind.SIGNATURE: "our signature in Didox",
    WaitKind.BLOCKED_EFFECT: "a decision about the blocked {effect}",
    WaitKind.UNKNOWN_OUTCOME: "the outcome of the {effect}",
    WaitKind.LATE_WORK: "a decision about late work",
}


class Wait(Frozen):
    """One wait for a person. `command` is what ends it, and `role` the least role that may give that command."""

    kind: WaitKind
    since: datetime
    command: CommandName
    role: Role
    effect: str | None = None
    remind_at: datetime
    escalate_at: datetime | None = None

    @property
    def key(self) -> str:
        """The identity of the wait: a later wait of the same kind has another one."""
        return f"{self.kind}:{self.since.astimezone(UTC).isoformat()}:{self.effect or ''}"

    @property
    def next_role(self) -> Role:
        """The role that is told when the first one has not acted; above admin there is none."""
        return self.role.next_higher

    @property
    def deadlines(self) -> tuple[tuple[Step, datetime], ...]:
        """The deadlines in their order."""
        reminder = ((Step.REMINDER, self.remind_at),)
        return reminder if self.escalate_at is None else (*reminder, (Step.ESCALATION, self.escalate_at))

    def told(self, step: Step) -> Role:
        """Return the role that is told at a deadline."""
        return self.role if step is Step.REMINDER else self.next_role

    @property
    def words(self) -> str:
        """What the invoice waits for, as people read it."""
        effect = self.effect.rpartition(":")[2].replace("_", " ") if self.effect else ""
        return _WORDS[self.kind].format(effect=effect)


def waits(invoice: Invoice) -> tuple[Wait, ...]:
    """Return the waits that have deadlines. An invoice of a release without deadlines has none."""
    return tuple(_waits(invoice))


def open_deadlines(invoice: Invoice, wait: Wait) -> tuple[tuple[Step, datetime], ...]:
    """Return the deadlines of the wait that have not fired."""
    return tuple(
        (step, at) for step, at in wait.deadlines if FiredDeadline(wait=wait.key, step=step) not in invoice.fired
    )


def first_deadline(invoice: Invoice) -> datetime | None:
    """Return the first moment at which somebody is, or was, to be reminded of what the invoice waits for now.

    It stays when it has passed, so that overdue waits can be found. On hold there is none.
    """
    return None if invoice.held else min((wait.remind_at for wait in waits(invoice)), default=None)


def _waits(invoice: Invoice) -> Iterator[Wait]:
    rendered = invoice.latest_effect(EffectName.DOCUMENT)
    if invoice.status is Status.NEEDS_REVIEW and invoice.document is not None and rendered is not None:
        role = Role.ADMIN if admin_limit(invoice) is not None else None
        yield from _wait(invoice, WaitKind.REVIEW, rendered.owed_at, CommandName.APPROVE, role=role)
    to_sign = signing_task(invoice)
    for effect in invoice.effects:
        if effect.name is EffectName.EINVOICE_SIGNATURE and effect.is_open:
            yield from _wait(invoice, WaitKind.SIGNATURE, effect.owed_at, CommandName.SUBMIT_SIGNATURE)
        elif effect.is_blocked and to_sign and to_sign.effect == effect.key:
            since = effect.blocked_since or effect.owed_at
            yield from _wait(invoice, WaitKind.SIGNATURE, since, CommandName.SUBMIT_SIGNATURE, effect=effect.key)
        elif effect.is_blocked:
            yield from _blocked(invoice, effect)
    if invoice.late and invoice.late.differs and invoice.status in TRANSITIONS[invoice.kind][CommandName.CHECK_FACTS]:
        # The facts of an issued invoice can only be taken over by a new document.
        command = CommandName.TAKE_IN if invoice.status is Status.DRAFT else CommandName.VOID
        yield from _wait(invoice, WaitKind.LATE_WORK, invoice.late.since or invoice.late.at, command)


def _blocked(invoice: Invoice, effect: Effect) -> Iterator[Wait]:
    """Yield the wait for a person's decision about an effect. A notice about a wait makes no other wait."""
    if effect.name is EffectName.DEADLINE_NOTICE:
        return
    kind = WaitKind.UNKNOWN_OUTCOME if effect.state is EffectState.UNKNOWN else WaitKind.BLOCKED_EFFECT
    since = effect.blocked_since or effect.owed_at
    yield from _wait(invoice, kind, since, CommandName.RETRY_EFFECT, effect=effect.key)


def _wait(
    invoice: Invoice,
    kind: WaitKind,
    since: datetime,
    command: CommandName,
    *,
    role: Role | None = None,
    effect: str | None = None,
) -> Iterator[Wait]:
    """Yield the wait if its kind has deadlines."""
    policy = invoice.content.issuer.deadlines
    times = policy.times(kind) if policy else None
    if times is None:
        return
    later = times.escalate_after_hours
    yield Wait(
        kind=kind,
        since=since,
        command=command,
        role=role or LEAST_ROLE[command],
        effect=effect,
        remind_at=since + timedelta(hours=times.remind_after_hours),
        escalate_at=None if later is None else since + timedelta(hours=later),
    )
