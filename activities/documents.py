"""Documents: the content of an invoice as HTML, as a preview in a draft, and as the stored PDF of an issued one."""

import asyncio
from functools import cache
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.formatting import FILTERS, legal_name
from activities.rendering import FinishedPdf, PageRefused, Renderer, fonts, normalise
from models.content import Content
from models.documents import DocumentKind, DocumentView, view
from models.invoice import Document
from models.ports import RENDER, Failure, Rendering

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "documents"

_TITLES = {DocumentKind.ACT: "Акт выполненных работ № {}", DocumentKind.INVOICE: "Invoice {}"}


class DocumentStore(Protocol):
    async def save(self, rendering: Rendering, pdf: bytes, pages: int) -> Document: ...


class Documents:
    def __init__(self, renderer: Renderer, store: DocumentStore) -> None:
        self._renderer = renderer
        self._store = store

    @activity.defn(name=RENDER.name)
    async def render(self, rendering: Rendering) -> Document:
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

    async def pdf(self, rendering: Rendering) -> FinishedPdf:
        html = await asyncio.to_thread(document_html, rendering)
        printed = await self._renderer.render(html, fonts())
        return await asyncio.to_thread(_normalised, printed, rendering)


def document_html(rendering: Rendering) -> str:
    """The page of an issued invoice; HTML written by a person replaces the template's (10.4)."""
    return rendering.content.html_override or _page(view(rendering.content, rendering.display_number, rendering.due))


def preview_html(content: Content, display_number: str | None = None) -> str:
    """The page as it would print now. Without a number it says that it is a draft.

    An override is returned as it was written: whoever shows it to a browser must keep its scripts from running.
    """
    return content.html_override or _page(view(content, display_number))


def _page(document: DocumentView) -> str:
    return _environment().get_template(f"{document.kind}.html.j2").render(doc=document)


def _normalised(pdf: bytes, rendering: Rendering) -> FinishedPdf:
    content = rendering.content
    return normalise(
        pdf,
        content.invoice_date,
        title=_TITLES[DocumentKind.of(content)].format(rendering.display_number),
        author=legal_name(content.issuer.party, content.language),
        language=content.language,
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment
