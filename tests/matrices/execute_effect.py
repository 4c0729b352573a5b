"""A workflow that executes one effect as the workflow of an invoice does, with the same options."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.effects import Receipt
    from models.invoice.ports import EFFECT_PORTS, EffectRequest
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call


@workflow.defn(name="ExecuteEffect")
class ExecuteEffect:
    """The workflow. It fails when the effect is refused for good."""

    @workflow.run
    async def run(self, request: EffectRequest) -> Receipt:
        return await call(EFFECT_PORTS[request.name], request, activity_options.EFFECT, request.key)
