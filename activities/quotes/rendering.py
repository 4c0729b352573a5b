"""The activity that renders the PDF of a version of a quote and stores it."""

import asyncio

from jinja2 import TemplateError
from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.documents.legal_names import legal_name
from activities.documents.pdf_normaliser import FinishedPdf, normalise
from activities.documents.renderer import PageRefused, Renderer, fonts
from activities.quotes.pages import document_title, quote_html
from activities.quotes.store import QuoteStore
from models.invoice.invoice import Document
from models.quotes.quote.ports import RENDER_QUOTE, RenderQuote
from models.values.failure_codes import Failure


class QuoteDocuments:
    """Renders the documents of quotes."""

    def __init__(self, renderer: Renderer, store: QuoteStore) -> None:
        self._renderer = renderer
        self._store = store

    @activity.defn(name=RENDER_QUOTE.name)
    async def render(self, rendering: RenderQuote) -> Document:
        """Render and store the PDF; return its digest, size and pages.

        The same input gives the same bytes, so a repeated attempt changes nothing. Raises RENDERING_REFUSED, which is
        not retried, when the page cannot be printed.
        """
        try:
            finished = await self.pdf(rendering)
        except (PageRefused, TemplateError, ValidationError) as error:
            raise ApplicationError(
                f"The document {rendering.number} cannot be rendered: {error}",
                type=Failure.RENDERING_REFUSED,
                non_retryable=True,
            ) from error
        return await self._store.save(rendering, finished.content, finished.pages)

    async def pdf(self, rendering: RenderQuote) -> FinishedPdf:
        """Return the PDF without storing it. Raises PageRefused, TemplateError, ValidationError, EngineUnavailable."""
        html = await asyncio.to_thread(quote_html, rendering.content, rendering.number, rendering.version)
        printed = await self._renderer.render(html, fonts())
        return await asyncio.to_thread(_normalised, printed, rendering)


def _normalised(pdf: bytes, rendering: RenderQuote) -> FinishedPdf:
    content = rendering.content
    return normalise(
        pdf,
        content.issued_on,
        title=document_title(content.language, rendering.number),
        author=legal_name(content.issuer.party, content.language),
        language=content.language,
    )
