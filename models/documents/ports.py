"""The activity that renders documents, and the input and result of the page preview."""

from datetime import date

from pydantic import Field

from models.invoice.content.content import Content
from models.invoice.invoice import Document
from models.values.base_models import Frozen
from models.values.port import Port


class RenderInput(Frozen):
    """A finalised invoice of which the PDF is rendered."""

    invoice_id: str
    display_number: str
    digest: str
    due: date
    content: Content


class PreviewInput(Frozen):
    """The content of which the page is previewed. Without a number it is the page of a draft."""

    content: Content
    display_number: str | None = None
    due: date | None = None
    as_override: bool = Field(default=False, description="return the template's page as a start for an override")


class PreviewPage(Frozen):
    html: str
    removed: tuple[str, ...] = Field(default=(), description="messages about removed parts of an override")


RENDER = Port("documents.render", RenderInput, Document)
