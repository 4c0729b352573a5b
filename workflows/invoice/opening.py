"""The first state of an invoice: a new draft that is saved, or the recorded state of an invoice that had ended."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from models.billing.ports import DRAFT_ORDERS, FETCH_DRAFT, DraftInput
    from models.invoice.content.content import Content
    from models.invoice.content.draft_request import Orders
    from models.invoice.editing.new_draft import new_draft
    from models.invoice.effects import EffectName
    from models.invoice.errors import InvoiceError
    from models.invoice.invoice import Invoice
    from models.invoice.ports import PROJECT, READ_RECORD, RecordRequest
    from models.partners.partner import PARTNER_ZONE
    from models.partners.ports import RETURN_TO_READY, OrdersCommand
    from models.values.failure_codes import Failure
    from models.values.period import BILLING_ZONE, local_day
    from workflows.invoice.failures import cause_of
    from workflows.invoice.messages import InvoiceStart
    from workflows.runtime import activity_options, ids
    from workflows.runtime.activity_call import call

# Each repetition means that another invoice of the contract was saved in between.
MOST_ATTEMPTS = 100


async def open_invoice(start: InvoiceStart) -> Invoice:
    """Return the first state, which is saved. Raises ActivityError if there is none, and InvoiceError if it is refused.

    The recorded state is read here, when no earlier run of the workflow can change it any more.
    """
    if start.continues is not None:
        request = RecordRequest(invoice_id=start.continues)
        return await call(READ_RECORD, request, activity_options.RECORDS, "read the recorded state")
    if isinstance(start.request.subject, Orders):
        return await _open_orders(start, start.request.subject)
    return await _open_draft(start)


async def fetch_draft(draft_input: DraftInput, options: activity_options.Options, summary: str) -> Content:
    """Return the content of a draft: from worklogs for a contract, from orders for a partner. Raises ActivityError."""
    is_of_orders = isinstance(draft_input.request.subject, Orders)
    return await call(DRAFT_ORDERS if is_of_orders else FETCH_DRAFT, draft_input, options, summary)


async def _open_orders(start: InvoiceStart, orders: Orders) -> Invoice:
    """Return the new draft of completed orders when it is saved.

    The activity that computes it checks the gate and claims the orders in one transaction. If the draft then is not
    made, the orders are given back. Raises ActivityError.
    """
    now, request, workflow_id = workflow.now(), start.request, workflow.info().workflow_id
    invoice_id = ids.invoice_id(workflow_id)
    draft_input = DraftInput(
        request=request, invoice_date=local_day(now, PARTNER_ZONE), invoice_id=invoice_id, is_new=True
    )
    try:
        content = await fetch_draft(draft_input, activity_options.PREFILL_NOW, f"draft for {orders.partner_key}")
        first = new_draft((invoice_id, workflow_id), request, content, None, now)
        await call(PROJECT, first, activity_options.RECORDS, "save the draft")
    except (ActivityError, InvoiceError):
        await _give_back(orders, invoice_id)
        raise
    return first


async def _give_back(orders: Orders, invoice_id: str) -> None:
    command = OrdersCommand(
        invoice_id=invoice_id,
        effect_key=f"{invoice_id}:0:{EffectName.ORDERS_RETURNED}",
        order_keys=orders.order_keys,
        at=workflow.now(),
        reason="no draft was made",
    )
    await call(RETURN_TO_READY, command, activity_options.RECORDS, "give the orders back")


async def _open_draft(start: InvoiceStart) -> Invoice:
    """Return the new draft when it is saved.

    If another invoice took some of its work while it was computed, it is computed again without that work. Raises
    ActivityError if there is no draft, and InvoiceError if the rules refuse the requested edit.
    """
    now, request = workflow.now(), start.request
    workflow_id = workflow.info().workflow_id
    identity = ids.invoice_id(workflow_id), workflow_id
    day = local_day(now, BILLING_ZONE)
    draft_input = DraftInput(request=request, invoice_date=day, prefilled=start.prefilled, is_new=True)
    options = activity_options.PREFILL if start.patient else activity_options.PREFILL_NOW
    for attempts_left in reversed(range(MOST_ATTEMPTS)):
        content = await fetch_draft(draft_input, options, f"draft {request.subject.subject_key}")
        first = new_draft(identity, request, content, start.wanted, now)
        try:
            await call(PROJECT, first, activity_options.RECORDS, "save the draft")
            break
        except ActivityError as error:
            if not attempts_left or cause_of(error).type != Failure.WORK_TAKEN:
                raise
        draft_input = draft_input.model_copy(update={"prefilled": False})
    return first
