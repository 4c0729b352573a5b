"""The search attributes by which operators find invoices in the Web UI.

They contain no names and no amounts, because their values are never encrypted. SQL visibility allows ten keywords and
three attributes of each other type per namespace (docs/specification/temporal.md 5).
"""

from datetime import UTC
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

from models.invoice.deadlines.waits import first_deadline
from models.invoice.invoice import Invoice
from models.values.period import local_moment

STATUS = SearchAttributeKey.for_keyword("InvoiceStatus")
KIND = SearchAttributeKey.for_keyword("InvoiceKind")
CUSTOMER = SearchAttributeKey.for_keyword("InvoiceCustomer")
PERIOD = SearchAttributeKey.for_keyword("InvoicePeriod")
NUMBER = SearchAttributeKey.for_keyword("InvoiceNumber")
BLOCKED = SearchAttributeKey.for_keyword("InvoiceBlocked")
DUE = SearchAttributeKey.for_datetime("InvoiceDue")
DEADLINE = SearchAttributeKey.for_datetime("InvoiceDeadline")

ALL = (STATUS, KIND, CUSTOMER, PERIOD, NUMBER, BLOCKED, DUE, DEADLINE)


def values(invoice: Invoice, *, stopped: bool = False) -> dict[str, object]:
    """Return the values by attribute name; None where the invoice has no value."""
    blocked = invoice.blocked[0].name if invoice.blocked else "held" if invoice.held else "no"
    zone = invoice.content.issuer.zone
    deadline = None if stopped else first_deadline(invoice)
    return {
        STATUS.name: "overdue" if invoice.overdue else str(invoice.status),
        KIND.name: str(invoice.kind),
        CUSTOMER.name: invoice.content.customer_key,
        PERIOD.name: invoice.content.period.label,
        NUMBER.name: invoice.display_number,
        BLOCKED.name: "stopped" if stopped else str(blocked),
        DUE.name: local_moment(invoice.due, 0, zone).astimezone(UTC) if invoice.due else None,
        DEADLINE.name: deadline.astimezone(UTC) if deadline else None,
    }


def updates(before: dict[str, object], after: dict[str, object]) -> list[SearchAttributeUpdate[Any]]:
    """Return the changed values for one upsert."""
    changed: list[SearchAttributeUpdate[Any]] = []
    for key in ALL:
        value = after[key.name]
        if before.get(key.name) != value:
            changed.append(key.value_unset() if value is None else key.value_set(value))  # type: ignore[arg-type]
    return changed


def at_start(kind: str, period: str | None = None) -> TypedSearchAttributes:
    """Return the attributes that are known before the draft is made; the period of orders follows from them."""
    known = [SearchAttributePair(KIND, kind)]
    return TypedSearchAttributes(known if period is None else [*known, SearchAttributePair(PERIOD, period)])
