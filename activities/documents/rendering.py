"""The activity that renders the PDF of an issued invoice and stores it."""

import asyncio

from jinja2 import TemplateError
from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.documents.legal_names import legal_name
from activities.documents.pages import document_title, issued_page
from activities.documents.pdf_normaliser import FinishedPdf, normalise
from activities.documents.renderer import PageRefused, Renderer, fonts
from activities.documents.store import DocumentStore
from models.documents.ports import RENDER, RenderInput
from models.invoice.invoice import Document
from models.values.failure_codes import Failure


class Documents:
    """Renders documents."""

    def __init__(self, renderer: Renderer, store: DocumentStore) -> None:
        self._renderer = renderer
        self._store = store

    @activity.defn(name=RENDER.name)
    async def render(self, rendering: RenderInput) -> Document:
        """Render and store the PDF; return its digest, size and pages.

        The same input gives the same bytes, so a repeated attempt changes nothing. Raises RENDERING_REFUSED, which is
        not retried, when the page cannot be printed.
        """
        try:
            finished = await self.pdf(rendering)
        except (PageRefused, TemplateError, ValidationError) as error:
            raise ApplicationError(
                f"The document {rendering.display_number} cannot be rendered: {error}",
                type=Failure.RENDERING_REFUSED,
                non_retryable=True,
            ) from error
        return await self._store.save(rendering, finished.content, finished.pages)

    async def pdf(self, rendering: RenderInput) -> FinishedPdf:
        """Return the PDF without storing it.

        Raises PageRefused, TemplateError, ValidationError or EngineUnavailable.
        """
        page = await asyncio.to_thread(issued_page, rendering)
        if page.removed:
            activity.logger.warning("%s was printed without: %s", rendering.display_number, "; ".join(page.removed))
        printed = await self._renderer.render(page.html, fonts())
        return await asyncio.to_thread(_normalised, printed, rendering)


def _normalised(pdf: bytes, rendering: RenderInput) -> FinishedPdf:
    content = rendering.content
    return normalise(
        pdf,
        content.invoice_date,
        title=document_title(content, rendering.display_number),
        author=legal_name(content.issuer.party, content.language),
        language=content.language,
    )
