"""What a running workflow waits for: the newest failure of an activity that Temporal retries."""

from temporalio.client import Client, WorkflowExecutionDescription

from workflows.client.errors import refusal_of


async def waits_for(client: Client, description: WorkflowExecutionDescription) -> str | None:
    """Return the message of the failure; None if no activity has failed. Raises PayloadUnreadable."""
    pending = description.raw_description.pending_activities
    failure = next((each.last_failure for each in pending if each.last_failure.message), None)
    if failure is None:
        return None
    # Temporal may keep the failure encrypted.
    return refusal_of(await client.data_converter.decode_failure(failure)).message
