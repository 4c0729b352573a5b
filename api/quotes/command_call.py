"""A command that a person sends to one quote: to its workflow, and from there to the answer of the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.access.deps import Actor
from api.deps import AppState
from api.error_handlers import of_command
from api.errors import Conflict, Unknown
from api.http.envelopes import ConflictDetails, Envelope
from api.quotes.quote_repository import QuoteRef, QuoteRepository
from api.quotes.quote_schemas import QuoteView
from models.quotes.quote.commands import QuoteCommand
from models.quotes.quote.errors import restore_quote_command
from models.quotes.quote.quote import Quote
from models.quotes.quote.recorded import has_finished
from workflows.client import quotes
from workflows.client.errors import CommandRefused, WorkflowClosed, WorkflowEnded


@dataclass(frozen=True)
class QuoteCall:
    """Who sends a command to which quote, with which idempotency key."""

    state: AppState
    repository: QuoteRepository
    actor: Actor
    quote: QuoteRef
    key: str

    async def send(self, command_type: type[QuoteCommand], fields: Mapping[str, Any]) -> Envelope[QuoteView]:
        """Send the command to the quote's workflow, and return the quote after it.

        Raise Invalid or Conflict when the workflow refuses the command.
        """
        key = f"{command_type.name}:{self.key}"
        filled = {"by": self.actor.username, "role": self.actor.role, "idempotency_key": key}
        command = command_type.model_validate({**fields, **filled})
        await deliver(self.state, self.repository, self.quote, command)
        return Envelope(data=await self.view())

    async def view(self) -> QuoteView:
        """Return the quote as the actor sees it now."""
        recorded, state = await self.recorded(), self.state
        return QuoteView.seen_by(self.actor.role, recorded, state.clock(), state.archive, state.settings.quotes)

    async def recorded(self) -> Quote:
        """Return the quote as PostgreSQL has it now."""
        return await recorded_quote(self.repository, self.quote.id)


async def deliver(state: AppState, repository: QuoteRepository, quote: QuoteRef, command: QuoteCommand) -> None:
    """Send a command to the quote's workflow. Raise what `QuoteCall.send` raises."""
    client, timeout = await state.temporal.client(), state.update_timeout
    update_id = command.request_fingerprint if command.idempotency_key else None
    try:
        await quotes.send_command(client, quote.workflow_id, command, update_id=update_id, timeout=timeout)
    except CommandRefused as refused:
        raise of_command(refused) from refused
    except WorkflowEnded as error:
        recorded = await recorded_quote(repository, quote.id)
        if command.request_fingerprint not in recorded.request_fingerprints:
            raise Unknown("The quote ended meanwhile; look at it before you repeat the command.") from error
    except WorkflowClosed as error:
        recorded = await recorded_quote(repository, quote.id)
        if not has_finished(recorded, state.clock()):
            raise _gone(recorded) from error
        message = f"{recorded.title} is {recorded.status} and its links have ended; make a new quote."
        raise Conflict(message, ConflictDetails(reason="Refused")) from error


def _gone(quote: Quote) -> Conflict:
    """Return the error for an open quote whose workflow was terminated, deleted or lost."""
    message = (
        f"{quote.title} is {quote.status}, but its workflow is gone, so nothing was changed. "
        f"`{restore_quote_command(quote.id)}` continues it from the recorded state."
    )
    return Conflict(message, ConflictDetails(reason="WorkflowGone"))


async def recorded_quote(repository: QuoteRepository, quote_id: str) -> Quote:
    """Return the quote as PostgreSQL has it. It exists, because a quote is never deleted."""
    found = await repository.find(quote_id)
    assert found is not None, "a quote is never deleted"
    return found
