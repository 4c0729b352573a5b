"""Documents: the content of an invoice as HTML, to look at in a browser, and as the stored PDF of an issued one."""

import asyncio
from functools import cache
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.formatting import FILTERS, legal_name
from activities.overrides import SafePage, safe_page
from activities.rendering import FinishedPdf, PageRefused, Renderer, fonts, normalise
from models.content import Content
from models.documents import DocumentKind, DocumentView, view
from models.invoice import Document
from models.overrides import NUMBER_PLACE
from models.ports import PREVIEW_HTML, RENDER, Failure, Previewing, PreviewPage, Rendering

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "documents"

_TITLES = {DocumentKind.ACT: "Акт выполненных работ № {}", DocumentKind.INVOICE: "Invoice {}"}
_DRAFTS = {DocumentKind.ACT: "Акт выполненных работ — черновик", DocumentKind.INVOICE: "Invoice — draft"}


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

    @activity.defn(name=PREVIEW_HTML.name)
    async def preview(self, previewing: Previewing) -> PreviewPage:
        """The page as it would print now, for a browser; it names its fonts, which the browser replaces by its own."""
        try:
            page = await asyncio.to_thread(_previewed, previewing)
        except (TemplateError, ValidationError) as error:
            raise ApplicationError(
                f"There is no page of this invoice: {error}", type=Failure.RENDERING_REFUSED, non_retryable=True
            ) from error
        return PreviewPage(html=page.html, removed=page.removed)

    async def pdf(self, rendering: Rendering) -> FinishedPdf:
        page = await asyncio.to_thread(_printed, rendering)
        if page.removed:
            activity.logger.warning("%s printed without: %s", rendering.display_number, "; ".join(page.removed))
        printed = await self._renderer.render(page.html, fonts())
        return await asyncio.to_thread(_normalised, printed, rendering)


def document_html(rendering: Rendering) -> str:
    """The page of an issued invoice; HTML written by a person replaces the template's.

    See docs/specification/documents.md 3.4.
    """
    return _printed(rendering).html


def preview_html(content: Content, display_number: str | None = None) -> str:
    """The page as it would print now. Without a number it says that it is a draft."""
    return _previewed(Previewing(content=content, display_number=display_number)).html


def _printed(rendering: Rendering) -> SafePage:
    content = rendering.content
    if content.html_override:
        return _overridden(content, rendering.display_number)
    return SafePage(_page(view(content, rendering.display_number, rendering.due)))


def _previewed(previewing: Previewing) -> SafePage:
    content = previewing.content
    if previewing.as_override:
        return SafePage(_page(view(content, NUMBER_PLACE, previewing.due)))
    if content.html_override:
        return _overridden(content, previewing.display_number)
    return SafePage(_page(view(content, previewing.display_number, previewing.due)))


def _overridden(content: Content, number: str | None) -> SafePage:
    assert content.html_override
    title = _title(content, number)
    return safe_page(content.html_override, language=content.language, title=title, number=number)


def _page(document: DocumentView) -> str:
    return _environment().get_template(f"{document.kind}.html.j2").render(doc=document)


def _title(content: Content, number: str | None) -> str:
    kind = DocumentKind.of(content)
    return _DRAFTS[kind] if number is None else _TITLES[kind].format(number)


def _normalised(pdf: bytes, rendering: Rendering) -> FinishedPdf:
    content = rendering.content
    return normalise(
        pdf,
        content.invoice_date,
        title=_title(content, rendering.display_number),
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
