"""The failed attempts of an invoice's effects that Temporal retries, for the API. The workflow does not know them."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.client import Client
from temporalio.service import RPCError

from models.invoice.effects import FailedAttempt
from models.invoice.invoice import Invoice
from workflows.client.errors import TemporalUnavailable
from workflows.invoice.effects import activity_type


async def failed_attempts(client: Client, invoice: Invoice) -> dict[str, FailedAttempt]:
    """Return the newest failed attempt of each open effect that is retried, by the effect's key.

    Raises TemporalUnavailable. An invoice whose workflow is gone has none.
    """
    try:
        described = await client.get_workflow_handle(invoice.workflow_id).describe()
    except RPCError as error:
        raise TemporalUnavailable(error.message) from error
    failed = {
        pending.activity_type.name: FailedAttempt(
            activity=pending.activity_type.name,
            attempt=pending.attempt - 1,  # the server counts the attempt that runs or comes next
            error=pending.last_failure.message,
            next_try_at=_moment(pending.next_attempt_schedule_time),
        )
        for pending in described.raw_description.pending_activities
        if pending.HasField("last_failure") and pending.attempt > 1
    }
    by_key = ((effect.key, failed.get(activity_type(effect.name))) for effect in invoice.open_effects)
    return {key: attempt for key, attempt in by_key if attempt}


def _moment(timestamp: Timestamp) -> datetime | None:
    return timestamp.ToDatetime(UTC) if timestamp.ToNanoseconds() else None
