"""The workflow of a vendor's bill: it writes what its files hold, matches resources, compares, and pushes to finance.

It ends when the newest version is through all steps, and starts again with the next file or wish. A file that arrives
while finance does not answer ends the attempts to push the old version; then the new one is pushed.
"""

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from models.bills.bill import PushState
    from models.bills.finance.ports import PUSH_BILL, PushRequest, PushResult
    from models.bills.ingest import BillReport, Step
    from models.bills.matching.ports import FIND_ANOMALIES, MATCH_RESOURCES, BillVersion
    from models.bills.ports import (
        BILL_WORKFLOW,
        FILE_ARRIVED,
        FIND_BILL,
        PUSH_WANTED,
        RECORD_DONE,
        WRITE_BILL,
        BillOfFile,
        PushWanted,
    )
    from workflows.bills import search_attributes
    from workflows.bills.messages import BillStart
    from workflows.runtime import activity_options, ids
    from workflows.runtime.activity_call import call, call_until_cancelled
    from workflows.runtime.conditions import wait_until
    from workflows.runtime.start_input import refusal


@workflow.defn(name=BILL_WORKFLOW)
class VendorBillWorkflow:
    """The workflow of one bill."""

    @workflow.init
    def __init__(self, start: BillStart | None = None) -> None:
        self._report = (start and start.report) or BillReport()
        self._files = list(start.files) if start else []
        self._wish = start.push if start else None
        self._writing: BillOfFile | None = None
        self._shown: dict[str, str | None] = {}

    @workflow.signal(name=FILE_ARRIVED, description="A file of this bill was read")
    async def file_arrived(self, bill: BillOfFile | None = None) -> None:
        """Take the file in. One that waits already is not taken in twice."""
        waiting = {each.name: each for each in self._files}
        if self._writing and not (bill and bill.again):
            waiting[self._writing.name] = self._writing
        if bill is not None and bill.name not in waiting:
            self._files.append(bill)

    @workflow.signal(name=PUSH_WANTED, description="Push the bill to finance now")
    async def push_wanted(self, wish: PushWanted | None = None) -> None:
        """Push the newest version again, or stop waiting for the next attempt and make it now."""
        before, wish = self._wish, wish or PushWanted(by="operator")
        self._wish = before if before and before.forced else wish

    @workflow.query
    def report(self) -> BillReport:
        """Return how far the bill is."""
        return self._report

    @workflow.run
    async def run(self, start: BillStart | None = None) -> BillReport:
        """Return the report when nothing is left to do."""
        if start is None:
            raise refusal()
        self._start = start
        self._queue = ids.bills_queue(workflow.info().task_queue)
        while (step := self._next_step()) is not Step.DONE:
            self._show(step=step)
            await self._execute(step)
            if workflow.info().is_continue_as_new_suggested():
                carried = {"files": tuple(self._files), "push": self._wish, "report": self._report}
                workflow.continue_as_new(start.model_copy(update=carried))
        self._show(step=Step.DONE)
        return self._report

    def _next_step(self) -> Step:
        if self._files:
            return Step.WRITE
        step = self._report.next_step
        return Step.PUSH if self._wish and step in (Step.RECORD, Step.DONE) else step

    async def _execute(self, step: Step) -> None:
        version = self._report.current
        if step is Step.WRITE:
            await self._write()
        elif version is None:
            await self._find()
        elif step is Step.MATCH:
            matched = await self._call(MATCH_RESOURCES, version, "match resources")
            self._show(matched=matched)
        elif step is Step.COMPARE:
            self._show(compared=await self._call(FIND_ANOMALIES, version, "compare with the month before"))
        elif step is Step.PUSH:
            await self._push(version)
        else:
            await call_until_cancelled(RECORD_DONE, version, activity_options.RECORDS, "done", self._queue)
            self._show(is_recorded=True)

    async def _call(self, port: Any, version: BillVersion, summary: str) -> Any:
        title = f"{summary}, version {version.version}"
        return await call_until_cancelled(port, version, activity_options.BILL_LINES, title, self._queue)

    async def _write(self) -> None:
        """Write the next file that arrived."""
        bill = self._writing = self._files.pop(0)
        title = f"write lines of {bill.sha256[:12]}"
        written = await call_until_cancelled(WRITE_BILL, bill, activity_options.BILL_LINES, title, self._queue)
        self._writing = None
        self._report = self._report.with_written(written)
        self._show()

    async def _find(self) -> None:
        """Find the version that a person wants to push; without one there is nothing to push."""
        found = await call_until_cancelled(
            FIND_BILL, self._start.key, activity_options.RECORDS, "find the bill", self._queue
        )
        if found.written is None:
            self._wish = None
            return
        self._report = self._report.with_written(found.written)
        self._show()

    async def _push(self, version: BillVersion) -> None:
        """Push the version. A file or a wish that arrives meanwhile ends an attempt that waits for its repetition."""
        wish, self._wish = self._wish, None
        request = PushRequest(bill_id=version.bill_id, version=version.version, forced=bool(wish and wish.forced))
        title = f"push version {version.version}" + (f", forced by {wish.by}" if wish and wish.forced else "")
        push = asyncio.create_task(call(PUSH_BILL, request, activity_options.EFFECT, title))
        await wait_until(lambda: push.done() or bool(self._files) or self._wish is not None)
        if not push.done():
            push.cancel()
        try:
            result = await push
        except (ActivityError, asyncio.CancelledError) as error:
            if workflow.cancellation_reason() is not None:
                raise
            if is_cancelled_exception(error):
                self._wish = wish if wish and wish.forced else self._wish or wish
                return
            cause = error.cause if isinstance(error, ActivityError) else None
            note = cause.message if isinstance(cause, ApplicationError) else str(cause or error)
            result = PushResult(state=PushState.FAILED, note=note)
        self._show(pushed=result)

    def _show(self, **changes: object) -> None:
        """Set the search attributes that have changed, and the current details."""
        self._report = self._report.model_copy(update=changes)
        shown = search_attributes.values(self._start.key, self._report)
        if changed := search_attributes.updates(self._shown, shown):
            workflow.upsert_search_attributes(changed)
        self._shown = shown
        workflow.set_current_details(self._report.details)
