"""Workflow ids that operators can read, invoice ids, and the task queue."""

from collections.abc import Sequence
from hashlib import sha256

from models.values.period import Period
from models.values.workflow_ids import in_lower_case, invoice_id, orders_name, partner_invoice

__all__ = ["invoice_id", "orders_name", "partner_invoice"]

TASK_QUEUE = "invoices"
MONTHLY_SCHEDULE = "monthly-drafts"
SWEEP_SCHEDULE = "archive-sweep"
SWEEP_NOW = f"{SWEEP_SCHEDULE}.now"
MAILBOX_SCHEDULE = "read-bounces"
EVENT_FEED = "event-feed"
SUMMARY_SCHEDULE = "telegram-summary"
SNAPSHOT_SCHEDULE = "finance-snapshot"
ACT_SWEEP_SCHEDULE = "act-sweep"
ORDER_SWEEP_SCHEDULE = "order-sweep"
BILL_FETCHES = "vendor-bill-fetch"
ACT_SWEEP_NOW = f"{ACT_SWEEP_SCHEDULE}.now"


def service_invoice(application_key: str, period: Period, attempt: int = 0) -> str:
    """Return `service-invoice.app-001.2026-02`; a later attempt after a void or discard gets `.2`, `.3` and so on.

    Ids are in lower case. Jira's keys are in upper case; any other spelling gets a digest (`ha-case~1f0c2a9b`), so that
    two keys that differ in case only do not share a workflow.
    """
    suffix = f".{attempt + 1}" if attempt else ""
    return f"service-invoice.{in_lower_case(application_key)}.{period.label}{suffix}"


def service_invoice_before_digests(application_key: str, period: Period) -> str:
    """Return the id that billing runs of earlier releases gave; they share an id among keys that differ in case."""
    return f"service-invoice.{application_key.lower()}.{period.label}"


def quote(idempotency_key: str) -> str:
    """Return `quote.3f9a1c…` for the request that makes a quote, so that its repetition finds the same quote."""
    return f"quote.{sha256(idempotency_key.encode()).hexdigest()[:20]}"


def bill_file(sha256: str) -> str:
    """Return the id of the workflow that reads a file of vendor bills."""
    return f"vendor-bill-file.{sha256}"


def bill_fetch(provider: str, account: str, month: str) -> str:
    """Return `vendor-bill-fetch.digitalocean.main.2026-04`."""
    return f"{bill_fetches(provider, account)}.{month}"


def bill_fetches(provider: str, account: str) -> str:
    """Return the id of the schedule that fetches the bills of an account each month."""
    return f"{BILL_FETCHES}.{provider}.{account}"


def bills_queue(task_queue: str) -> str:
    """Return the task queue of files of bills: reading and writing their lines takes no slot of other activities."""
    return f"{task_queue}-bills"


def webhooks_queue(task_queue: str) -> str:
    """Return the task queue of the webhooks of a worker: receivers that hang take no slot of other activities."""
    return f"{task_queue}-webhooks"


def to_sign(action: str, document_id: str) -> str:
    """Return the id of the workflow that fetches what is to be signed; requests at the same time share one run."""
    return f"to-sign.{action}.{document_id}"


def monthly_run(period: Period, application_keys: Sequence[str] | None = None) -> str:
    """Return the id of the run of a period and a set of contracts; their order has no influence.

    A repeated request therefore joins the running run.
    """
    if application_keys is None:
        return f"{MONTHLY_SCHEDULE}.{period.label}"
    digest = sha256("\n".join(sorted(set(application_keys))).encode()).hexdigest()[:12]
    return f"{MONTHLY_SCHEDULE}.{period.label}.{digest}"


def is_monthly_run(workflow_id: str) -> bool:
    """Return whether the id is one of a billing run, e.g. `monthly-drafts-2026-03-01T01:00:00Z` of the schedule."""
    return workflow_id.startswith((f"{MONTHLY_SCHEDULE}.", f"{MONTHLY_SCHEDULE}-"))
