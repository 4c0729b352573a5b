"""The settling of a round: without faults, every stopped invoice is restored and every life is brought to its end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from temporalio.service import RPCError, RPCStatusCode

from models.invoice.effects import WATCHES
from models.invoice.status import CommandName
from soak import activity_hands, commands, operator_hands
from soak.disturbances import end_faults, sign_in_didox
from soak.invariants import Violation
from soak.lives import Life, Walk
from soak.polling import Stuck, until
from soak.stack import SoakStack

LONGEST_LIFE = 240.0
LONGEST_CHECK = 120.0
AT_ONCE = 8
RETRIES = 3


async def no_step() -> None:
    return None


@dataclass
class Settling:
    """The settling of the lives of one round. `violations` holds what did not settle in time."""

    stack: SoakStack
    today: date
    on_settled: Callable[[], None]
    violations: list[Violation] = field(default_factory=list)

    async def run(self, lives: list[Life]) -> None:
        await self.stack.until_healthy()
        await end_faults(self.stack)
        for life in lives:
            await self._unpause(life)
        await self._restore_all()
        waiting = iter(lives)

        async def finish_lives() -> None:
            for life in waiting:
                await self._finish(life)
                self.on_settled()

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(finish_lives())
        await self._check()

    async def _unpause(self, life: Life) -> None:
        """End a pause that the soak itself could not end, because Temporal restarted meanwhile."""
        try:
            await activity_hands.try_at_once(self.stack.temporal, str(life.workflow_id))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def _restore_all(self) -> None:
        """Restore what stopped, until `aktum invoices check` finds nothing."""

        async def clean() -> bool | None:
            await self.stack.aktum("invoice", "restore", "--all")
            return True if (await self.stack.aktum("invoices", "check")).returncode == 0 else None

        try:
            await until(clean, LONGEST_CHECK, "`aktum invoices check` to find nothing after `aktum invoice restore`")
        except Stuck as stuck:
            self._note(None, "stuck", str(stuck))

    async def _finish(self, life: Life) -> None:
        if life.invoice_id is None:
            return
        ending = Ending(self.stack, life, self.today)
        try:
            await until(ending.proceed, LONGEST_LIFE, "the invoice to end")
        except Stuck as stuck:
            invoice = await self.stack.desk.invoice(life.invoice_id)
            waiting = [f"{e['name']} {e['state']} ({e['error']})" for e in invoice["effects"] if e["state"] != "done"]
            self._note(life, "stuck", f"{stuck}: {invoice['status']}, {'; '.join(waiting) or 'no open effect'}")

    async def _check(self) -> None:
        for words in (("invoices", "check"), ("audit", "verify")):
            done = await self.stack.aktum(*words)
            if done.returncode:
                self._note(None, " ".join(words), done.stdout + done.stderr)

    def _note(self, life: Life | None, rule: str, text: str) -> None:
        self.violations.append(Violation(life.invoice_id if life else None, rule, text))


@dataclass
class Ending:
    """The steps that bring one invoice to its end: retry what failed, release, pay, and otherwise withdraw it."""

    stack: SoakStack
    life: Life
    today: date
    retries: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.walk = Walk(self.life, self.stack.desk, self.today, no_step, partial(restore, self.stack, self.life))

    async def proceed(self) -> bool | None:
        """Take one step if one is possible; return True when the invoice has ended."""
        assert self.life.invoice_id is not None, "only a life with an invoice is finished"
        invoice = await self.stack.desk.invoice(self.life.invoice_id)
        if commands.has_ended(invoice):
            self.life.has_ended = not await self._still_runs()
            if not self.life.has_ended:
                await restore(self.stack, self.life, self.life.invoice_id)
            return self.life.has_ended or None
        failed = [each for each in invoice["effects"] if each["needs_a_person"]]
        if failed and not invoice["held"]:
            await self._retry(failed[0])
            return None
        # An effect in progress may lead to the next status; only a person in Didox is not waited for.
        open_names = {e["name"] for e in invoice["effects"] if e["state"] == "pending"} - WATCHES
        if open_names and not invoice["held"]:
            await self._try_at_once()
            return None
        name = commands.ending(invoice)
        if name is not None:
            await self.walk.send(name, self._body(name, invoice))
        return None

    def _body(self, name: CommandName, invoice: dict[str, Any]) -> dict[str, Any]:
        if name is CommandName.RECORD_PAYMENT:
            return commands.payment(invoice, self.life.plan, self.today, whole=True)
        return commands.body(self.life.random, name, invoice, self.life.plan, self.today)

    async def _retry(self, effect: dict[str, Any]) -> None:
        """Retry a failed effect; what the vendor refuses again and again is resolved, as a person would."""
        key = effect["key"]
        self.retries[key] = self.retries.get(key, 0) + 1
        if self.retries[key] <= RETRIES:
            if effect["name"] == "einvoice_cancel" and effect["vendor_id"]:
                await sign_in_didox(self.stack, effect["vendor_id"], "partner-reject")
            await self.walk.send(CommandName.RETRY_EFFECT, {"effect_id": key})
            return
        self.life.resolved.add(key)
        resolution = {"effect_id": key, "outcome": "skipped", "note": "the vendor refuses it; done by hand"}
        await self.walk.send(CommandName.RESOLVE_EFFECT, resolution)

    async def _still_runs(self) -> bool:
        """Return whether the workflow of the ended invoice runs, as one does that was reset at its end."""
        try:
            return await operator_hands.is_running(self.stack.temporal, str(self.life.workflow_id))
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise

    async def _try_at_once(self) -> None:
        try:
            await activity_hands.try_at_once(self.stack.temporal, str(self.life.workflow_id))
        except RPCError as error:  # the attempt has begun or ended in the meantime
            self.life.history.append(f"operator: no try at once: {error.message[:80]}")


async def restore(stack: SoakStack, life: Life, invoice_id: str) -> None:
    """Continue a stopped invoice, as the answer to a command asks for."""
    done = await stack.aktum("invoice", "restore", invoice_id)
    life.history.append(f"aktum invoice restore: {done.returncode}, {(done.stdout + done.stderr).strip()[:200]}")
