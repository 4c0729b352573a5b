"""The search attributes of quotes. Customer, number and the end of the validity have the attributes of invoices.

SQL visibility allows ten keywords per namespace; invoices and bills have eight (docs/specification/temporal.md 5).
"""

from datetime import UTC
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from models.quotes.quote.quote import Quote
from models.quotes.quote.status import OPEN_FOR_ANSWER

STATUS = SearchAttributeKey.for_keyword("QuoteStatus")
CUSTOMER = SearchAttributeKey.for_keyword("InvoiceCustomer")
NUMBER = SearchAttributeKey.for_keyword("InvoiceNumber")
BLOCKED = SearchAttributeKey.for_keyword("InvoiceBlocked")
ENDS = SearchAttributeKey.for_datetime("InvoiceDue")

ALL = (STATUS,)
_SHOWN: tuple[SearchAttributeKey[Any], ...] = (STATUS, CUSTOMER, NUMBER, BLOCKED, ENDS)


def values(quote: Quote, *, stopped: bool = False) -> dict[str, object]:
    """Return the values by attribute name; None where the quote has no value."""
    blocked = "stopped" if stopped else str(quote.blocked[0].name) if quote.blocked else "no"
    waits = quote.status in OPEN_FOR_ANSWER and not stopped
    return {
        STATUS.name: str(quote.status),
        CUSTOMER.name: quote.content.customer_key,
        NUMBER.name: quote.display_number,
        BLOCKED.name: blocked,
        ENDS.name: quote.content.expires_at.astimezone(UTC) if waits else None,
    }


def updates(before: dict[str, object], after: dict[str, object]) -> list[SearchAttributeUpdate[Any]]:
    """Return the changed values for one upsert."""
    changed = [key for key in _SHOWN if before.get(key.name) != after[key.name]]
    return [key.value_unset() if (value := after[key.name]) is None else key.value_set(value) for key in changed]
