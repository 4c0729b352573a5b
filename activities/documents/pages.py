"""Pages: the content of an invoice as HTML, by the templates or by what a person wrote in their place.

Nothing here prints, so the API shows previews by this module without loading an engine for PDFs.
"""

from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from pydantic import ValidationError

from activities.documents.formatting import FILTERS
from activities.documents.override_check import CheckedPage, check_page
from models.documents.html_override import NUMBER_PLACE
from models.documents.ports import PreviewInput, PreviewPage, RenderInput
from models.documents.view import DocumentKind, DocumentView, view
from models.invoice.content.content import Content

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "documents"

_TITLES = {DocumentKind.ACT: "Акт выполненных работ № {}", DocumentKind.INVOICE: "Invoice {}"}
_DRAFTS = {DocumentKind.ACT: "Акт выполненных работ — черновик", DocumentKind.INVOICE: "Invoice — draft"}


class PageUnavailable(Exception):
    """The content of an invoice makes no page."""


@dataclass(frozen=True)
class Page:
    html: str
    removed: tuple[str, ...] = ()


def override_of(previewing: PreviewInput) -> str | None:
    """The page written by a person that a preview would show."""
    return None if previewing.as_override else previewing.content.html_override or None


def preview(previewing: PreviewInput, checked: CheckedPage | None = None) -> PreviewPage:
    """The page as it would print now, for a browser; it names its fonts, which the browser replaces by its own.

    `checked` is the check of `override_of(previewing)`; without it the page is checked here. Raises PageUnavailable.
    """
    try:
        page = _previewed(previewing, checked)
    except (TemplateError, ValidationError) as error:
        raise PageUnavailable(f"There is no page of this invoice: {error}") from error
    return PreviewPage(html=page.html, removed=page.removed)


def document_html(rendering: RenderInput) -> str:
    """The page of an issued invoice; HTML written by a person replaces the template's."""
    return issued_page(rendering).html


def preview_html(content: Content, display_number: str | None = None) -> str:
    """The page as it would print now. Without a number it says that it is a draft."""
    return _previewed(PreviewInput(content=content, display_number=display_number)).html


def issued_page(rendering: RenderInput, checked: CheckedPage | None = None) -> Page:
    """What the PDF is made from. Raises what jinja2 and pydantic raise."""
    content = rendering.content
    if content.html_override:
        return _overridden(content, rendering.display_number, checked)
    return Page(_page(view(content, rendering.display_number, rendering.due)))


def _previewed(previewing: PreviewInput, checked: CheckedPage | None = None) -> Page:
    content = previewing.content
    if previewing.as_override:
        return Page(_page(view(content, NUMBER_PLACE, previewing.due)))
    if content.html_override:
        return _overridden(content, previewing.display_number, checked)
    return Page(_page(view(content, previewing.display_number, previewing.due)))


def _overridden(content: Content, number: str | None, checked: CheckedPage | None) -> Page:
    assert content.html_override
    checked = checked or check_page(content.html_override)
    title = document_title(content, number)
    return framed(checked, language=content.language, title=title, number=number)


def framed(checked: CheckedPage, *, language: str, title: str, number: str | None) -> Page:
    """A whole page around what may stay of a page written by a person; where nothing may, the reasons."""
    kept = checked.html or "".join(f"<p>{escape(each)}</p>" for each in checked.objections)
    if number is not None:
        kept = kept.replace(NUMBER_PLACE, escape(number))
    head = f'<head><meta charset="utf-8"><title>{escape(title)}</title></head>'
    html = f'<!DOCTYPE html>\n<html lang="{escape(language)}">{head}<body>{kept}</body></html>\n'
    return Page(html=html, removed=checked.objections)


def _page(document: DocumentView) -> str:
    return _environment().get_template(f"service_invoice/{document.kind}.html.j2").render(doc=document)


def document_title(content: Content, number: str | None) -> str:
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
