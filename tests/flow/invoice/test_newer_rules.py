"""A workflow that an earlier release ran continues: what it accepted or refused stays as it was."""

from decimal import Decimal
from uuid import uuid4

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

from models.invoice.commands import Command, RecordPayment
from models.invoice.errors import Refused
from models.invoice.lifecycle import apply
from models.invoice.status import Status
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver, payment
from workflows.client.connection import DATA_CONVERTER
from workflows.invoice.messages import Answer, InvoiceStart
from workflows.invoice.workflow import InvoiceWorkflow
from workflows.registry import WORKFLOWS
from workflows.runtime.interceptors import GuardMessages


@workflow.defn(name="Invoice")
class Earlier(InvoiceWorkflow):
    """The workflow before payments had to be confirmed, and before money for a paid invoice was credit."""

    @workflow.init
    def __init__(self, start: InvoiceStart | None = None) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: InvoiceStart | None = None) -> Answer:
        return await super().run(start)

    async def apply_command(self, command: Command) -> None:
        if isinstance(command, RecordPayment) and self._invoice.status is Status.PAID:
            raise Refused("The invoice is paid.")
        self._set_state(apply(self._invoice, command, workflow.now(), asks=False))


async def test_payments_that_an_earlier_release_decided_replay(
    temporal: Client, activities: InMemoryActivities
) -> None:
    queue = str(uuid4())
    worker = Worker(
        temporal,
        task_queue=queue,
        workflows=[Earlier],
        activities=activities.all(),
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=[GuardMessages()],
    )
    async with worker:
        driver = await InvoiceDriver.open(temporal, activities, queue)
        activities.pause("archive.store")
        await driver.finalize()
        await driver.approve()
        await driver.send_by_email()
        for n, amount in enumerate((1_000_000, 1_000_000, 13_000_000)):
            await driver.handle.signal("record_payment", payment(f"p{n}", Decimal(amount)).model_dump(mode="json"))
        await driver.until_status(Status.PAID)
        await driver.handle.signal("record_payment", payment("p9", Decimal(5)).model_dump(mode="json"))
        paid = await driver.until(lambda invoice: bool(invoice.notes))
        assert ([p.payment_id for p in paid.payments], paid.credit) == (["p0", "p1", "p2"], Decimal(0))
        activities.resume_all()
        assert (await driver.handle.result()).status is Status.CLOSED
        history = await driver.handle.fetch_history()
    replayer = Replayer(workflows=WORKFLOWS, data_converter=DATA_CONVERTER, interceptors=[GuardMessages()])
    await replayer.replay_workflow(history)
