"""The workflow that fetches from Didox what a person is to sign. The API starts it when a signer asks.

The bytes go to PostgreSQL, so that no history holds them; the result is their digest.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.signing.ports import FETCH_TO_SIGN, ToSign, ToSignRequest
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call
    from workflows.runtime.start_input import StartInput, refusal


class ToSignStart(StartInput):
    """The input: what is wanted."""

    request: ToSignRequest


@workflow.defn(name="FetchToSign")
class FetchToSignWorkflow:
    """One fetch of the bytes to sign."""

    @workflow.run
    async def run(self, start: ToSignStart | None = None) -> ToSign:
        """Return the digest of the bytes, which PostgreSQL has by then."""
        if start is None:
            raise refusal()
        request = start.request
        title = f"what is signed to {request.action} {request.display_number}"
        return await call(FETCH_TO_SIGN, request, activity_options.TO_SIGN, title)
