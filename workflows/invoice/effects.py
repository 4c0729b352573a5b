"""The execution of an invoice's effects through their activities."""

from collections.abc import Awaitable, Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.billing.ports import FETCH_DRAFT, DraftInput
    from models.documents.ports import RENDER, RenderInput
    from models.invoice.acts.looks import Look
    from models.invoice.content.basis import PartnerBasis
    from models.invoice.content.worklogs import added_worklogs
    from models.invoice.effects import Effect, EffectKind, EffectName, EffectState, Receipt
    from models.invoice.errors import AlreadyInvoiced, Refused
    from models.invoice.events import (
        Compared,
        EffectCompleted,
        EffectFailed,
        InvoiceEvent,
        Numbered,
        Redrafted,
        Rendered,
    )
    from models.invoice.invoice import Invoice
    from models.invoice.ports import EFFECT_PORTS, TAKE_NUMBER, EffectRequest, NumberRequest
    from models.invoice.status import Status
    from models.partners.ports import MARK_COMPLETED, MARK_INVOICED, MARK_SUBMITTED, RETURN_TO_READY, OrdersCommand
    from models.values.period import BILLING_ZONE, local_day
    from workflows.invoice.claims import CLAIMS, claim
    from workflows.invoice.opening import MOST_ATTEMPTS, fetch_draft
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call


# Histories without this patch looked at an act until it had an answer.
WAIT_FOR_REPORTS = "wait-for-reports-about-acts"
# Returns when a watch looks at its act again, given what the last look has seen: the state by then, and the reason.
WaitForAct = Callable[[Effect, Receipt], Awaitable[tuple[Invoice, Look]]]

# The activity that executes each internal effect.
_INTERNAL = {
    EffectName.REDRAFT: FETCH_DRAFT.name,
    EffectName.FACTS_CHECK: FETCH_DRAFT.name,
    EffectName.NUMBER: TAKE_NUMBER.name,
    EffectName.DOCUMENT: RENDER.name,
}


_ORDER_PORTS = {
    EffectName.ORDERS_INVOICED: MARK_INVOICED,
    EffectName.ORDERS_SUBMITTED: MARK_SUBMITTED,
    EffectName.ORDERS_COMPLETED: MARK_COMPLETED,
    EffectName.ORDERS_RETURNED: RETURN_TO_READY,
}


def activity_type(name: EffectName) -> str:
    """Return the type of the activity that executes the effect."""
    if name in _INTERNAL:
        return _INTERNAL[name]
    return _ORDER_PORTS[name].name if name in _ORDER_PORTS else EFFECT_PORTS[name].name


async def execute_effect(invoice: Invoice, effect: Effect, wait_for_act: WaitForAct) -> InvoiceEvent:
    """Return the event of the completed effect.

    Raises ActivityError if the effect was refused for good; Temporal retries all other errors.
    """
    match effect.spec.kind:
        case EffectKind.EXTERNAL | EffectKind.RECORD:
            return EffectCompleted(key=effect.key, receipt=await _call_vendor(invoice, effect))
        case EffectKind.ORDERS:
            return EffectCompleted(key=effect.key, receipt=await _tell_orders(invoice, effect))
        case EffectKind.WATCH:
            return EffectCompleted(key=effect.key, receipt=await _watch(invoice, effect, wait_for_act))
    match effect.name:
        case EffectName.REDRAFT:
            return await _execute_redraft(invoice, effect)
        case EffectName.FACTS_CHECK:
            return await _compare_content(invoice, effect)
        case EffectName.NUMBER:
            return await _take_number(invoice, effect)
        case EffectName.DOCUMENT:
            return await _render_document(invoice, effect)
        case _:
            raise AssertionError(f"no function executes the internal effect {effect.name}")


