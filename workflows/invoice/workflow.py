"""The workflow of one invoice, from draft to closed. It is the only writer of that invoice.

The handlers apply the pure rules of `models/` to the state. Background coroutines call the activities: one saves the
state to PostgreSQL, one waits for timers, and one executes the effects of each channel, independently of the others.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from models.invoice.acts.act import ActChange
    from models.invoice.bounces.report import BounceReport
    from models.invoice.commands import Command
    from models.invoice.deadlines.timers import next_timer
    from models.invoice.effects import Effect, EffectChannel, next_effect
    from models.invoice.errors import InvoiceError, Refused
    from models.invoice.event_handlers import apply_event, has_finished, may_continue_as_new
    from models.invoice.events import EffectFailed, InvoiceEvent
    from models.invoice.invoice import Invoice
    from models.invoice.ports import PROJECT
    from models.invoice.preconditions import check
    from models.invoice.reminders import Timer
    from models.invoice.revision import drop_saved_events
    from models.values.failure_codes import Failure
    from workflows.invoice.answers import Answers
    from workflows.invoice.claims import apply_with_claims
    from workflows.invoice.command_signals import problems
    from workflows.invoice.effects import execute_effect
    from workflows.invoice.failures import cause_of, draft_cancelled, edit_refused
    from workflows.invoice.messages import Answer, InvoiceStart, Opened, Position
    from workflows.invoice.opening import open_invoice
    from workflows.invoice.transitions import timer_fired
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call
    from workflows.runtime.conditions import wait_for, wait_until
    from workflows.runtime.start_input import refusal


@workflow.defn(name="Invoice")
class InvoiceWorkflow(Answers):
    """The handlers of one invoice and its background coroutines."""

    @workflow.init
    def __init__(self, start: InvoiceStart | None = None) -> None:
        super().__init__(start)
        self._start = start
        self._refusal: ApplicationError | None = None if start else refusal()
        self._cancelled_attempts = 0  # attempts that still run although their effects were cancelled

    # Queries, updates and signals

    @workflow.query
    def state(self) -> Invoice | None:
        """Return the invoice, or None before its draft is made."""
        return self._state

    @workflow.query
    def position(self) -> Position:
        """Return the newest event of this workflow, and why it has stopped if it has."""
        if self._state is None:
            return Position(revision=0, chain="")
        return Position(revision=self._state.revision, chain=self._state.chain, stopped=self._stopped)

    @workflow.update(description="Returns when the draft can be read, or fails with the reason why there is none.")
    async def opened(self, _: Any = None) -> Opened:
        await wait_until(lambda: self._projected > 0 or self._refusal is not None)
        if self._refusal:
            raise self._refusal
        return Opened(
            invoice_id=self._invoice.id,
            workflow_id=self._invoice.workflow_id,
            revision=self._invoice.revision,
            created_by_request=self._start.request.request_fingerprint if self._start else None,
        )

    def validate(self, command: Command) -> None:
        if self._state is None:
            return  # the draft is not made yet: the handler waits for it and checks then
        try:
            self._require_running()
            check(self._invoice, command, workflow.now())
        except InvoiceError as error:
            raise self._as_failure(error) from error

    async def execute(self, command: Command) -> Answer:
        try:
            await self.apply_command(command)
            await self._wait_for_what_it_started(command)
            revision = self._invoice.revision
            await self._wait_unless_stopped(lambda: self._projected >= revision)
        except InvoiceError as error:
            raise self._as_failure(error) from error
        return Answer(revision=self._invoice.revision, status=self._invoice.status)

    async def apply_command(self, command: Command) -> None:
        await wait_until(lambda: self._state is not None or self._refusal is not None)
        if self._refusal:
            raise Refused(str(self._refusal))
        self._require_running()
        after = await apply_with_claims(lambda: self._invoice, command)
        self._require_running()  # it may have stopped during the claim
        self._set_state(after)

    @workflow.signal(description="Reports a failed attempt of an activity, which the current details show.")
    async def attempt_failed(self, report: Any = None) -> None:
        try:
            self._web_ui.add_failed_attempt(report)
        except ValidationError as error:
            self.add_ignored_note("attempt_failed", problems(error))

    @workflow.signal(description="Reports a letter that a mail server gave up or still tries to deliver.")
    async def mail_bounced(self, report: Any = None) -> None:
        try:
            self.apply_bounce(BounceReport.model_validate(report))
        except ValidationError as error:
            self.add_ignored_note("mail_bounced", problems(error))
        except InvoiceError as error:
            self.add_ignored_note("mail_bounced", str(error))

    @workflow.signal(description="Reports an act in Didox that may have changed; the invoice looks at it at once.")
    async def act_changed(self, change: Any = None) -> None:
        try:
            self.apply_act_change(ActChange.model_validate(change))
        except ValidationError as error:
            self.add_ignored_note("act_changed", problems(error))
        except InvoiceError as error:
            self.add_ignored_note("act_changed", str(error))

    # The run

    @workflow.run
    async def run(self, start: InvoiceStart | None = None) -> Answer:
        if start is None:
            raise refusal()
        if self._state is None:
            await self._open(start)
        else:
            self._set_state(self._invoice)  # a new run has no current details yet
        if start.act_change:
            await self.act_changed(start.act_change)
        background = [asyncio.create_task(work) for work in self._background()]
        await self._wait_despite_cancellation(lambda: self._may_end() or any(task.done() for task in background))
        for task in background:
            if task.done():
                task.result()  # a background task never returns, so this raises its error
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        if self._web_ui.is_stale:
            self._web_ui.show_details(self._invoice, self._stopped)
        if not has_finished(self._invoice):
            workflow.continue_as_new(
                start.model_copy(update={"invoice": self._invoice, "wanted": None, "act_change": None})
            )
        return Answer(revision=self._invoice.revision, status=self._invoice.status)

    def _background(self) -> list[Coroutine[Any, Any, None]]:
        drains = [self._drain(channel) for channel in EffectChannel]
        return [self._project(), self._watch_timers(), *drains, self._keep_details()]

    def _may_end(self) -> bool:
        if self._stopped or self._cancelled_attempts or not workflow.all_handlers_finished():
            return False
        return has_finished(self._invoice) or (self._history_is_long() and may_continue_as_new(self._invoice))

    def _history_is_long(self) -> bool:
        info, longest = workflow.info(), self._start.longest_history if self._start else None
        return info.is_continue_as_new_suggested() or (
            longest is not None and info.get_current_history_length() > longest
        )

    async def _wait_despite_cancellation(self, condition: Any) -> None:
        """Wait for the condition; ignore cancellation requests. An invoice ends by discard, void or payment."""
        while not condition():
            try:
                await wait_until(condition)
            except asyncio.CancelledError:
                self.add_ignored_note("cancel", "an invoice cannot be cancelled; discard the draft or void the invoice")

    async def _open(self, start: InvoiceStart) -> None:
        """Set the first state. A refusal fails the workflow, so that the draft can be requested again."""
        try:
            first = await open_invoice(start)
        except ActivityError as error:
            cancelled = is_cancelled_exception(error)
            self._refusal = draft_cancelled() if cancelled else cause_of(error)
            await wait_until(workflow.all_handlers_finished)
            if cancelled:
                raise
            raise self._refusal from None  # it is the cause of `error`, and may not be caused by it
        except InvoiceError as error:
            self._refusal = edit_refused(error, start.request)
            await wait_until(workflow.all_handlers_finished)
            raise self._refusal from error
        self._projected = first.revision
        self._set_state(drop_saved_events(first, first.revision))

    # Background coroutines

    async def _project(self) -> None:
        """Save the newest revision; several changes in a row become one write."""
        while True:
            await wait_until(lambda: not self._stopped and self._projected < self._invoice.revision)
            saved = self._invoice
            try:
                await call(PROJECT, saved, activity_options.RECORDS, f"save revision {saved.revision}")
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                await self._handle_refused_save(saved.revision, cause_of(error))
                continue
            self._projected = saved.revision
            self._state = drop_saved_events(self._invoice, saved.revision)

    async def _handle_refused_save(self, revision: int, cause: ApplicationError) -> None:
        """Stop if another history is recorded. Otherwise note that the revision was refused, and wait for the next one.

        A save that a person completed by hand, with a result that does not fit, is repeated.
        """
        if self._stop_if_refused(cause) or cause.type == Failure.OUTCOME_UNKNOWN:
            return
        self.add_ignored_note("save", f"PostgreSQL refuses revision {revision}: {cause.message}")
        await wait_until(lambda: self._invoice.revision > revision)

    async def _watch_timers(self) -> None:
        """Wait for the next timer and record that it fired."""
        while True:
            timer = await wait_for(self._next_timer)
            left = timer.at - workflow.now()
            try:
                # Any change of the invoice may move or end the timer, so it is started anew.
                await wait_until(
                    lambda started=timer: self._next_timer() != started,  # type: ignore[misc]
                    timeout=max(left.total_seconds(), 0),
                    timeout_summary=timer.purpose,
                )
            except TimeoutError:
                if not self._stopped:
                    self._set_state(apply_event(self._invoice, timer_fired(self._invoice), workflow.now()))

    def _next_timer(self) -> Timer | None:
        return None if self._stopped else next_timer(self._invoice)

    async def _drain(self, channel: EffectChannel) -> None:
        """Execute one channel's effects in the order in which they were enqueued."""
        while True:
            effect = await wait_for(lambda: self._next_effect(channel))
            event = await self._execute_effect(effect)
            self._web_ui.forget_failed_attempts(effect)
            if event is not None and not self._stopped:
                self._set_state(apply_event(self._invoice, event, workflow.now()))

    def _next_effect(self, channel: EffectChannel) -> Effect | None:
        return None if self._invoice.held or self._stopped else next_effect(channel, self._invoice.effects)

    async def _execute_effect(self, effect: Effect) -> InvoiceEvent | None:
        """Execute the effect and return its event, or None if it was cancelled or the invoice was put on hold.

        A running attempt is awaited even then, and its result counts if it completes.
        """
        execution = asyncio.create_task(execute_effect(self._invoice, effect, self._wait_for_act))
        await wait_until(lambda: execution.done() or not self._is_executable(effect.key))
        cancelled = not execution.done()
        if cancelled:
            execution.cancel()
            self._cancelled_attempts += 1
            await wait_until(execution.done)
            self._cancelled_attempts -= 1
        if execution.cancelled():
            return None  # it waited, and no attempt was running
        try:
            return execution.result()
        except ActivityError as error:
            if cancelled or is_cancelled_exception(error):
                return None
            cause = cause_of(error)
            if self._stop_if_refused(cause):
                return None
            return EffectFailed(key=effect.key, code=cause.type or "", message=cause.message)

    async def _keep_details(self) -> None:
        """Show operators the newest state. Several changes in one activation become one page."""
        while True:
            await wait_until(lambda: self._web_ui.is_stale)
            self._web_ui.show_details(self._invoice, self._stopped)
