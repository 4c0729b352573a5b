"""The routes of a quote's commands: one for each command, with the command's own body."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends

from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.quotes.bodies import (
    AcceptQuoteBody,
    ConvertQuoteBody,
    DeclineQuoteBody,
    EditQuoteBody,
    RenewLinkBody,
    ResolveQuoteEffectBody,
    RetryQuoteEffectBody,
    ReviseQuoteBody,
    RevokeLinkBody,
    SendQuoteBody,
    WithdrawQuoteBody,
)
from api.quotes.calls import convert, edit
from api.quotes.deps import DraftingDep, QuoteCallDep, require_permission
from api.quotes.quote_schemas import QuoteView
from api.reads import ReadsDep
from models.quotes.quote.commands import (
    AcceptQuote,
    ConvertQuote,
    DeclineQuote,
    EditQuote,
    QuoteCommand,
    RenewLink,
    ResolveQuoteEffect,
    RetryQuoteEffect,
    ReviseQuote,
    RevokeLink,
    SendQuote,
    WithdrawQuote,
)

router = APIRouter(prefix="/quotes/{quote_id}", tags=["quotes"], route_class=DecimalJsonRoute)

Answer = Envelope[QuoteView]
Endpoint = Callable[..., Coroutine[Any, Any, Answer]]


def _route(command: type[QuoteCommand]) -> Callable[[Endpoint], Endpoint]:
    """Return a decorator that registers an endpoint under the command's name; `edit` is the PATCH of the quote."""
    name = command.name.value
    is_edit = command is EditQuote
    options: dict[str, Any] = {
        "methods": ["PATCH" if is_edit else "POST"],
        "status_code": HTTPStatus.OK,
        "summary": f"{name.replace('_', ' ').capitalize()} a quote" if "_" not in name else name.replace("_", " "),
        "description": command.__doc__,
        "responses": errors(400, 401, 403, 404, 409, 503, 504),
        "dependencies": [Depends(require_permission(command))],
    }

    def register(endpoint: Endpoint) -> Endpoint:
        path = "" if is_edit else f"/{name.replace('_', '-')}"
        router.add_api_route(path, endpoint, operation_id=endpoint.__name__, **options)
        return endpoint

    return register


@_route(EditQuote)
async def edit_quote(call: QuoteCallDep, drafting: DraftingDep, body: EditQuoteBody) -> Answer:
    return await edit(call, drafting, body)


@_route(SendQuote)
async def send_quote(call: QuoteCallDep, body: SendQuoteBody) -> Answer:
    return await call.send(SendQuote, dict(body))


@_route(ReviseQuote)
async def revise_quote(call: QuoteCallDep, body: ReviseQuoteBody) -> Answer:
    return await call.send(ReviseQuote, dict(body))


@_route(AcceptQuote)
async def accept_quote(call: QuoteCallDep, body: AcceptQuoteBody) -> Answer:
    return await call.send(AcceptQuote, dict(body))


@_route(DeclineQuote)
async def decline_quote(call: QuoteCallDep, body: DeclineQuoteBody) -> Answer:
    return await call.send(DeclineQuote, dict(body))


@_route(WithdrawQuote)
async def withdraw_quote(call: QuoteCallDep, body: WithdrawQuoteBody) -> Answer:
    return await call.send(WithdrawQuote, dict(body))


@_route(RenewLink)
async def renew_quote_link(call: QuoteCallDep, body: RenewLinkBody) -> Answer:
    return await call.send(RenewLink, dict(body))


@_route(RevokeLink)
async def revoke_quote_link(call: QuoteCallDep, body: RevokeLinkBody) -> Answer:
    return await call.send(RevokeLink, dict(body))


@_route(ConvertQuote)
async def convert_quote(call: QuoteCallDep, reads: ReadsDep, body: ConvertQuoteBody) -> Answer:
    return await convert(call, reads, body)


@_route(RetryQuoteEffect)
async def retry_quote_effect(call: QuoteCallDep, body: RetryQuoteEffectBody) -> Answer:
    return await call.send(RetryQuoteEffect, dict(body))


@_route(ResolveQuoteEffect)
async def resolve_quote_effect(call: QuoteCallDep, body: ResolveQuoteEffectBody) -> Answer:
    return await call.send(ResolveQuoteEffect, dict(body))