async def _execute_redraft(invoice: Invoice, effect: Effect) -> InvoiceEvent:
    """Fetch the content and claim the work that it adds; if another invoice took that meanwhile, fetch it again."""
    for attempts_left in reversed(range(MOST_ATTEMPTS)):
        content = await fetch_draft(_again(invoice), activity_options.PREFILL_NOW, "draft the invoice again")
        added = added_worklogs(invoice.content, content)
        if not added or not workflow.patched(CLAIMS):
            break
        try:
            await claim(invoice, added)
            break
        except Refused as error:
            if not attempts_left or not isinstance(error, AlreadyInvoiced):
                return EffectFailed(key=effect.key, code=error.code, message=str(error))
    return Redrafted(key=effect.key, content=content)


async def _compare_content(invoice: Invoice, effect: Effect) -> InvoiceEvent:
    content = await call(FETCH_DRAFT, _again(invoice), activity_options.PREFILL_NOW, "draft for comparison")
    return Compared(key=effect.key, content=content)


def _again(invoice: Invoice) -> DraftInput:
    """Return the input for the draft of the same request today."""
    return DraftInput(
        request=invoice.request,
        invoice_date=invoice.content.invoice_date,
        today=local_day(workflow.now(), BILLING_ZONE),
        invoice_id=invoice.id,
    )


async def _take_number(invoice: Invoice, effect: Effect) -> InvoiceEvent:
    content = invoice.content
    request = NumberRequest(invoice_id=invoice.id, series=content.series, invoice_date=content.invoice_date)
    number = await call(TAKE_NUMBER, request, activity_options.RECORDS, f"number from {content.series}")
    return Numbered(key=effect.key, number=number)


async def _render_document(invoice: Invoice, effect: Effect) -> InvoiceEvent:
    assert invoice.number is not None
    assert invoice.digest is not None
    assert invoice.due is not None
    rendering = RenderInput(
        invoice_id=invoice.id,
        display_number=invoice.number.display,
        digest=invoice.digest,
        due=invoice.due,
        content=invoice.content,
    )
    document = await call(RENDER, rendering, activity_options.RENDER, f"PDF {invoice.number.display}")
    return Rendered(key=effect.key, document=document)


async def _tell_orders(invoice: Invoice, effect: Effect) -> Receipt:
    basis = invoice.content.basis
    assert isinstance(basis, PartnerBasis), "only an invoice of orders has effects on orders"
    command = OrdersCommand(
        invoice_id=invoice.id,
        effect_key=effect.key,
        order_keys=basis.order_keys,
        number=invoice.display_number,
        at=effect.owed_at,
        reason=effect.argument.get("reason"),
        rejected=invoice.status is Status.REJECTED,
    )
    summary = f"{effect.name.replace('_', ' ')} {invoice.display_number or ''}"
    changed = await call(_ORDER_PORTS[effect.name], command, activity_options.EFFECT, summary)
    return Receipt(details={"changed": str(changed.changed), "unchanged": str(changed.unchanged)})


async def _watch(invoice: Invoice, effect: Effect, wait_for_act: WaitForAct) -> Receipt:
    """Look at the act until its status ends the wait; between two looks wait for a report or for the own look."""
    look: Look | None = None
    while True:
        receipt = await _call_vendor(invoice, effect, look)
        if receipt.state is not EffectState.PENDING or not workflow.patched(WAIT_FOR_REPORTS):
            return receipt
        invoice, look = await wait_for_act(effect, receipt)


async def _call_vendor(invoice: Invoice, effect: Effect, look: Look | None = None) -> Receipt:
    request = EffectRequest(
        key=effect.key,
        name=effect.name,
        invoice_id=invoice.id,
        workflow_id=invoice.workflow_id,
        display_number=invoice.display_number or "",
        digest=invoice.digest or "",
        document=invoice.document,
        due=invoice.due,
        argument=effect.argument,
        revision=invoice.revision,
        chain=invoice.chain,
        look=look,
    )
    options = activity_options.WATCH if effect.spec.kind is EffectKind.WATCH else activity_options.EFFECT
    summary = f"{effect.name.replace('_', ' ')} {request.display_number}"
    return await call(EFFECT_PORTS[effect.name], request, options, summary)
