"""The restore of an invoice's workflow from the state that PostgreSQL has recorded, and the look at where it stands."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from models.invoice.invoice import Invoice
from models.invoice.recorded import Recorded
from workflows.client.deadline import deadline, read_deadline
from workflows.client.errors import TemporalUnavailable
from workflows.invoice.messages import InvoiceStart, Position
from workflows.invoice.search_attributes import at_start
from workflows.invoice.workflow import InvoiceWorkflow
from workflows.runtime import ids

QUERY_TIMEOUT = timedelta(seconds=10)
CALL_TIMEOUT = timedelta(seconds=30)  # for what is asked about, or changed in, one workflow
LOOKS_AT_ONCE = 20


class Standing(StrEnum):
    """Where the workflow of an open invoice or quote stands, compared with the record."""

    CONTINUES = "continues"
    GONE = "gone"
    STOPPED = "stopped"
    BEHIND = "behind"
    OTHER_HISTORY = "other history"
    AHEAD = "ahead"
    SILENT = "does not answer"


# The workflow is behind, or tells what PostgreSQL has refused: nothing of it is lost by a restore.
RESTORABLE = frozenset({Standing.GONE, Standing.STOPPED, Standing.BEHIND, Standing.OTHER_HISTORY})


@dataclass(frozen=True)
class Finding:
    """Where one workflow stands, its own revision if it answers, and the reason if it has stopped or is silent."""

    recorded: Recorded
    standing: Standing
    revision: int | None = None
    reason: str | None = None


class NotRestored(Exception):
    """The invoice or the quote was not restored; the message says why."""


def compare(recorded: Recorded, position: Position) -> Standing:
    """Return where a running workflow at this position stands."""
    if position.stopped is not None:
        return Standing.STOPPED
    if position.revision != recorded.revision:
        return Standing.AHEAD if position.revision > recorded.revision else Standing.BEHIND
    return Standing.CONTINUES if position.chain == recorded.chain else Standing.OTHER_HISTORY


async def look(client: Client, recorded: Recorded, *, ask: bool = True) -> Finding:
    """Return where the workflow of an open invoice or quote stands. Raises TemporalUnavailable.

    Without `ask`, a workflow that runs counts as one that continues.
    """
    async with read_deadline(CALL_TIMEOUT):
        return await _look(client, recorded, ask=ask)


async def _look(client: Client, recorded: Recorded, *, ask: bool) -> Finding:
    handle = client.get_workflow_handle(recorded.workflow_id)
    try:
        described = await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return Finding(recorded, Standing.GONE)
        raise TemporalUnavailable(error.message) from error
    if described.status is not WorkflowExecutionStatus.RUNNING:
        return Finding(recorded, Standing.GONE)
    if not ask:
        return Finding(recorded, Standing.CONTINUES)
    try:
        position = await handle.query("position", result_type=Position, rpc_timeout=QUERY_TIMEOUT)
    except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
        return Finding(recorded, Standing.SILENT, reason=str(error))
    return Finding(recorded, compare(recorded, position), position.revision, position.stopped)


async def look_at_all(client: Client, recorded: Iterable[Recorded], *, ask: bool = True) -> AsyncIterator[Finding]:
    """Yield the findings in order, a few looks at once."""
    waiting = iter(recorded)
    while batch := list(islice(waiting, LOOKS_AT_ONCE)):
        for finding in await asyncio.gather(*(look(client, each, ask=ask) for each in batch)):
            yield finding


async def terminate(client: Client, finding: Finding) -> None:
    """End the workflow, if it runs, so that it can be replaced. What it had not saved is dropped.

    Raises TemporalUnavailable or OutcomeUnknown.
    """
    if finding.standing is Standing.GONE:
        return
    reason = f"replaced by the recorded state at revision {finding.recorded.revision}"
    workflow_id = finding.recorded.workflow_id
    try:
        async with deadline(CALL_TIMEOUT, workflow_id):
            await client.get_workflow_handle(workflow_id).terminate(reason=reason)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise TemporalUnavailable(error.message) from error


async def state(client: Client, workflow_id: str) -> Invoice | None:
    """Return the newest state of the workflow; None before its draft is made, or if it does not answer.

    Raises TemporalUnavailable.
    """
    handle = client.get_workflow_handle(workflow_id)
    try:
        async with read_deadline(CALL_TIMEOUT):
            found: Invoice | None = await handle.query("state", result_type=Invoice, rpc_timeout=QUERY_TIMEOUT)
    except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return None
    return found


async def running(client: Client) -> AsyncIterator[str]:
    """Yield the ids of the running invoice workflows, as Temporal's visibility lists them."""
    query = 'WorkflowType = "Invoice" AND ExecutionStatus = "Running"'
    async for execution in client.list_workflows(query, rpc_timeout=CALL_TIMEOUT):
        yield execution.id


async def start(client: Client, invoice: Invoice) -> None:
    """Start a run of the invoice's workflow from the recorded state. Raises NotRestored if a run exists.

    Raises also TemporalUnavailable or OutcomeUnknown.
    """
    period = invoice.content.period
    summary = f"{invoice.content.subject_key}, {period.title}, restored at revision {invoice.revision}"
    try:
        async with deadline(CALL_TIMEOUT, invoice.workflow_id):
            await client.start_workflow(
                InvoiceWorkflow.run,
                InvoiceStart(request=invoice.request, invoice=invoice),
                id=invoice.workflow_id,
                task_queue=ids.TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                static_summary=summary,
                search_attributes=at_start(invoice.kind.value, period.label),
            )
    except WorkflowAlreadyStartedError as error:
        raise NotRestored(f"The workflow {invoice.workflow_id} has been started in the meantime.") from error
    except RPCError as error:
        raise TemporalUnavailable(error.message) from error
