"""The workers' sandbox: what it takes for granted of the data converter, and what it still forbids."""

from datetime import datetime
from uuid import uuid4

import pytest
import temporalio.service
from temporalio import workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.converter import WithSerializationContext
from temporalio.worker import Worker, WorkflowInstance
from temporalio.worker.workflow_sandbox import RestrictedWorkflowAccessError

with workflow.unsafe.imports_passed_through():  # this module defines a workflow, and the client's cannot load twice
    from workflows.client.connection import DATA_CONVERTER, data_converter
    from workflows.runtime.sandbox import RUNNER, _WithoutContexts


@workflow.defn(name="LooksAtTheClock", failure_exception_types=[RestrictedWorkflowAccessError])
class LooksAtTheClock:
    @workflow.run
    async def run(self) -> str:
        return datetime.now().isoformat()  # noqa: DTZ005 - it never gets that far


def test_the_codec_needs_no_context() -> None:
    """One that does would have to be asked for each payload again (workflows/runtime/sandbox.py)."""
    for converter in (DATA_CONVERTER, data_converter({"k1": bytes(32)})):
        assert not isinstance(converter.payload_codec, WithSerializationContext)
        assert not isinstance(converter.failure_converter, WithSerializationContext)
        assert converter.external_storage is None


def test_the_sandbox_stands_in_for_this_version_of_the_sdk() -> None:
    """After an upgrade compare `_WithoutContexts` with the SDK's WorkflowInstance, measure again, then name it here."""
    assert temporalio.service.__version__.startswith("1.35.")
    ours = {name for name in vars(_WithoutContexts) if not name.startswith("_")}
    assert ours == {name for name in vars(WorkflowInstance) if not name.startswith("_")}


async def test_a_workflow_that_looks_at_the_clock_is_stopped(temporal: Client, queue: str) -> None:
    async with Worker(temporal, task_queue=queue, workflows=[LooksAtTheClock], workflow_runner=RUNNER):
        with pytest.raises(WorkflowFailureError) as failed:
            await temporal.execute_workflow(LooksAtTheClock.run, id=str(uuid4()), task_queue=queue)
    assert "datetime.now" in str(failed.value.cause)
