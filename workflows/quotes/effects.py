"""The execution of a quote's effects through their activities."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.quotes.content.content import SERIES
    from models.quotes.quote.effects import QuoteEffect, QuoteEffectName
    from models.quotes.quote.event_handlers import frozen_digest
    from models.quotes.quote.events import QuoteEffectCompleted, QuoteEvent, QuoteNumbered, QuoteRendered
    from models.quotes.quote.links import LinkGrant
    from models.quotes.quote.ports import (
        QUOTE_EFFECT_PORTS,
        RENDER_QUOTE,
        TAKE_QUOTE_NUMBER,
        WRITE_TERMS,
        QuoteEffectRequest,
        QuoteNumberRequest,
        RenderQuote,
        WriteTerms,
    )
    from models.quotes.quote.quote import Quote
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call


async def execute_effect(quote: Quote, effect: QuoteEffect) -> QuoteEvent:
    """Return the event of the completed effect.

    Raises ActivityError if the effect was refused for good; Temporal retries all other errors.
    """
    match effect.name:
        case QuoteEffectName.NUMBER:
            request = QuoteNumberRequest(quote_id=quote.id, issued_on=quote.content.issued_on)
            number = await call(TAKE_QUOTE_NUMBER, request, activity_options.RECORDS, f"number from {SERIES}")
            return QuoteNumbered(key=effect.key, number=number)
        case QuoteEffectName.DOCUMENT:
            return await _render(quote, effect)
        case QuoteEffectName.TERMS:
            return await _write_terms(quote, effect)
        case _:
            port = QUOTE_EFFECT_PORTS[effect.name]
            summary = f"{effect.name.replace('_', ' ')} {quote.display_number}, version {effect.version}"
            receipt = await call(port, _request(quote, effect), activity_options.EFFECT, summary)
            return QuoteEffectCompleted(key=effect.key, receipt=receipt)


async def _render(quote: Quote, effect: QuoteEffect) -> QuoteEvent:
    assert quote.number is not None, "the number is taken before the document is made"
    frozen = frozen_digest(quote)
    rendering = RenderQuote(
        quote_id=quote.id,
        number=quote.number.display,
        version=quote.version,
        digest=frozen,
        content=quote.content,
    )
    title = f"PDF {quote.number.display}, version {quote.version}"
    document = await call(RENDER_QUOTE, rendering, activity_options.RENDER, title)
    return QuoteRendered(key=effect.key, digest=frozen, document=document)


async def _write_terms(quote: Quote, effect: QuoteEffect) -> QuoteEvent:
    assert quote.conversion is not None, "terms are written for a conversion"
    deal = quote.content.deal
    request = WriteTerms(
        key=effect.key,
        quote_id=quote.id,
        number=quote.display_number or "",
        version=quote.version,
        at=effect.owed_at,
        deal_type=deal.deal_type if deal else None,
        currency=quote.content.currency,
        conversion=quote.conversion,
    )
    title = f"terms of {quote.conversion.application_key}"
    receipt = await call(WRITE_TERMS, request, activity_options.RECORDS, title)
    return QuoteEffectCompleted(key=effect.key, receipt=receipt)


def _request(quote: Quote, effect: QuoteEffect) -> QuoteEffectRequest:
    sent = quote.sent_as(effect.version)
    assert sent is not None, "these effects are about a version that was sent"
    number = effect.argument.get("link")
    link = quote.link(int(number)) if number else quote.live_link
    grant = LinkGrant(quote_id=quote.id, number=link.number, expires_at=link.expires_at) if link else None
    return QuoteEffectRequest(
        key=effect.key,
        name=effect.name,
        quote_id=quote.id,
        workflow_id=quote.workflow_id,
        display_number=quote.display_number or "",
        version=effect.version,
        digest=sent.digest,
        document=sent.document,
        link=grant,
        argument=effect.argument,
        revision=quote.revision,
        chain=quote.chain,
    )
