"""A life: one invoice from its draft on, with the next command chosen among those that the API allows."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from models.invoice.status import CommandName
from models.values.period import Period
from soak import commands
from soak.desk import Answer, Desk, Outcome
from soak.plan import LifePlan
from soak.polling import Stuck, until
from workflows.runtime import ids

REPEATED = 0.12  # the share of commands that a person sends again with the same key
AT_ONCE = 0.05  # the share that a person sends twice at the same time
WAIT_SECONDS = 5.0
LONGEST_STOP = 120.0

Restore = Callable[[str], Awaitable[None]]
Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Sent:
    """A command that was sent, with one key however often, and how it was answered in the end."""

    name: CommandName
    outcome: Outcome
    body: dict[str, Any]


@dataclass
class Life:
    """What is known of an invoice from outside: what was sent about it, how that was answered, and its history."""

    plan: LifePlan
    invoice_id: str | None = None
    workflow_id: str | None = None
    sent: list[Sent] = field(default_factory=list)
    resolved: set[str] = field(default_factory=set)
    """The effects that a person has resolved, because the vendor refuses them for good."""
    history: list[str] = field(default_factory=list)
    has_ended: bool = False
    keys: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.plan.seed)

    def next_key(self) -> str:
        """Return a new idempotency key."""
        self.keys += 1
        return f"{self.plan.seed}:{self.keys}"

    @property
    def name(self) -> str:
        return f"life {self.plan.number} ({self.plan.contract}, {self.plan.first_day} to {self.plan.last_day})"


@dataclass
class Walk:
    """One person's work with one invoice. `step` is called after each step, `restore` for an invoice that stopped."""

    life: Life
    desk: Desk
    today: date
    step: Step
    restore: Restore
    ends_at: float = math.inf

    async def run(self) -> None:
        """Make the draft and take the planned number of steps; fewer if the invoice or the time ends before."""
        if not await self._generate():
            return
        for _ in range(self.life.plan.steps):
            invoice = await self.desk.invoice(self._id)
            if commands.has_ended(invoice) or time.monotonic() > self.ends_at:
                return
            name = commands.choose(self.life.random, invoice)
            if name is None:
                await self._wait(invoice)
            else:
                await self._command(name, invoice)
            await self.step()

    async def _generate(self) -> bool:
        """Return whether this life has made an invoice. Another life may have one for the same days."""
        plan = self.life.plan
        period = {"period_start": str(plan.first_day), "period_end": str(plan.last_day)}
        # Known before the draft, so that an operator's hand can meet the opening too.
        self.life.workflow_id = ids.service_invoice(plan.contract, Period(start=plan.first_day, end=plan.last_day))
        body = {"application_key": plan.contract, **period, "confirmed_warnings": commands.CONFIRMED[-1:]}
        answer = await self.desk.generate(body, self.life.next_key())
        self.life.history.append(f"generate: {answer}")
        await self.step()
        if answer.outcome is not Outcome.ACCEPTED or answer.status != 201:
            return False
        self.life.invoice_id, self.life.workflow_id = answer.data["id"], answer.data["workflow_id"]
        return True

    async def _command(self, name: CommandName, invoice: dict[str, Any]) -> None:
        body = commands.body(self.life.random, name, invoice, self.life.plan, self.today)
        await self.send(name, body)

    async def send(self, name: CommandName, body: dict[str, Any]) -> None:
        """Send the command, now and then twice at once or once more, restore what has stopped, and note the outcome."""
        key, chance = self.life.next_key(), self.life.random.random()
        times = 2 if chance < AT_ONCE else 1
        answers = await asyncio.gather(*(self.desk.command(self._id, name, body, key) for _ in range(times)))
        if AT_ONCE < chance < AT_ONCE + REPEATED and answers[0].outcome is Outcome.ACCEPTED:
            answers.append(await self.desk.command(self._id, name, body, key))
        if any(each.needs_restore for each in answers):
            await self.restore(self._id)
            if _outcome(answers) is Outcome.UNANSWERED:
                answers.append(await self.desk.command(self._id, name, body, key))
        self.life.history.append(f"{name}: {', then '.join(map(str, answers))}")
        self.life.sent.append(Sent(name, _outcome(answers), body))

    async def _wait(self, invoice: dict[str, Any]) -> None:
        """Wait until the invoice changes by itself, for a few seconds at most."""

        async def changed() -> dict[str, Any] | None:
            found = await self.desk.invoice(self._id)
            return found if found["revision"] != invoice["revision"] else None

        try:
            await until(changed, WAIT_SECONDS, "a change")
        except Stuck:
            return

    @property
    def _id(self) -> str:
        assert self.life.invoice_id is not None, "generate comes first"
        return self.life.invoice_id


def _outcome(answers: list[Answer]) -> Outcome:
    """Return the outcome of a command that was sent several times with one key."""
    outcomes = [each.outcome for each in answers]
    for outcome in (Outcome.ACCEPTED, Outcome.UNANSWERED):
        if outcome in outcomes:
            return outcome
    return Outcome.REFUSED
