"""The runner of workflows: the SDK's workflow sandbox, made fast enough for thousands of invoices.

Three things differ from the SDK's default. Signals arrive before commands, so that a replay gets them in the same
order. Only the modules that define a workflow are loaded anew for each run. And the sandbox is not entered for each
payload to get the data converter's context, because our converter (`workflows/client/connection.py`) uses none. The
last two reduced the replay of a 45-day history from 115 to 60 ms (docs/benchmarks.md, "What was learned").

`_Instance` replaces a class of the SDK, so a test names the SDK version for which it was written.
"""

from dataclasses import dataclass
from typing import Any

from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

# These must be named here: `from package import module` inside `imports_passed_through()` still reloads the module.
_LOADED_ONCE = (
    "models",
    "workflows.runtime.ids",
    "workflows.runtime.activity_options",
    "workflows.invoice.search_attributes",
    "workflows.bills.search_attributes",
    "workflows.quotes.search_attributes",
)


@dataclass(frozen=True)
class SharedSandbox(SandboxedWorkflowRunner):
    """The SDK's sandboxed runner with signals before commands, and without contexts for the data converter."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _Instance(super().create_instance(det))


class _Instance(WorkflowInstance):
    """A workflow instance that gets signals first and provides no contexts for the data converter."""

    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: Any) -> Any:
        """Let signals arrive before commands, as they do at every replay.

        After a reset that applies both again, they come in the order in which they were given, but a replay gets them
        in this one (docs/specification/temporal.md 9.5).
        """
        if any(job.HasField("do_update") for job in act.jobs):
            jobs = sorted(act.jobs, key=lambda job: bool(job.HasField("do_update")))
            del act.jobs[:]
            act.jobs.extend(jobs)
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
