"""Ids that mean something to an operator, and the one task queue."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID, uuid5

from models.values.period import Period

TASK_QUEUE = "invoices"
MONTHLY_SCHEDULE = "monthly-drafts"

_INVOICES = UUID("6f1f4c3e-7a55-4a8c-9d0e-2f6a3f0b9c11")


def service_invoice(application_key: str, period: Period, attempt: int = 0) -> str:
    """`service-invoice.app-001.2026-02`; after a void or discarded one `.2`, `.3`..., so that a correction is new."""
    suffix = f".{attempt + 1}" if attempt else ""
    return f"service-invoice.{application_key.lower()}.{period.label}{suffix}"


def invoice_id(workflow_id: str) -> str:
    """The same workflow id gives the same invoice id, on every retry and rerun."""
    return str(uuid5(_INVOICES, workflow_id))


def monthly_run(period: Period, application_keys: Sequence[str] | None = None) -> str:
    """One for a period and a set of contracts, in whatever order they are named: who asks again joins the run."""
    if application_keys is None:
        return f"{MONTHLY_SCHEDULE}.{period.label}"
    chosen = sha256("\n".join(sorted(set(application_keys))).encode()).hexdigest()[:12]
    return f"{MONTHLY_SCHEDULE}.{period.label}.{chosen}"


def is_monthly_run(workflow_id: str) -> bool:
    """The schedule adds the time to its own: `monthly-drafts-2026-03-01T01:00:00Z`."""
    return workflow_id.startswith((f"{MONTHLY_SCHEDULE}.", f"{MONTHLY_SCHEDULE}-"))
