"""The disturbances: each is carried out when the lives have taken the planned number of steps since the one before."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import httpx
from temporalio.service import RPCError

from local.stack.component import ComponentFailed
from soak import activity_hands, operator_hands, plan
from soak.invariants import Violation
from soak.lives import Life
from soak.plan import Disturbance, DisturbanceKind
from soak.polling import Stuck
from soak.stack import SoakStack

KILLED = {
    DisturbanceKind.KILL_WORKER: "worker",
    DisturbanceKind.KILL_API: "api",
    DisturbanceKind.KILL_CLICKHOUSE: "clickhouse",
    DisturbanceKind.KILL_OBJECT_STORE: "object_store",
}
RESTARTED = {
    DisturbanceKind.RESTART_API: "api",
    DisturbanceKind.RESTART_TEMPORAL: "temporal",
    DisturbanceKind.RESTART_POSTGRES: "postgres",
}
VENDORS = ("planfact", "didox", "mailbox")


@dataclass
class Steps:
    """The count of the steps of all lives; a disturbance waits for it."""

    taken: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def advance(self) -> None:
        async with self._changed:
            self.taken += 1
            self._changed.notify_all()

    async def end(self, is_over: asyncio.Event) -> None:
        async with self._changed:
            is_over.set()
            self._changed.notify_all()

    async def reach(self, count: int, is_over: asyncio.Event) -> None:
        """Return when so many steps are taken, or no more will be."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.taken >= count or is_over.is_set())


@dataclass
class Disturber:
    """Carries out the planned disturbances on the stack and on the lives that are running, and counts them."""

    stack: SoakStack
    planned: Iterator[Disturbance]
    steps: Steps
    running: list[Life]
    counts: Counter[str]
    violations: list[Violation] = field(default_factory=list)
    """The components that did not come back."""

    async def run(self, is_over: asyncio.Event) -> None:
        """Carry out the disturbances until the lives of the round are over, and return when all are completed."""
        at = self.steps.taken
        async with asyncio.TaskGroup() as group:
            for disturbance in self.planned:
                at += disturbance.after
                await self.steps.reach(at, is_over)
                if is_over.is_set():
                    return
                group.create_task(self._note(disturbance))

    async def _note(self, disturbance: Disturbance) -> None:
        """Carry out the disturbance, and count it or note that a component did not come back."""
        try:
            if await self._carry_out(disturbance):
                self.counts[disturbance.kind] += 1
        except (Stuck, ComponentFailed) as error:
            self.violations.append(Violation(None, "stack", f"{disturbance.kind}: {error}"))

    async def _carry_out(self, disturbance: Disturbance) -> bool:
        """Return whether there was something to disturb."""
        random = Random(disturbance.seed)
        match disturbance.kind:
            case DisturbanceKind.FAULT:
                await self._fault(random)
            case kind if kind in KILLED:
                await self.stack.kill(KILLED[kind])
            case kind if kind in RESTARTED:
                await self.stack.restart(RESTARTED[kind])
            case kind:
                return await self._touch(kind, random)
        return True

    async def _fault(self, random: Random) -> None:
        vendor, fault = plan.vendor_fault(random)
        url = f"{self.stack.admin(vendor)}/faults"
        if vendor == "mailbox":
            queued = (await self.stack.http.get(url)).json()
            answer = await self.stack.http.put(url, json=[*queued, fault])
        else:
            answer = await self.stack.http.post(url, json=fault)
        answer.raise_for_status()

    async def _touch(self, kind: DisturbanceKind, random: Random) -> bool:
        """Let an operator do something to a running life's workflow; return whether it was done."""
        lives = [life for life in self.running if life.workflow_id]
        if not lives:
            return False
        life, client = random.choice(lives), self.stack.temporal
        assert life.workflow_id is not None, "lives without one are left out"
        try:
            match kind:
                case DisturbanceKind.SIGNAL:
                    payment_id = f"PAY-{life.plan.number}-1"
                    done = await operator_hands.send_signal(client, life.workflow_id, random, payment_id)
                case DisturbanceKind.RESET:
                    done = await operator_hands.reset(client, life.workflow_id, random)
                case DisturbanceKind.CANCEL:
                    done = await operator_hands.cancel(client, life.workflow_id)
                case DisturbanceKind.TERMINATE:
                    done = await operator_hands.terminate(client, life.workflow_id)
                case DisturbanceKind.PAUSE_ACTIVITY:
                    done = await activity_hands.pause(client, life.workflow_id, random)
                case DisturbanceKind.FAIL_ACTIVITY:
                    done = await activity_hands.fail(client, life.workflow_id, random)
                case DisturbanceKind.COMPLETE_ACTIVITY:
                    done = await activity_hands.complete_with_junk(client, life.workflow_id, random)
                case _:
                    done = await operator_hands.delete(client, life.workflow_id)
        except RPCError as error:  # the workflow has closed in the meantime, or Temporal restarts
            life.history.append(f"operator: {kind} was not possible: {error.message[:100]}")
            return False
        life.history.append(f"operator: {done}")
        return True


async def end_faults(stack: SoakStack) -> None:
    """Remove every queued fault. Raises httpx.HTTPError."""
    for vendor in VENDORS:
        url = f"{stack.admin(vendor)}/faults"
        answer = await (stack.http.put(url, json=[]) if vendor == "mailbox" else stack.http.delete(url))
        answer.raise_for_status()


async def sign_in_didox(stack: SoakStack, document_id: str, action: str) -> bool:
    """Act in Didox as a person with a key does; return whether Didox allowed it."""
    body = {"comment": "rejected by the soak"} if action == "partner-reject" else None
    try:
        answer = await stack.http.post(f"{stack.admin('didox')}/{document_id}/{action}", json=body)
    except httpx.HTTPError:
        return False
    return answer.is_success
