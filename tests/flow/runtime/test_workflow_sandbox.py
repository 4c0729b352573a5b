"""The workflow sandbox: its assumption about the data converter, and the calls that it forbids."""

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
    from workflows.runtime.sandbox import RUNNER, _Instance


@workflow.defn(name="ReadsTheClock", failure_exception_types=[RestrictedWorkflowAccessError])
class ReadsTheClock:
    @workflow.run
    async def run(self) -> str:
        return datetime.now().isoformat()  # noqa: DTZ005 - the sandbox forbids the call


def test_the_codec_needs_no_context() -> None:
    """The runner leaves the contexts out (workflows/runtime/sandbox.py), so no codec may need one."""
    for converter in (DATA_CONVERTER, data_converter({"k1": bytes(32)})):
        assert not isinstance(converter.payload_codec, WithSerializationContext)
        assert not isinstance(converter.failure_converter, WithSerializationContext)
        assert converter.external_storage is None


def test_the_runner_fits_this_version_of_the_sdk() -> None:
    """After an upgrade, compare `_Instance` with the SDK's WorkflowInstance, measure, and change the version."""
    assert temporalio.service.__version__.startswith("1.35.")
    ours = {name for name in vars(_Instance) if not name.startswith("_")}
    assert ours == {name for name in vars(WorkflowInstance) if not name.startswith("_")}


async def test_a_workflow_that_reads_the_clock_fails(temporal: Client, queue: str) -> None:
    async with Worker(temporal, task_queue=queue, workflows=[ReadsTheClock], workflow_runner=RUNNER):
        with pytest.raises(WorkflowFailureError) as failed:
            await temporal.execute_workflow(ReadsTheClock.run, id=str(uuid4()), task_queue=queue)
    assert "datetime.now" in str(failed.value.cause)
