"""The HTML pages of invoices, made by the templates or from an HTML override.

This module loads no PDF engine, so the API uses it for previews.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from pydantic import ValidationError

from activities.documents.formatting import FILTERS
from activities.documents.override_check import CheckedPage, check_page
from models.documents.html_override import NUMBER_PLACEHOLDER
from models.documents.partner_view import partner_view
from models.documents.ports import PreviewInput, PreviewPage, RenderInput
from models.documents.view import DocumentKind, view
from models.invoice.content.basis import PartnerBasis
from models.invoice.content.content import Content

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "documents"

_TITLES = {DocumentKind.ACT: "Акт выполненных работ № {}", DocumentKind.INVOICE: "Invoice {}"}
_DRAFTS = {DocumentKind.ACT: "Акт выполненных работ — черновик", DocumentKind.INVOICE: "Invoice — draft"}


class PageUnavailable(Exception):
    """The page of an invoice cannot be made from its content."""


@dataclass(frozen=True)
class Page:
    """A complete page, and a description of each part of an HTML override that was removed."""

    html: str
    removed: tuple[str, ...] = ()


def shown_override(preview: PreviewInput) -> str | None:
    """Return the HTML override that a preview would show, or None."""
    return None if preview.as_override else preview.content.html_override or None


def preview(previewing: PreviewInput, checked: CheckedPage | None = None) -> PreviewPage:
    """Return the page as it would print now, for a browser, which replaces the fonts of the page by its own.

    `checked` is the checked `shown_override(previewing)`; without it the override is checked here. Raises
    PageUnavailable.
    """
    try:
        page = _previewed(previewing, checked)
    except (TemplateError, ValidationError) as error:
        raise PageUnavailable(f"The page of this invoice cannot be made: {error}") from error
    return PreviewPage(html=page.html, removed=page.removed)


def document_html(rendering: RenderInput) -> str:
    """Return the HTML of the page of an issued invoice (see `issued_page`)."""
    return issued_page(rendering).html


def preview_html(content: Content, display_number: str | None = None) -> str:
    """Return the HTML of the page as it would print now. Without a number it is marked as a draft."""
    return _previewed(PreviewInput(content=content, display_number=display_number)).html


def issued_page(rendering: RenderInput, checked: CheckedPage | None = None) -> Page:
    """Return the page from which the PDF is made; an HTML override replaces the template.

    Raises TemplateError or ValidationError.
    """
    content = rendering.content
    if content.html_override:
        return _overridden(content, rendering.display_number, checked)
    return Page(_page(content, rendering.display_number, rendering.due))


def _previewed(previewing: PreviewInput, checked: CheckedPage | None = None) -> Page:
    content = previewing.content
    if previewing.as_override:
        return Page(_page(content, NUMBER_PLACEHOLDER, previewing.due))
    if content.html_override:
        return _overridden(content, previewing.display_number, checked)
    return Page(_page(content, previewing.display_number, previewing.due))


def _overridden(content: Content, number: str | None, checked: CheckedPage | None) -> Page:
    assert content.html_override
    checked = checked or check_page(content.html_override)
    title = document_title(content, number)
    return framed(checked, language=content.language, title=title, number=number)


def framed(checked: CheckedPage, *, language: str, title: str, number: str | None) -> Page:
    """Return the checked override as a complete page, or the objections when nothing of it is left."""
    kept = checked.html or "".join(f"<p>{escape(each)}</p>" for each in checked.objections)
    if number is not None:
        kept = kept.replace(NUMBER_PLACEHOLDER, escape(number))
    head = f'<head><meta charset="utf-8"><title>{escape(title)}</title></head>'
    html = f'<!DOCTYPE html>\n<html lang="{escape(language)}">{head}<body>{kept}</body></html>\n'
    return Page(html=html, removed=checked.objections)


def _page(content: Content, number: str | None, due: date | None) -> str:
    """Return the page that the template of the invoice's kind makes. Raises TemplateError or ValidationError."""
    if isinstance(content.basis, PartnerBasis):
        orders = partner_view(content, content.basis, number)
        return _environment().get_template("partner_invoice/invoice.html.j2").render(doc=orders)
    document = view(content, number, due)
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
