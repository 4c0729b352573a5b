"""A report to an invoice that its act in Didox may have changed."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.invoice.acts.act import ActChange
from workflows.client.deadline import deadline
from workflows.client.errors import transport_error


async def report_change(client: Client, workflow_id: str, change: ActChange, timeout: timedelta) -> bool:
    """Send the report; return False if the workflow has ended. Raises TemporalUnavailable or OutcomeUnknown."""
    try:
        async with deadline(timeout, workflow_id):
            await client.get_workflow_handle(workflow_id).signal("act_changed", change, rpc_timeout=timeout)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise transport_error(error, workflow_id) from error
    return True
