"""The floor: a workflow without decisions, with the updates, activities and timer of a whole invoice.

Its time is the cost of Temporal. The difference from the time of an invoice is the cost of the rules, the state and the
payloads.
"""

from collections.abc import Sequence
from datetime import timedelta

from temporalio import activity, workflow

# For each update its activities, in groups that run concurrently: those of a real invoice that is drafted,
# finalised, approved, mailed and paid (tests/histories/happy_email.json: 5 updates, 17 activities, 1 timer).
STEPS: tuple[tuple[int, ...], ...] = ((1, 1), (2, 2, 1), (4, 1, 1), (1, 1, 1), (1,))
ARMED_BY, DISARMED_BY = 3, 4


@activity.defn(name="floor.nothing")
async def nothing(_: str) -> str:
    return ""


@workflow.defn(name="Floor")
class FloorWorkflow:
    def __init__(self) -> None:
        self._steps_done = 0
        self._is_armed = False

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self._is_armed)
        await workflow.wait_condition(lambda: not self._is_armed, timeout=timedelta(days=45))
        await workflow.wait_condition(lambda: self._steps_done == len(STEPS))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._steps_done

    @workflow.update
    async def step(self, number: int) -> int:
        self._is_armed = number == ARMED_BY
        await self._work(STEPS[number])
        self._steps_done += 1
        return self._steps_done

    @step.validator
    def check_step(self, number: int) -> None:
        if number != self._steps_done:
            raise ValueError(f"step {number} comes after {self._steps_done} steps")

    async def _work(self, groups: Sequence[int]) -> None:
        for size in groups:
            running = [
                workflow.start_activity(nothing, "", start_to_close_timeout=timedelta(seconds=30)) for _ in range(size)
            ]
            for each in running:
                await each
