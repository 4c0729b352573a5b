"""The state of one run of a quote's workflow, and what happens when PostgreSQL has recorded another history."""

from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.invoice.errors import InvoiceError
    from models.invoice.revision import NOTE_LENGTH, cut
    from models.quotes.quote.current_details import current_details
    from models.quotes.quote.errors import QuoteStopped
    from models.quotes.quote.quote import Quote
    from models.quotes.quote.revision import add_note
    from models.quotes.quote.timers import has_ended
    from models.values.failure_codes import Failure
    from workflows.invoice.failures import command_refused
    from workflows.quotes import search_attributes
    from workflows.quotes.command_handlers import QuoteHandlers
    from workflows.quotes.messages import QuoteStart
    from workflows.runtime.conditions import wait_until


class QuoteRunState(QuoteHandlers):
    """The state of one run, with the only method that sets it."""

    def __init__(self, start: QuoteStart | None = None) -> None:
        self._start = start
        self._state: Quote | None = start.quote if start else None
        self._projected = self._state.revision if self._state else 0
        self._stopped: str | None = None  # why PostgreSQL refuses what this workflow tells
        self._shown: dict[str, object] = {}
        self._timer_ended = False

    @property
    def _quote(self) -> Quote:
        assert self._state is not None, "there is no draft yet"
        return self._state

    def add_ignored_note(self, name: str, why: str) -> None:
        note = cut(f"Ignored `{name}`: {why}", NOTE_LENGTH)
        workflow.logger.warning(note)
        if self._state is not None:
            self._set_state(add_note(self._quote, workflow.now(), note))

    def _set_state(self, quote: Quote) -> None:
        """Set the next state, and show operators what has changed."""
        self._state = quote
        self._timer_ended = has_ended(quote, workflow.now())
        shown = search_attributes.values(quote, stopped=self._stopped is not None)
        if changed := search_attributes.updates(self._shown, shown):
            workflow.upsert_search_attributes(changed)
        self._shown = shown
        workflow.set_current_details(current_details(quote, self._stopped))

    # Stopping

    def _stop_if_refused(self, cause: ApplicationError) -> bool:
        """Stop if an activity found another history in PostgreSQL; return whether the quote has stopped."""
        if cause.type != Failure.AUDIT_BROKEN:
            return False
        workflow.logger.error("stopped: %s", cause.message)
        self._stopped = cause.message
        self._set_state(self._quote)
        return True

    def _require_running(self) -> None:
        if self._stopped:
            raise QuoteStopped(self._quote.id, self._stopped)

    async def _wait_unless_stopped(self, condition: Callable[[], bool]) -> None:
        """Wait for the condition. Raises QuoteStopped if the quote stops before."""
        await wait_until(lambda: condition() or self._stopped is not None)
        if not condition():
            self._require_running()

    def _as_failure(self, error: InvoiceError) -> ApplicationError:
        return command_refused(error, self._state.revision if self._state else None)
