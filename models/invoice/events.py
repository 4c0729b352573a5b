"""Events that the invoice workflow records itself: results of effects, and due timers."""

from models.invoice.content.content import Content
from models.invoice.effects import Receipt
from models.invoice.invoice import Document, Number
from models.values.base_models import Frozen


class Redrafted(Frozen):
    key: str
    content: Content


class Compared(Frozen):
    """What a new draft would say today."""

    key: str
    content: Content


class Numbered(Frozen):
    key: str
    number: Number


class Rendered(Frozen):
    key: str
    document: Document


class EffectCompleted(Frozen):
    key: str
    receipt: Receipt


class EffectFailed(Frozen):
    """Refused for good: nobody retries until a person looked at it."""

    key: str
    code: str
    message: str


class TimerFired(Frozen):
    pass


class Closed(Frozen):
    pass


EffectEvent = Redrafted | Compared | Numbered | Rendered | EffectCompleted | EffectFailed
InvoiceEvent = EffectEvent | TimerFired | Closed
