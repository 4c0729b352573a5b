"""The activities that render documents: names, inputs and results."""

from datetime import date

from pydantic import Field

from models.invoice.content.content import Content
from models.invoice.invoice import Document
from models.values.base_models import Frozen
from models.values.port import Port


class RenderInput(Frozen):
    invoice_id: str
    display_number: str
    digest: str
    due: date
    content: Content


class PreviewInput(Frozen):
    """The page as it would print now; without a number, that of a draft."""

    content: Content
    display_number: str | None = None
    due: date | None = None
    as_override: bool = Field(default=False, description="the template's page to write an override from")


class PreviewPage(Frozen):
    html: str
    removed: tuple[str, ...] = Field(default=(), description="what an override held and a document may not")


RENDER = Port("documents.render", RenderInput, Document)
