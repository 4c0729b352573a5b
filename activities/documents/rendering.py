"""Documents: the PDF of an issued invoice, printed from its page (`document_pages`) and kept."""

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
    def __init__(self, renderer: Renderer, store: DocumentStore) -> None:
        self._renderer = renderer
        self._store = store

    @activity.defn(name=RENDER.name)
    async def render(self, rendering: RenderInput) -> Document:
        """Makes and keeps the PDF. The same rendering gives the same bytes, so a repeated attempt changes nothing."""
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
        page = await asyncio.to_thread(issued_page, rendering)
        if page.removed:
            activity.logger.warning("%s printed without: %s", rendering.display_number, "; ".join(page.removed))
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
