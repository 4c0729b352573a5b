"""What a request about a quote does, for its route and its page: make a draft, edit, convert, and show documents."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Response
from jinja2 import TemplateError
from pydantic import ValidationError

from activities.quotes.pages import quote_html
from api.access.deps import Actor
from api.deps import AppState
from api.error_handlers import of_request
from api.errors import Broken, Conflict, Invalid, NotFound
from api.http.envelopes import ConflictDetails, Envelope
from api.http.media import HTML, PAGE_POLICY
from api.quotes.bodies import ConvertQuoteBody, EditQuoteBody, NewQuote
from api.quotes.command_call import QuoteCall
from api.quotes.drafting import QuoteDrafting
from api.quotes.pdf_answer import pdf_of
from api.quotes.quote_repository import QuoteRepository
from api.quotes.quote_schemas import QuoteView
from api.reads import Reads
from models.invoice.errors import InvalidChange
from models.quotes.conversion.preview import ConversionPreview, conversion_preview
from models.quotes.conversion.terms import check_contract
from models.quotes.quote.commands import ConvertQuote, EditQuote
from models.quotes.quote.quote import Quote, Version
from models.values.period import local_day
from models.values.request_fingerprint import fingerprint
from workflows.client import quotes as workflows
from workflows.client.errors import RequestFailed, WorkflowClosed


@dataclass(frozen=True)
class QuoteMaking:
    """Makes drafts of quotes for one person, at one moment."""

    state: AppState
    quotes: QuoteRepository
    drafting: QuoteDrafting
    user: Actor
    zone: str
    now: datetime

    async def make(self, body: NewQuote, key: str) -> QuoteView:
        """Return the draft. A repetition with the same key returns the quote that the first request made."""
        content = await self.drafting.content(body, local_day(self.now, self.zone))
        asked = fingerprint(key, body.model_dump_json())
        client, user = await self.state.temporal.client(), self.user
        reused = Conflict(
            "This Idempotency-Key was used before for another quote; send this request with a new key.",
            ConflictDetails(reason="KeyReused"),
        )
        try:
            opened = await workflows.create(
                client, content, user.username, f"{user.username}:{key}", asked, self.state.update_timeout
            )
        except WorkflowClosed as closed:
            raise reused from closed
        # A workflow that was restored does not know the request that made its draft.
        if opened.created_by_request not in (None, asked):
            raise reused
        quote = await self.quotes.find(opened.quote_id)
        assert quote is not None, "the workflow answers when its draft is saved"
        return QuoteView.seen_by(user.role, quote, self.now, self.state.archive, self.state.settings.quotes)


async def edit(call: QuoteCall, drafting: QuoteDrafting, body: EditQuoteBody) -> Envelope[QuoteView]:
    """Look up the lines that come from a calculation or an invoice, and send the edit."""
    fields = {name: getattr(body, name) for name in type(body).model_fields if name != "lines"}
    if body.lines is not None:
        content = (await call.recorded()).content
        language = body.language or content.language
        found = await drafting.resolved(body.lines, content.currency, language, content.lines)
        fields |= {"lines": found.lines, "deal": found.deal}
    return await call.send(EditQuote, fields)


async def convert(call: QuoteCall, reads: Reads, body: ConvertQuoteBody) -> Envelope[QuoteView]:
    """Check that the contract can have these terms, and send the command."""
    await _check_contract(await call.recorded(), reads, ConvertQuote.model_validate(dict(body)))
    return await call.send(ConvertQuote, dict(body))


async def preview_conversion(quote: Quote, reads: Reads, body: ConvertQuoteBody) -> ConversionPreview:
    """Return what the quote would become. Raise Invalid if the wish does not fit the quote or the contract."""
    command = ConvertQuote.model_validate(dict(body))
    await _check_contract(quote, reads, command)
    try:
        return conversion_preview(quote.content, command)
    except InvalidChange as refused:
        raise Invalid.of_message(str(refused)) from refused


async def _check_contract(quote: Quote, reads: Reads, command: ConvertQuote) -> None:
    try:
        found = await reads.client(command.application_key)
        check_contract(quote.content, command, found.contract)
    except RequestFailed as failed:
        raise of_request(failed) from failed
    except InvalidChange as refused:
        raise Invalid.of_message(str(refused)) from refused


def sent_version(quote: Quote, version: int) -> Version:
    """Return the version as it was sent. Raise NotFound if there is none."""
    found = quote.sent_as(version)
    if found is None:
        raise NotFound(f"There is no sent version {version} of this quote.")
    return found


async def version_pdf(quote: Quote, version: int, quotes: QuoteRepository, if_none_match: str | None) -> Response:
    """Return the same bytes that were sent. Their SHA-256 is the ETag."""
    stored = await quotes.pdf(sent_version(quote, version).digest)
    if stored is None:
        raise NotFound(f"Version {version} is not stored.")
    return pdf_of(stored, if_none_match)


async def preview(quote: Quote) -> Response:
    """Return the page as it would print now. A page that was not sent is marked as a draft."""
    number = quote.display_number if quote.is_current else None
    try:
        html = quote_html(quote.content, number, quote.version)
    except (TemplateError, ValidationError) as error:
        raise Broken(f"The page of this quote cannot be made: {error}") from error
    return Response(html, media_type=HTML, headers={"Content-Security-Policy": PAGE_POLICY})
