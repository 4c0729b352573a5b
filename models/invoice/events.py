"""Events that the invoice workflow records itself: results of effects, and due timers."""

from models.invoice.content.content import Content
from models.invoice.effects import Receipt
from models.invoice.invoice import Document, Number
from models.values.base_models import Frozen


class Redrafted(Frozen):
    """The result of `regenerate`: `content` is the draft computed from today's contract data."""

    key: str
    content: Content


class Compared(Frozen):
    """The result of `check_facts`: `content` is the draft computed from today's contract data."""

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


class ActSeen(Frozen):
    """A watch looked at the act, whose status does not end the wait."""

    key: str
    receipt: Receipt


class EffectFailed(Frozen):
    """An effect failed permanently, or its outcome is unknown. It is not retried until a person decides."""

    key: str
    code: str
    message: str


class TimerFired(Frozen):
    """The timer of the next reminder, of the overdue flag or of a deadline has fired.

    Without `keeps_ended`, as in earlier releases, deadlines of ended waits are forgotten.
    """

    keeps_ended: bool = True


class RemindersSettled(Frozen):
    """The invoice was delivered after the moment of a reminder."""


class WaitEnded(Frozen):
    """A wait has ended before its message was sent."""


class PaymentPostingOwed(Frozen):
    """A payment has to be posted in the accounting system, or its posting reversed."""


class ReviewSkipped(Frozen):
    """The document of a partner whose invoices need no review has been rendered."""


class Closed(Frozen):
    """The invoice is paid and all its effects have ended."""


EffectEvent = Redrafted | Compared | Numbered | Rendered | EffectCompleted | EffectFailed | ActSeen
InvoiceEvent = EffectEvent | TimerFired | RemindersSettled | WaitEnded | PaymentPostingOwed | ReviewSkipped | Closed
