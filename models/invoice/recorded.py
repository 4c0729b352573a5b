"""An open invoice as PostgreSQL has recorded it, for a comparison with its workflow and for a restore."""

from datetime import datetime

from models.invoice.effects import EffectName
from models.invoice.invoice import Invoice, Number
from models.invoice.revision import next_revision
from models.values.base_models import Frozen


class Recorded(Frozen):
    """The newest recorded event of an invoice or a quote; `name` is its number or its workflow id."""

    id: str
    workflow_id: str
    name: str
    status: str
    revision: int
    chain: str


def keep_number(invoice: Invoice, number: Number | None, now: datetime, by: str) -> Invoice:
    """Return the recorded invoice with the number that was issued to it, as one more event if the record lacks it.

    A workflow may take a number and end, or be refused by the record, before the number is recorded. Without it the
    draft could be discarded, and the series would have a gap (docs/specification/numbering.md 1).
    """
    takes_it_itself = any(effect.name is EffectName.NUMBER for effect in invoice.open_effects)
    if number is None or invoice.number is not None or takes_it_itself:
        return invoice
    content = invoice.content.model_copy(update={"series": number.series})
    details = {"number": number.display}
    return next_revision(invoice, now, "keep_number", by=by, details=details, number=number, content=content)
