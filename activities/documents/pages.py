"""The HTML pages of invoices, made by the templates or from an HTML override.

This module loads no PDF engine, so the API uses it for previews.
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from pydantic import ValidationError

from activities.documents.formatting import FILTERS
from activities.documents.override_sanitizer import SafePage, safe_page
from models.documents.html_override import NUMBER_PLACEHOLDER
from models.documents.ports import PreviewInput, PreviewPage, RenderInput
from models.documents.view import DocumentKind, DocumentView, view
from models.invoice.content.content import Content

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "documents"

_TITLES = {DocumentKind.ACT: "Акт выполненных работ № {}", DocumentKind.INVOICE: "Invoice {}"}
_DRAFTS = {DocumentKind.ACT: "Акт выполненных работ — черновик", DocumentKind.INVOICE: "Invoice — draft"}


class PageUnavailable(Exception):
    """The page of an invoice cannot be made from its content."""


def preview(previewing: PreviewInput) -> PreviewPage:
    """Return the page as it would print now, for a browser, which replaces the fonts of the page by its own.

    Raises PageUnavailable.
    """
    try:
        page = _previewed(previewing)
    except (TemplateError, ValidationError) as error:
        raise PageUnavailable(f"The page of this invoice cannot be made: {error}") from error
    return PreviewPage(html=page.html, removed=page.removed)


def document_html(rendering: RenderInput) -> str:
    """Return the HTML of the page of an issued invoice (see `issued_page`)."""
    return issued_page(rendering).html


def preview_html(content: Content, display_number: str | None = None) -> str:
    """Return the HTML of the page as it would print now. Without a number it is marked as a draft."""
    return _previewed(PreviewInput(content=content, display_number=display_number)).html


def issued_page(rendering: RenderInput) -> SafePage:
    """Return the page from which the PDF is made; an HTML override replaces the template.

    Raises TemplateError or ValidationError.
    """
    content = rendering.content
    if content.html_override:
        return _overridden(content, rendering.display_number)
    return SafePage(_page(view(content, rendering.display_number, rendering.due)))


def _previewed(previewing: PreviewInput) -> SafePage:
    content = previewing.content
    if previewing.as_override:
        return SafePage(_page(view(content, NUMBER_PLACEHOLDER, previewing.due)))
    if content.html_override:
        return _overridden(content, previewing.display_number)
    return SafePage(_page(view(content, previewing.display_number, previewing.due)))


def _overridden(content: Content, number: str | None) -> SafePage:
    assert content.html_override
    title = document_title(content, number)
    return safe_page(content.html_override, language=content.language, title=title, number=number)


def _page(document: DocumentView) -> str:
    return _environment().get_template(f"service_invoice/{document.kind}.html.j2").render(doc=document)


def document_title(content: Content, number: str | None) -> str:
    """Return the title of the document; without a number that of a draft."""
    kind = DocumentKind.of(content)
    return _DRAFTS[kind] if number is None else _TITLES[kind].format(number)


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
