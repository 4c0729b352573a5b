"""The restore of a quote's workflow from the state that PostgreSQL has recorded.

Where a workflow stands, and how one is ended, is the same as for invoices (workflows/client/restore.py).
"""

from collections.abc import AsyncIterator

from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from models.quotes.quote.quote import Quote
from workflows.client.deadline import deadline, read_deadline
from workflows.client.errors import TemporalUnavailable
from workflows.client.restore import CALL_TIMEOUT, QUERY_TIMEOUT, NotRestored
from workflows.quotes.messages import QuoteStart
from workflows.quotes.quote import WORKFLOW, QuoteWorkflow
from workflows.runtime import ids


async def running(client: Client) -> AsyncIterator[str]:
    """Yield the ids of the running workflows of quotes, as Temporal's visibility lists them."""
    query = f'WorkflowType = "{WORKFLOW}" AND ExecutionStatus = "Running"'
    async for execution in client.list_workflows(query, rpc_timeout=CALL_TIMEOUT):
        yield execution.id


async def state(client: Client, workflow_id: str) -> Quote | None:
    """Return the newest state of the workflow; None before its draft is made, or if it does not answer.

    Raises TemporalUnavailable.
    """
    handle = client.get_workflow_handle(workflow_id)
    try:
        async with read_deadline(CALL_TIMEOUT):
            found: Quote | None = await handle.query("state", result_type=Quote, rpc_timeout=QUERY_TIMEOUT)
    except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return None
    return found


async def start(client: Client, quote: Quote) -> None:
    """Start a run of the quote's workflow from the recorded state. Raises NotRestored if a run exists.

    Raises also TemporalUnavailable or OutcomeUnknown.
    """
    try:
        async with deadline(CALL_TIMEOUT, quote.workflow_id):
            await client.start_workflow(
                QuoteWorkflow.run,
                QuoteStart(quote=quote),
                id=quote.workflow_id,
                task_queue=ids.TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                static_summary=f"quote, restored at revision {quote.revision}",
            )
    except WorkflowAlreadyStartedError as error:
        raise NotRestored(f"The workflow {quote.workflow_id} has been started in the meantime.") from error
    except RPCError as error:
        raise TemporalUnavailable(error.message) from error
