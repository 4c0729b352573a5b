"""The activities of quotes."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.documents.renderer import Renderer
from activities.quotes.numbering import QuoteNumbering
from activities.quotes.projection import QuoteProjection
from activities.quotes.rendering import QuoteDocuments
from activities.quotes.store import QuoteStore
from activities.quotes.terms import QuoteTerms


def activities(engine: AsyncEngine, renderer: Renderer, store: QuoteStore) -> list[Callable[..., Any]]:
    """Return the activities of this domain."""
    return [
        QuoteProjection(engine).project,
        QuoteNumbering(engine).take_number,
        QuoteDocuments(renderer, store).render,
        QuoteTerms(engine).write,
    ]
