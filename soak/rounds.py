"""The rounds of a soak: lives under disturbances, then their settling and the check, until the time is over."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import count

from sqlalchemy.ext.asyncio import AsyncEngine

from soak import evidence, plan
from soak.disturbances import Disturber, Steps
from soak.invariants import Violation, violations
from soak.lives import Life, Walk
from soak.polling import Stuck
from soak.report import Report
from soak.settling import Settling, restore
from soak.stack import SoakStack

LIVES_AT_ONCE = 8
LIVES_IN_A_ROUND = 80
FAILING_TASKS = "temporal_workflow_task_execution_failed"


@dataclass
class Soak:
    """One soak. A life is forgotten when its round has been checked, so that memory does not grow with the time."""

    stack: SoakStack
    engine: AsyncEngine
    seed: int
    today: date
    report: Report
    ends_at: float
    steps: Steps = field(default_factory=Steps)

    def __post_init__(self) -> None:
        self._numbers: Iterator[int] = count(1)
        self._disturbances = plan.disturbances(self.seed)

    async def run(self) -> list[Violation]:
        """Return what did not hold in any of the rounds."""
        found: list[Violation] = []
        while not found and time.monotonic() < self.ends_at:
            found += await self._round()
        return found

    async def _round(self) -> list[Violation]:
        lives: list[Life] = []
        running: list[Life] = []
        disturber = Disturber(self.stack, self._disturbances, self.steps, running, self.report.disturbances)
        is_over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(disturber.run(is_over))
            await asyncio.gather(*(self._live(lives, running) for _ in range(LIVES_AT_ONCE)))
            await self.steps.end(is_over)
        self.report.phase("settling")
        settling = Settling(self.stack, self.today, self.report.settled)
        await settling.run(lives)
        self.report.phase("checking")
        found = [*disturber.violations, *settling.violations, *await self._failing_tasks()]
        found += violations(await evidence.gather(self.stack, self.engine, lives))
        await evidence.forget_letters(self.stack)
        self.report.checked(lives, found)
        return found

    async def _live(self, lives: list[Life], running: list[Life]) -> None:
        """Live one life after the other, until the round has enough of them or the time is over."""
        while len(lives) < LIVES_IN_A_ROUND and time.monotonic() < self.ends_at:
            life = Life(plan.life(self.seed, next(self._numbers), self.today))
            lives.append(life)
            running.append(life)
            try:
                back = partial(restore, self.stack, life)
                await Walk(life, self.stack.desk, self.today, self._step, back, self.ends_at).run()
            except Stuck as stuck:
                life.history.append(f"gave up: {stuck}")  # the settling finds out whether the invoice is stuck
            running.remove(life)
            self.report.lived(life)

    async def _step(self) -> None:
        await self.steps.advance()
        self.report.stepped(self.steps.taken)

    async def _failing_tasks(self) -> list[Violation]:
        """Return a violation if the worker has failed workflow tasks since its last start."""
        text = (await self.stack.http.get(self.stack.described["metrics"])).text
        failing = [line for line in text.splitlines() if line.startswith(FAILING_TASKS) and not line.endswith(" 0")]
        return [Violation(None, "workflow tasks", line) for line in failing]
