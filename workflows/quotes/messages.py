"""The input of a quote's workflow and the results of its updates."""

from pydantic import Field

from models.quotes.content.content import QuoteContent
from models.quotes.quote.quote import Quote
from models.quotes.quote.status import QuoteStatus
from models.values.base_models import Frozen
from workflows.runtime.start_input import StartInput


class QuoteStart(StartInput):
    """The input of a run: the content of a new draft, or the quote after a continue-as-new."""

    content: QuoteContent | None = None
    by: str = ""
    request_fingerprint: str | None = None
    quote: Quote | None = None
    longest_history: int | None = Field(default=None, description="continue as new above this number of events")


class QuoteAnswer(Frozen):
    """The result of a command; PostgreSQL already holds this revision."""

    revision: int
    status: QuoteStatus


class QuoteOpened(Frozen):
    """The draft that can be read, with the fingerprint of the request that created it."""

    quote_id: str
    workflow_id: str
    revision: int
    created_by_request: str | None = None


class QuotePosition(Frozen):
    """Where a workflow stands: its newest event, and why it has stopped if it has."""

    revision: int
    chain: str
    stopped: str | None = None
