"""Renders the pages. Every text is escaped, and a page may load nothing and send its forms only to its own server."""

from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}


def templates(*folders: Path) -> Environment:
    """Return the templates of these folders and the shared ones."""
    return Environment(
        loader=FileSystemLoader([Path(__file__).parent, *folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


PAGES = templates()


def html_page(template: str, *, status: int = 200, pages: Environment = PAGES, **values: object) -> HTMLResponse:
    return HTMLResponse(pages.get_template(template).render(values), status, headers=POLICY)
