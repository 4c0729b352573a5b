"""Executes one effect of an invoice through its activity."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.billing.ports import FETCH_DRAFT, DraftInput
    from models.documents.ports import RENDER, RenderInput
    from models.invoice.effects import Effect, EffectKind, EffectName
    from models.invoice.events import Compared, EffectCompleted, InvoiceEvent, Numbered, Redrafted, Rendered
    from models.invoice.invoice import Invoice
    from models.invoice.ports import EFFECT_PORTS, TAKE_NUMBER, EffectRequest, NumberRequest
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call, call_short


async def execute_effect(invoice: Invoice, effect: Effect) -> InvoiceEvent:
    """Return what the activity reports. Raise ActivityError when it was refused for good; all else is retried."""
    if effect.spec.kind is not EffectKind.INTERNAL:
        return await _outside(invoice, effect)
    match effect.name:
        case EffectName.REDRAFT:
            return await _redraft(invoice, effect)
        case EffectName.FACTS_CHECK:
            return await _facts(invoice, effect)
        case EffectName.NUMBER:
            return await _number(invoice, effect)
        case EffectName.DOCUMENT:
            return await _document(invoice, effect)
        case _:
            raise AssertionError(f"{effect.name} is internal, and no function executes it")


async def _redraft(invoice: Invoice, effect: Effect) -> InvoiceEvent:
    drafting = DraftInput(request=invoice.request, invoice_date=invoice.content.invoice_date)
    content = await call(FETCH_DRAFT, drafting, activity_options.PREFILL_NOW, "fetch the facts again")
    return Redrafted(key=effect.key, content=content)


async def _facts(invoice: Invoice, effect: Effect) -> InvoiceEvent:
    drafting = DraftInput(request=invoice.request, invoice_date=invoice.content.invoice_date)
    content = await call(FETCH_DRAFT, drafting, activity_options.PREFILL_NOW, "what the facts say now")
    return Compared(key=effect.key, content=content)


async def _number(invoice: Invoice, effect: Effect) -> InvoiceEvent:
    content = invoice.content
    request = NumberRequest(invoice_id=invoice.id, series=content.series, invoice_date=content.invoice_date)
    number = await call_short(TAKE_NUMBER, request, activity_options.RECORDS, f"number from {content.series}")
    return Numbered(key=effect.key, number=number)


async def _document(invoice: Invoice, effect: Effect) -> InvoiceEvent:
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


async def _outside(invoice: Invoice, effect: Effect) -> InvoiceEvent:
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
    )
    patience = activity_options.WATCH if effect.spec.kind is EffectKind.WATCH else activity_options.EFFECT
    summary = f"{effect.name.replace('_', ' ')} {request.display_number}"
    return EffectCompleted(key=effect.key, receipt=await call(EFFECT_PORTS[effect.name], request, patience, summary))
