"""The ids of invoices and of the workflows of partner invoices, which their batches know in advance."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID, uuid5

_INVOICES = UUID("6f1f4c3e-7a55-4a8c-9d0e-2f6a3f0b9c11")


def invoice_id(workflow_id: str) -> str:
    """Return the invoice id of a workflow id; it is the same on every retry and rerun."""
    return str(uuid5(_INVOICES, workflow_id))


def partner_invoice(partner_key: str, subject: str, attempt: int = 0) -> str:
    """Return `partner-invoice.time.ord-1001`; `subject` is an order's key or a batch's name.

    A later attempt after a rejection, void or discard gets `.2`, `.3` and so on.
    """
    suffix = f".{attempt + 1}" if attempt else ""
    return f"partner-invoice.{in_lower_case(partner_key)}.{in_lower_case(subject)}{suffix}"


def orders_name(order_keys: Sequence[str], batch: str | None = None) -> str:
    """Return the name of the orders of an invoice in its workflow id: their batch, the order, or a digest of all."""
    if batch is not None:
        return batch
    if len(order_keys) == 1:
        return order_keys[0]
    digest = sha256("\n".join(sorted(order_keys)).encode()).hexdigest()[:12]
    return f"{len(order_keys)}-orders.{digest}"


def in_lower_case(key: str) -> str:
    """Return the key in lower case; one that is not in upper case gets a digest, so that it shares no workflow."""
    lower = key.lower()
    return lower if key == key.upper() else f"{lower}~{sha256(key.encode()).hexdigest()[:8]}"
