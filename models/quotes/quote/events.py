"""Events that the quote's workflow records itself: results of effects, and due timers."""

from models.invoice.effects import Receipt
from models.invoice.invoice import Document, Number
from models.values.base_models import Frozen


class QuoteNumbered(Frozen):
    key: str
    number: Number


class QuoteRendered(Frozen):
    key: str
    digest: str
    document: Document


class QuoteEffectCompleted(Frozen):
    key: str
    receipt: Receipt


class QuoteEffectFailed(Frozen):
    key: str
    code: str
    message: str


QuoteEvent = QuoteNumbered | QuoteRendered | QuoteEffectCompleted | QuoteEffectFailed
