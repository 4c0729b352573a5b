"""The first step of an invoice's workflow: its draft."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.billing.ports import FETCH_DRAFT, DraftInput
    from models.invoice.editing.new_draft import new_draft
    from models.invoice.invoice import Invoice
    from models.invoice.ports import PROJECT
    from models.values.period import BILLING_ZONE, local_day
    from workflows.invoice.messages import InvoiceStart
    from workflows.runtime import activity_options, ids
    from workflows.runtime.activity_call import call


async def open_draft(start: InvoiceStart) -> Invoice:
    """Make the draft and save it. Raises ActivityError, or InvoiceError if the wanted edit is refused."""
    now, request = workflow.now(), start.request
    draft_input = DraftInput(request=request, invoice_date=local_day(now, BILLING_ZONE), prefilled=start.prefilled)
    options = activity_options.PREFILL if start.patient else activity_options.PREFILL_NOW
    content = await call(FETCH_DRAFT, draft_input, options, f"draft {request.subject.subject_key}")
    workflow_id = workflow.info().workflow_id
    identity = ids.invoice_id(workflow_id), workflow_id
    first = new_draft(identity, request, content, start.wanted, now)
    await call(PROJECT, first, activity_options.RECORDS, "save the draft")
    return first
