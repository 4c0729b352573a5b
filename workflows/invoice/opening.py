"""The first state of an invoice: a new draft that is saved, or the recorded state of an invoice that had ended."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from models.billing.ports import FETCH_DRAFT, DraftInput
    from models.invoice.editing.new_draft import new_draft
    from models.invoice.invoice import Invoice
    from models.invoice.ports import PROJECT, READ_RECORD, RecordRequest
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
    return await _open_draft(start)


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
        content = await call(FETCH_DRAFT, draft_input, options, f"draft {request.subject.subject_key}")
        first = new_draft(identity, request, content, start.wanted, now)
        try:
            await call(PROJECT, first, activity_options.RECORDS, "save the draft")
            break
        except ActivityError as error:
            if not attempts_left or cause_of(error).type != Failure.WORK_TAKEN:
                raise
        draft_input = draft_input.model_copy(update={"prefilled": False})
    return first
