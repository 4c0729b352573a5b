"""What a person is to sign, for the API."""

from datetime import timedelta

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from models.invoice.signing.ports import ToSign, ToSignRequest
from workflows.client.deadline import read_deadline
from workflows.client.errors import read_error, refusal_of
from workflows.invoice.to_sign import FetchToSignWorkflow, ToSignStart
from workflows.runtime import ids


async def fetch_to_sign(client: Client, request: ToSignRequest, timeout: timedelta) -> ToSign:
    """Return the digest of the bytes to sign, which PostgreSQL has then.

    Raises RequestFailed if Didox has nothing to sign or does not answer, or TemporalUnavailable.
    """
    workflow_id = ids.to_sign(request.action.value, request.document_id)
    try:
        async with read_deadline(timeout):
            return await client.execute_workflow(
                FetchToSignWorkflow.run,
                ToSignStart(request=request),
                id=workflow_id,
                task_queue=ids.TASK_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary=f"What is signed to {request.action} {request.display_number}",
            )
    except WorkflowFailureError as error:
        raise refusal_of(error.cause) from error
    except RPCError as error:
        raise read_error(error, workflow_id) from error
