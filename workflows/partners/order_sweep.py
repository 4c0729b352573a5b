"""The sweep of orders: it closes batches whose month is over, and places orders that were imported as ready.

A schedule starts it each hour. It starts invoices as their own workflows and does not wait for them: an invoice that
exists already makes a start harmless (docs/specification/partner.md 6.7).
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from models.billing.ready_orders import (
        CLOSE_BATCH,
        FIND_DUE_BATCHES,
        PLACE_READY_ORDERS,
        BatchToClose,
        OrderSweepReport,
        ReadyOrders,
        ReadyPage,
        SweepAt,
    )
    from models.invoice.content.draft_request import DraftRequest, Orders
    from workflows.invoice.messages import InvoiceStart
    from workflows.invoice.workflow import InvoiceWorkflow
    from workflows.runtime import activity_options, ids
    from workflows.runtime.activity_call import call_until_cancelled
    from workflows.runtime.start_input import StartInput

BY = "order sweep"
# Of 500 orders each. The next sweep, an hour later, goes on.
MOST_PAGES = 40
# The orders of one page join their batches one after another.
PLACING = activity_options.Options(timedelta(minutes=5), activity_options.RECORDS.retry)


class OrderSweepStart(StartInput):
    """The input of a sweep: nothing."""


@workflow.defn(name="OrderSweep")
class OrderSweepWorkflow:
    """One sweep."""

    @workflow.run
    async def run(self, _: OrderSweepStart | None = None) -> OrderSweepReport:
        """Return what was closed, placed and refused."""
        sweep, report = SweepAt(at=workflow.now()), OrderSweepReport()
        due = await call_until_cancelled(FIND_DUE_BATCHES, sweep, activity_options.RECORDS, "batches to close")
        for key in due.keys:
            report = await _close(key, sweep, report)
        page = ReadyPage(at=sweep.at)
        for _page in range(MOST_PAGES):
            ready = await call_until_cancelled(PLACE_READY_ORDERS, page, PLACING, "orders that are ready")
            report = report.with_page(ready, await _draft_each(ready))
            workflow.set_current_details(report.details)
            if ready.last is None:
                break
            page = page.model_copy(update={"after": ready.last})
        return report


async def _draft_each(ready: ReadyOrders) -> int:
    """Start an invoice for each order that gets one of its own; return how many were started."""
    started = 0
    for each in ready.to_draft:
        orders = Orders(partner_key=each.partner_key, order_keys=each.order_keys)
        started += await _start(orders, each.workflow_id)
    return started


async def _close(key: str, sweep: SweepAt, report: OrderSweepReport) -> OrderSweepReport:
    """Close a batch and start its invoice; one without orders gets none."""
    closing = BatchToClose(key=key, at=sweep.at, by=BY)
    batch = await call_until_cancelled(CLOSE_BATCH, closing, activity_options.RECORDS, f"close {key}")
    started = False
    if batch.order_keys:
        orders = Orders(partner_key=batch.partner_key, order_keys=batch.order_keys, batch=batch.key)
        started = await _start(orders, batch.workflow_id)
    update = {"batches_closed": report.batches_closed + 1, "drafts_started": report.drafts_started + started}
    return report.model_copy(update=update)


async def _start(orders: Orders, workflow_id: str) -> bool:
    """Start the invoice of the orders; return False if it exists already."""
    try:
        await workflow.start_child_workflow(
            InvoiceWorkflow.run,
            InvoiceStart(request=DraftRequest(subject=orders, by=BY)),
            id=workflow_id,
            parent_close_policy=ParentClosePolicy.ABANDON,
            # Only a workflow that failed to make a draft may be started again.
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            static_summary=f"{orders.partner_key}, {ids.orders_name(orders.order_keys, orders.batch)}",
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
