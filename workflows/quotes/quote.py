"""The workflow of one quote, from draft until its links end. It is the only writer of that quote.

The handlers apply the pure rules of `models/quotes/` to the state. Background coroutines call the activities: one saves
the state to PostgreSQL, one waits for timers, and one executes the effects of each channel.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from models.invoice.errors import InvoiceError, Refused
    from models.invoice.invoice import ActionStamp
    from models.invoice.reminders import Timer
    from models.quotes.quote.commands import ConvertQuote, QuoteCommand, SendQuote
    from models.quotes.quote.effects import QuoteChannel, QuoteEffect, QuoteEffectName, next_quote_effect
    from models.quotes.quote.errors import QuoteStopped
    from models.quotes.quote.event_handlers import apply_event
    from models.quotes.quote.events import QuoteEffectFailed, QuoteEvent
    from models.quotes.quote.lifecycle import apply
    from models.quotes.quote.ports import PROJECT_QUOTE
    from models.quotes.quote.preconditions import check
    from models.quotes.quote.quote import Quote
    from models.quotes.quote.revision import drop_saved_events, next_revision
    from models.quotes.quote.timers import fire_due_timers, next_timer
    from models.values.failure_codes import Failure
    from models.values.workflow_ids import invoice_id
    from workflows.invoice.failures import cause_of
    from workflows.quotes.effects import execute_effect
    from workflows.quotes.messages import QuoteAnswer, QuoteOpened, QuotePosition, QuoteStart
    from workflows.quotes.run_state import QuoteRunState
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call
    from workflows.runtime.conditions import wait_for, wait_until
    from workflows.runtime.start_input import refusal

WORKFLOW = "Quote"


@workflow.defn(name=WORKFLOW)
class QuoteWorkflow(QuoteRunState):
    """The handlers of one quote and its background coroutines."""

    @workflow.init
    def __init__(self, start: QuoteStart | None = None) -> None:
        super().__init__(start)

    # Queries, updates and signals

    @workflow.query
    def state(self) -> Quote | None:
        """Return the quote, or None before its draft is made."""
        return self._state

    @workflow.query
    def position(self) -> QuotePosition:
        """Return the newest event of this workflow, and why it has stopped if it has."""
        if self._state is None:
            return QuotePosition(revision=0, chain="")
        return QuotePosition(revision=self._state.revision, chain=self._state.chain, stopped=self._stopped)

    @workflow.update(description="Returns when the draft can be read.")
    async def opened(self, _: Any = None) -> QuoteOpened:
        await wait_until(lambda: self._projected > 0 or self._stopped is not None)
        if self._stopped:
            raise self._as_failure(QuoteStopped(self._quote.id, self._stopped))
        return QuoteOpened(
            quote_id=self._quote.id,
            workflow_id=self._quote.workflow_id,
            revision=self._quote.revision,
            created_by_request=self._start.request_fingerprint if self._start else None,
        )

    def validate(self, command: QuoteCommand) -> None:
        if self._state is None:
            return  # the draft is not made yet: the handler waits for it and checks then
        try:
            self._require_running()
            check(self._quote, command, workflow.now())
        except InvoiceError as error:
            raise self._as_failure(error) from error

    async def execute(self, command: QuoteCommand) -> QuoteAnswer:
        try:
            await self.apply_command(command)
            await self._wait_for_what_it_started(command)
            revision = self._quote.revision
            await self._wait_unless_stopped(lambda: self._projected >= revision)
        except InvoiceError as error:
            raise self._as_failure(error) from error
        return QuoteAnswer(revision=self._quote.revision, status=self._quote.status)

    async def apply_command(self, command: QuoteCommand) -> None:
        await wait_until(lambda: self._state is not None)
        self._require_running()
        self._set_state(apply(self._quote, command, workflow.now()))

    # The run

    @workflow.run
    async def run(self, start: QuoteStart | None = None) -> QuoteAnswer:
        if start is None or (start.content is None and start.quote is None):
            raise refusal()
        if self._state is None:
            self._open(start)
        else:
            self._set_state(self._quote)  # a new run has no current details yet
        background = [asyncio.create_task(work) for work in self._background()]
        await self._wait_despite_cancellation(lambda: self._may_end() or any(task.done() for task in background))
        for task in background:
            if task.done():
                task.result()  # a background task never returns, so this raises its error
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        if not self._has_finished():
            workflow.continue_as_new(start.model_copy(update={"quote": self._quote, "content": None}))
        return QuoteAnswer(revision=self._quote.revision, status=self._quote.status)

    def _open(self, start: QuoteStart) -> None:
        assert start.content is not None
        now, workflow_id = workflow.now(), workflow.info().workflow_id
        quote = Quote(
            id=invoice_id(workflow_id),
            workflow_id=workflow_id,
            content=start.content,
            created=ActionStamp(by=start.by, at=now),
        )
        details = {"total": str(start.content.totals.total_amount), "currency": str(start.content.currency)}
        self._set_state(next_revision(quote, now, "create", by=start.by, details=details))

    def _background(self) -> list[Coroutine[Any, Any, None]]:
        return [self._project(), self._watch_timers(), *(self._drain(channel) for channel in QuoteChannel)]

    def _may_end(self) -> bool:
        if self._stopped or not workflow.all_handlers_finished():
            return False
        return self._has_finished() or (self._history_is_long() and self._is_settled())

    def _has_finished(self) -> bool:
        return self._timer_ended and self._is_settled() and not self._quote.blocked

    def _is_settled(self) -> bool:
        """Return whether no effect is open and every event is saved."""
        return not self._quote.open_effects and not self._quote.journal

    def _history_is_long(self) -> bool:
        info, longest = workflow.info(), self._start.longest_history if self._start else None
        return info.is_continue_as_new_suggested() or (
            longest is not None and info.get_current_history_length() > longest
        )

    async def _wait_despite_cancellation(self, condition: Callable[[], bool]) -> None:
        """Wait for the condition; ignore cancellation requests. A quote ends by an answer or a withdrawal."""
        while not condition():
            try:
                await wait_until(condition)
            except asyncio.CancelledError:
                self.add_ignored_note("cancel", "a quote cannot be cancelled; withdraw it")

    async def _wait_for_what_it_started(self, command: QuoteCommand) -> None:
        """Wait for the document of a sent quote and for the terms of a conversion. Raises InvoiceError if refused."""
        names: tuple[QuoteEffectName, ...]
        match command:
            case SendQuote():
                names = (QuoteEffectName.NUMBER, QuoteEffectName.DOCUMENT)
                await self._wait_unless_stopped(lambda: not self._quote.is_busy)
            case ConvertQuote():
                names = (QuoteEffectName.TERMS,)
                await self._wait_unless_stopped(lambda: not self._quote.is_converting)
            case _:
                return
        newest = [effect for effect in self._quote.effects if effect.name in names][-1]
        if newest.code is not None:
            raise Refused(newest.error or "refused")

    # Background coroutines

    async def _project(self) -> None:
        """Save the newest revision; several changes in a row become one write."""
        while True:
            await wait_until(lambda: not self._stopped and self._projected < self._quote.revision)
            saved = self._quote
            try:
                await call(PROJECT_QUOTE, saved, activity_options.RECORDS, f"save revision {saved.revision}")
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                await self._handle_refused_save(saved.revision, cause_of(error))
                continue
            self._projected = saved.revision
            self._state = drop_saved_events(self._quote, saved.revision)

    async def _handle_refused_save(self, revision: int, cause: ApplicationError) -> None:
        if self._stop_if_refused(cause) or cause.type == Failure.OUTCOME_UNKNOWN:
            return
        self.add_ignored_note("save", f"PostgreSQL refuses revision {revision}: {cause.message}")
        await wait_until(lambda: self._quote.revision > revision)

    async def _watch_timers(self) -> None:
        """Wait for the next timer and apply it."""
        while True:
            timer = await wait_for(self._next_timer)
            left = timer.at - workflow.now()
            try:
                # Any change of the quote may move or end the timer, so it is started anew.
                await wait_until(
                    lambda started=timer: self._next_timer() != started,  # type: ignore[misc]
                    timeout=max(left.total_seconds(), 0),
                    timeout_summary=timer.purpose,
                )
            except TimeoutError:
                if not self._stopped:
                    self._set_state(fire_due_timers(self._quote, workflow.now()))

    def _next_timer(self) -> Timer | None:
        return None if self._stopped or self._timer_ended else next_timer(self._quote)

    async def _drain(self, channel: QuoteChannel) -> None:
        """Execute one channel's effects in the order in which they were enqueued."""
        while True:
            effect = await wait_for(lambda: self._next_effect(channel))
            event = await self._execute_effect(effect)
            if event is not None and not self._stopped:
                self._set_state(apply_event(self._quote, event, workflow.now()))

    def _next_effect(self, channel: QuoteChannel) -> QuoteEffect | None:
        return None if self._stopped else next_quote_effect(channel, self._quote.effects)

    async def _execute_effect(self, effect: QuoteEffect) -> QuoteEvent | None:
        """Execute the effect and return its event, or None if it was cancelled meanwhile.

        A running attempt is awaited even then, and its result counts if it completes.
        """
        execution = asyncio.create_task(execute_effect(self._quote, effect))
        await wait_until(lambda: execution.done() or not self._is_executable(effect.key))
        cancelled = not execution.done()
        if cancelled:
            execution.cancel()
            await wait_until(execution.done)
        if execution.cancelled():
            return None
        try:
            return execution.result()
        except ActivityError as error:
            if cancelled or is_cancelled_exception(error):
                return None
            cause = cause_of(error)
            if self._stop_if_refused(cause):
                return None
            return QuoteEffectFailed(key=effect.key, code=cause.type or "", message=cause.message)

    def _is_executable(self, key: str) -> bool:
        effect = self._quote.effect(key)
        return effect is not None and effect.is_open and not self._stopped
