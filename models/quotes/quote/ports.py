"""The activities of a quote: the name, the input and the result of each."""

from datetime import date, datetime

from models.invoice.effects import Receipt
from models.invoice.invoice import Document, Number
from models.quotes.content.content import QuoteContent
from models.quotes.conversion.conversion import Conversion
from models.quotes.quote.effects import QUOTE_EFFECTS, QuoteEffectName
from models.quotes.quote.links import LinkGrant
from models.quotes.quote.quote import Quote
from models.values.base_models import Frozen
from models.values.port import Port


class QuoteNumberRequest(Frozen):
    quote_id: str
    issued_on: date


class RenderQuote(Frozen):
    """A version that is sent, of which the PDF is rendered."""

    quote_id: str
    number: str
    version: int
    digest: str
    content: QuoteContent


class QuoteProjected(Frozen):
    """The revision that is now saved in the read model."""

    revision: int


class QuoteEffectRequest(Frozen):
    """An effect to execute. The activity reads the content and the PDF of the version from PostgreSQL."""

    key: str
    name: QuoteEffectName
    quote_id: str
    workflow_id: str
    display_number: str
    version: int
    digest: str
    document: Document | None = None
    link: LinkGrant | None = None
    argument: dict[str, str] = {}
    revision: int | None = None
    chain: str | None = None

    @property
    def owner_id(self) -> str:
        """The id of the quote, as the ledger stores it."""
        return self.quote_id


class WriteTerms(Frozen):
    """The terms of a contract that an accepted quote becomes."""

    key: str
    quote_id: str
    number: str
    version: int
    at: datetime
    deal_type: str | None = None
    currency: str
    conversion: Conversion


PROJECT_QUOTE = Port("quotes.project", Quote, QuoteProjected)
TAKE_QUOTE_NUMBER = Port(QUOTE_EFFECTS[QuoteEffectName.NUMBER].activity, QuoteNumberRequest, Number)
RENDER_QUOTE = Port(QUOTE_EFFECTS[QuoteEffectName.DOCUMENT].activity, RenderQuote, Document)
WRITE_TERMS = Port(QUOTE_EFFECTS[QuoteEffectName.TERMS].activity, WriteTerms, Receipt)

# The activity that executes each external effect through the ledger.
_EXTERNAL = (QuoteEffectName.ARCHIVE, QuoteEffectName.EMAIL, QuoteEffectName.REMINDER, QuoteEffectName.NOTICE)
QUOTE_EFFECT_PORTS = {name: Port(QUOTE_EFFECTS[name].activity, QuoteEffectRequest, Receipt) for name in _EXTERNAL}
