"""Dependencies of the routes of quotes and of saved calculations."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Path
from pydantic import StringConstraints

from api.access.deps import Actor, ActorDep, require
from api.deps import KeyDep, StateDep
from api.errors import NotFound
from api.invoice.repository import InvoiceRepository
from api.quotes.command_call import QuoteCall
from api.quotes.drafting import QuoteDrafting
from api.quotes.filters import QUOTE_ID
from api.quotes.quote_repository import QuoteRef, QuoteRepository
from api.quotes.repository import Calculations
from api.reads import ReadsDep
from api.settings.deps import SettingsStoreDep
from models.quotes.quote.commands import QuoteCommand
from models.quotes.quote.quote import Quote
from models.quotes.quote.status import LEAST_ROLE
from models.values.typed_values import WholeParameter

VersionInPath = Annotated[WholeParameter, Path(ge=1, le=10_000)]
QuoteId = Annotated[str, StringConstraints(pattern=QUOTE_ID), Path()]


async def _quotes(state: StateDep) -> QuoteRepository:
    return QuoteRepository(state.engines.queries)


QuotesDep = Annotated[QuoteRepository, Depends(_quotes)]


async def _quote(quote_id: QuoteId, quotes: QuotesDep, _: ActorDep) -> Quote:
    found = await quotes.find(quote_id)
    if found is None:
        raise NotFound(f"There is no quote {quote_id}.")
    return found


QuoteDep = Annotated[Quote, Depends(_quote)]


async def _quote_ref(quote_id: QuoteId, quotes: QuotesDep, _: ActorDep) -> QuoteRef:
    found = await quotes.find_ref(quote_id)
    if found is None:
        raise NotFound(f"There is no quote {quote_id}.")
    return found


QuoteRefDep = Annotated[QuoteRef, Depends(_quote_ref)]


async def _drafting(state: StateDep, store: SettingsStoreDep, reads: ReadsDep) -> QuoteDrafting:
    invoices = InvoiceRepository(state.engines.queries)
    return QuoteDrafting(store, Calculations(state.engines.settings), invoices, reads)


DraftingDep = Annotated[QuoteDrafting, Depends(_drafting)]


async def _call(state: StateDep, repository: QuotesDep, actor: ActorDep, quote: QuoteRefDep, key: KeyDep) -> QuoteCall:
    return QuoteCall(state, repository, actor, quote, key)


QuoteCallDep = Annotated[QuoteCall, Depends(_call)]


def require_permission(command: type[QuoteCommand]) -> Callable[[Actor], Awaitable[Actor]]:
    """Return a dependency that raises Forbidden for users who may not give the command."""

    async def check(actor: ActorDep) -> Actor:
        require(actor, LEAST_ROLE[command.name], f"{command.name.replace('_', ' ')} of a quote")
        return actor

    return check


CalculationId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$"), Path()]


async def calculations(state: StateDep) -> Calculations:
    return Calculations(state.engines.settings)


CalculationsDep = Annotated[Calculations, Depends(calculations)]
