"""How a worker runs workflows: in the SDK's sandbox, made cheap enough for thousands of invoices.

Two things are taken off it. Only the modules that define a workflow are loaded anew for each run. And the sandbox is
not entered several times for each payload, only to ask which context the data converter should use: ours (`client.py`)
uses none. That took the replay of a 45-day history from 115 to 60 ms (docs/benchmarks.md, "What was learned").

`_WithoutContexts` stands in for a class of the SDK's own, so a test names the SDK version that it was written for.
"""

from dataclasses import dataclass
from typing import Any

from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

# `from workflows import ids` inside `imports_passed_through()` loads the submodule anew all the same.
_LOADED_ONCE = (
    "models",
    "workflows.runtime.ids",
    "workflows.runtime.activity_options",
    "workflows.invoice.search_attributes",
)


@dataclass(frozen=True)
class SharedSandbox(SandboxedWorkflowRunner):
    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _WithoutContexts(super().create_instance(det))


class _WithoutContexts(WorkflowInstance):
    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: Any) -> Any:
        return self._sandboxed.activate(act)

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:  # noqa: ARG002
        return None

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:  # noqa: ARG002
        return StorageDriverStoreContext()

    def get_info(self) -> Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()


RUNNER = SharedSandbox(restrictions=SandboxRestrictions.default.with_passthrough_modules(*_LOADED_ONCE))
