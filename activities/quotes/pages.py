"""The HTML pages of quotes. This module loads no PDF engine, so the API uses it for previews."""

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from activities.documents.formatting import FILTERS
from activities.documents.pages import TEMPLATES
from models.quotes.content.content import QuoteContent
from models.quotes.document import quote_view

_TITLES = {"ru": "Коммерческое предложение № {}", "en": "Quote {}"}
_DRAFTS = {"ru": "Коммерческое предложение — черновик", "en": "Quote — draft"}


def quote_html(content: QuoteContent, number: str | None, version: int) -> str:
    """Return the page of a version; without a number, that of a draft. Raises TemplateError or ValidationError."""
    return _environment().get_template("quote/quote.html.j2").render(doc=quote_view(content, number, version))


def document_title(language: str, number: str | None) -> str:
    """Return the title of the document."""
    return _DRAFTS[language] if number is None else _TITLES[language].format(number)


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
