"""The statuses of orders, their older names, and which of them belong to the invoice.

See docs/specification/orders.md 3.2.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator


class OrderStatus(StrEnum):
    PENDING = "Pending"
    ASSIGNED = "Assigned"
    ON_THE_WAY = "OnTheWay"
    MET_CUSTOMER = "MetCustomer"
    ORDER_COMPLETED = "OrderCompleted"
    DOCKETS_RECEIVED = "DocketsReceived"
    DOCKETS_VERIFIED = "DocketsVerified"
    DOCKETS_UPLOADED = "DocketsUploaded"
    READY_FOR_INVOICE = "ReadyForInvoice"
    INVOICED = "Invoiced"
    SUBMITTED_TO_PORTAL = "SubmittedToPortal"
    COMPLETED = "Completed"
    BLOCKER = "Blocker"
    RESCHEDULE_PENDING_APPROVAL = "ReschedulePendingApproval"
    DOCKETS_REJECTED = "DocketsRejected"
    REJECTED = "Rejected"
    REINVOICE = "Reinvoice"
    CANCELLED = "Cancelled"


TERMINAL = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})

FIELD = frozenset(
    {
        OrderStatus.PENDING,
        OrderStatus.ASSIGNED,
        OrderStatus.ON_THE_WAY,
        OrderStatus.MET_CUSTOMER,
        OrderStatus.BLOCKER,
        OrderStatus.RESCHEDULE_PENDING_APPROVAL,
    }
)
"""The work is not done yet."""

OF_DOCKETS = frozenset(
    {
        OrderStatus.DOCKETS_RECEIVED,
        OrderStatus.DOCKETS_VERIFIED,
        OrderStatus.DOCKETS_REJECTED,
        OrderStatus.DOCKETS_UPLOADED,
    }
)

OF_THE_INVOICE = frozenset(
    {
        OrderStatus.READY_FOR_INVOICE,
        OrderStatus.INVOICED,
        OrderStatus.SUBMITTED_TO_PORTAL,
        OrderStatus.REJECTED,
        OrderStatus.REINVOICE,
        OrderStatus.COMPLETED,
    }
)
"""Only an invoice brings an order into one of these statuses."""

MAY_BE_INVOICED = frozenset({OrderStatus.DOCKETS_UPLOADED, OrderStatus.READY_FOR_INVOICE})

# The names of the company's billing document and of its earlier documents.
_OLDER_NAMES = {
    "invoicecreated": OrderStatus.INVOICED,
    "pdfgenerated": OrderStatus.INVOICED,
    "uploadedtopartner": OrderStatus.SUBMITTED_TO_PORTAL,
    "awaitingpayment": OrderStatus.SUBMITTED_TO_PORTAL,
    "paid": OrderStatus.COMPLETED,
    "closed": OrderStatus.COMPLETED,
    "invoicerejected": OrderStatus.REJECTED,
    "rescheduled": OrderStatus.RESCHEDULE_PENDING_APPROVAL,
    "metcust": OrderStatus.MET_CUSTOMER,
}
_NAMES = {status.value.casefold(): status for status in OrderStatus} | _OLDER_NAMES


def read_status(text: object) -> OrderStatus:
    """Return the status that the text names, in any case, with or without blanks: `Invoice Rejected`, `PDFGenerated`.

    Raises ValueError.
    """
    if isinstance(text, OrderStatus):
        return text
    name = "".join(letter for letter in text if letter.isalnum()).casefold() if isinstance(text, str) else ""
    if name not in _NAMES:
        raise ValueError(f"must be one of {', '.join(OrderStatus)}")
    return _NAMES[name]


StatusInput = Annotated[OrderStatus, BeforeValidator(read_status)]
