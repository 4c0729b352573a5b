"""The workflow of one invoice, from draft to closed. It is the only writer of that invoice.

The handlers apply the pure rules of `models/` to the state. Background coroutines call the activities: one saves the
state to PostgreSQL, one waits for timers, and one executes the effects of each channel, independently of the others.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from models.invoice.commands import CheckFacts, Command, Finalize, Regenerate
    from models.invoice.current_details import current_details
    from models.invoice.effects import Effect, EffectChannel, EffectName, EffectState, next_effect
    from models.invoice.errors import InvoiceError, Refused
    from models.invoice.event_handlers import apply_event, has_finished, may_close, may_continue_as_new
    from models.invoice.events import Closed, EffectFailed, InvoiceEvent, TimerFired
    from models.invoice.invoice import Invoice
    from models.invoice.lifecycle import apply
    from models.invoice.ports import PROJECT
    from models.invoice.preconditions import allowed, check
    from models.invoice.reminders import next_timer
    from models.invoice.revision import NOTE_LENGTH, add_note, cut, drop_saved_events
    from workflows.invoice import search_attributes
    from workflows.invoice.command_signals import CommandSignals
    from workflows.invoice.command_updates import CommandUpdates
    from workflows.invoice.effects import execute_effect
    from workflows.invoice.failures import cause_of, command_refused, draft_cancelled, edit_refused
    from workflows.invoice.messages import Answer, InvoiceStart, Opened
    from workflows.invoice.newer_rules import check_newer_rules
    from workflows.invoice.opening import open_draft
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call


@workflow.defn(name="Invoice")
class InvoiceWorkflow(CommandUpdates, CommandSignals):
    """The state of one invoice, its handlers and its background coroutines."""

    @workflow.init
    def __init__(self, start: InvoiceStart) -> None:
        self._start = start
        self._state: Invoice | None = start.invoice
        self._refusal: ApplicationError | None = None
        self._projected = start.invoice.revision if start.invoice else 0
        self._shown: dict[str, object] = {}
        self._details_are_stale = False
        self._cancelled_attempts = 0  # attempts that still run although their effects were cancelled

    # Queries, updates and signals

    @workflow.query
    def state(self) -> Invoice | None:
        """Return the invoice, or None before its draft is made."""
        return self._state

    @workflow.update(description="Returns when the draft can be read, or fails with the reason why there is none.")
    async def opened(self, _: Any = None) -> Opened:
        await workflow.wait_condition(lambda: self._projected > 0 or self._refusal is not None)
        if self._refusal:
            raise self._refusal
        return Opened(
            invoice_id=self._invoice.id,
            workflow_id=self._invoice.workflow_id,
            revision=self._invoice.revision,
            created_by_request=self._start.request.request_fingerprint,
        )

    def validate(self, command: Command) -> None:
        if self._state is None:
            return  # the draft is not made yet: the handler waits for it and checks then
        try:
            check(self._invoice, command, workflow.now())
        except InvoiceError as error:
            raise self._as_failure(error) from error

    async def execute(self, command: Command) -> Answer:
        try:
            await self.apply_command(command)
        except InvoiceError as error:
            raise self._as_failure(error) from error
        if isinstance(command, Finalize | Regenerate):
            await self._wait_for_document(command)
        if isinstance(command, CheckFacts):
            await self._wait_for_comparison()
        revision = self._invoice.revision
        await workflow.wait_condition(lambda: self._projected >= revision)
        return Answer(revision=self._invoice.revision, status=self._invoice.status)

    async def apply_command(self, command: Command) -> None:
        await workflow.wait_condition(lambda: self._state is not None or self._refusal is not None)
        if self._refusal:
            raise Refused(str(self._refusal))
        check_newer_rules(self._invoice, command)
        self._set_state(apply(self._invoice, command, workflow.now()))

    def add_ignored_note(self, name: str, why: str) -> None:
        note = cut(f"Ignored `{name}`: {why}", NOTE_LENGTH)
        workflow.logger.warning(note)
        if self._state is not None:
            self._set_state(add_note(self._invoice, workflow.now(), note))

    # The run

    @workflow.run
    async def run(self, start: InvoiceStart) -> Answer:
        if self._state is None:
            await self._open(start)
        else:
            self._set_state(self._invoice)  # a new run has no current details yet
        background = [asyncio.create_task(work) for work in self._background()]
        await self._wait_until(lambda: self._may_end() or any(task.done() for task in background))
        for task in background:
            if task.done():
                task.result()  # a background task never returns, so this raises its error
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        if self._details_are_stale:
            self._show_details()
        if not has_finished(self._invoice):
            workflow.continue_as_new(start.model_copy(update={"invoice": self._invoice, "wanted": None}))
        return Answer(revision=self._invoice.revision, status=self._invoice.status)

    def _background(self) -> list[Coroutine[Any, Any, None]]:
        drains = [self._drain(channel) for channel in EffectChannel]
        return [self._project(), self._watch_timers(), *drains, self._keep_details()]

    def _may_end(self) -> bool:
        if self._cancelled_attempts or not workflow.all_handlers_finished():
            return False
        return has_finished(self._invoice) or (self._history_is_long() and may_continue_as_new(self._invoice))

    def _history_is_long(self) -> bool:
        info, longest = workflow.info(), self._start.longest_history
        return info.is_continue_as_new_suggested() or (
            longest is not None and info.get_current_history_length() > longest
        )

    async def _wait_until(self, condition: Any) -> None:
        """Wait for the condition; ignore cancellation requests. An invoice ends by discard, void or payment."""
        while not condition():
            try:
                await workflow.wait_condition(condition)
            except asyncio.CancelledError:
                self.add_ignored_note("cancel", "an invoice cannot be cancelled; discard the draft or void the invoice")

    async def _open(self, start: InvoiceStart) -> None:
        """Make the draft and save it. A refusal fails the workflow, so that the draft can be requested again."""
        try:
            first = await open_draft(start)
        except ActivityError as error:
            cancelled = is_cancelled_exception(error)
            self._refusal = draft_cancelled() if cancelled else cause_of(error)
            await workflow.wait_condition(workflow.all_handlers_finished)
            if cancelled:
                raise
            raise self._refusal from error
        except InvoiceError as error:
            self._refusal = edit_refused(error, start.request)
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise self._refusal from error
        self._projected = first.revision
        self._set_state(drop_saved_events(first, first.revision))

    # Background coroutines

    async def _project(self) -> None:
        """Save the newest revision; several changes in a row become one write."""
        while True:
            await workflow.wait_condition(lambda: self._projected < self._invoice.revision)
            saved = self._invoice
            try:
                await call(PROJECT, saved, activity_options.RECORDS, f"save revision {saved.revision}")
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                await self._project_later(saved.revision, cause_of(error).message)
                continue
            self._projected = saved.revision
            self._state = drop_saved_events(self._invoice, saved.revision)

    async def _project_later(self, revision: int, why: str) -> None:
        """Note that PostgreSQL refused the revision, e.g. after a reset of the workflow, and wait for the next one."""
        self.add_ignored_note("save", f"PostgreSQL refuses revision {revision}: {why}")
        await workflow.wait_condition(lambda: self._invoice.revision > revision)

    async def _watch_timers(self) -> None:
        """Wait for the next timer and record that it fired."""
        while True:
            await workflow.wait_condition(lambda: next_timer(self._invoice) is not None)
            timer = next_timer(self._invoice)
            assert timer is not None
            left = timer.at - workflow.now()
            try:
                # Any change of the invoice may move or end the timer, so it is started anew.
                await workflow.wait_condition(
                    lambda started=timer: next_timer(self._invoice) != started,  # type: ignore[misc]
                    timeout=max(left.total_seconds(), 0),
                    timeout_summary=timer.purpose,
                )
            except TimeoutError:
                self._set_state(apply_event(self._invoice, TimerFired(), workflow.now()))

    async def _drain(self, channel: EffectChannel) -> None:
        """Execute one channel's effects in the order in which they were enqueued."""
        while True:
            await workflow.wait_condition(lambda: self._next_effect(channel) is not None)
            effect = self._next_effect(channel)
            assert effect is not None
            event = await self._execute_effect(effect)
            if event is not None:
                self._set_state(apply_event(self._invoice, event, workflow.now()))

    def _next_effect(self, channel: EffectChannel) -> Effect | None:
        return None if self._invoice.held else next_effect(channel, self._invoice.effects)

    async def _execute_effect(self, effect: Effect) -> InvoiceEvent | None:
        """Execute the effect and return its event, or None if it was cancelled or the invoice was put on hold.

        A running attempt is awaited even then, and its result counts if it completes.
        """
        execution = asyncio.create_task(execute_effect(self._invoice, effect))
        await workflow.wait_condition(lambda: execution.done() or not self._is_executable(effect.key))
        cancelled = not execution.done()
        if cancelled:
            execution.cancel()
            self._cancelled_attempts += 1
            await workflow.wait_condition(execution.done)
            self._cancelled_attempts -= 1
        try:
            return execution.result()
        except ActivityError as error:
            if cancelled or is_cancelled_exception(error):
                return None
            cause = cause_of(error)
            return EffectFailed(key=effect.key, code=cause.type or "", message=cause.message)

    def _is_executable(self, key: str) -> bool:
        effect = self._invoice.effect(key)
        return effect is not None and effect.is_open and self._invoice.held is None

    async def _keep_details(self) -> None:
        """Show operators the newest state. Several changes in one activation become one page."""
        while True:
            await workflow.wait_condition(lambda: self._details_are_stale)
            self._show_details()

    def _show_details(self) -> None:
        workflow.set_current_details(current_details(self._invoice))
        self._details_are_stale = False

    # State and answers

    @property
    def _invoice(self) -> Invoice:
        assert self._state is not None, "there is no draft yet"
        return self._state

    def _set_state(self, invoice: Invoice) -> None:
        """Set the next state, close the invoice if nothing remains to be done, and update the search attributes.

        Only `_project` sets the state elsewhere: it drops the events that have been saved.
        """
        if may_close(invoice):
            invoice = apply_event(invoice, Closed(), workflow.now())
        self._state = invoice
        self._details_are_stale = True
        shown = search_attributes.values(invoice)
        changed = search_attributes.updates(self._shown, shown)
        if changed:
            workflow.upsert_search_attributes(changed)
        self._shown = shown

    async def _wait_for_document(self, command: Command) -> None:
        """Wait for the number and the PDF of a finalize, or for the new content of a regenerate."""
        await workflow.wait_condition(lambda: not self._invoice.is_busy)
        name = EffectName.NUMBER if isinstance(command, Finalize) else EffectName.REDRAFT
        effect = self._invoice.latest_effect(name)
        if effect and effect.state is EffectState.SKIPPED:
            raise self._as_failure(Refused(effect.error or "refused", allowed(self._invoice)))

    async def _wait_for_comparison(self) -> None:
        """Wait for the comparison, or for a hold, after which the comparison runs when the hold is released."""
        await workflow.wait_condition(lambda: self._invoice.held is not None or not self._invoice.is_comparing)
        check = self._invoice.latest_effect(EffectName.FACTS_CHECK)
        if check and check.state is EffectState.SKIPPED:
            raise self._as_failure(Refused(check.error or "refused", allowed(self._invoice)))

    def _as_failure(self, error: InvoiceError) -> ApplicationError:
        return command_refused(error, self._state.revision if self._state else None)
