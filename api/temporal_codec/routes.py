"""The codec server of the Temporal Web UI and of the `temporal` command: it decodes and encodes payloads.

Requests and answers have Temporal's own format. The command line sends a login token. The Web UI cannot send one, so a
person signs in on the page `session` once, which keeps the token in a cookie for these routes.
"""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from starlette.responses import HTMLResponse
from temporalio.api.common.v1 import Payload, Payloads

from api.access.deps import Actor, ApiKeysDep, CredentialsDep, LoggedInDep, TokensDep, actor, require_role
from api.deps import NowDep, StateDep
from api.errors import Invalid
from api.http.decimal_json import DecimalJsonRoute
from api.http.error_responses import errors
from api.temporal_codec.cross_origin import PATH
from api.temporal_codec.schemas import PayloadsBody, PayloadsView
from api.temporal_codec.session_page import HEADERS, PAGE
from models.access.roles import OPERATING
from workflows.client.payload_encryption import PayloadUnreadable

router = APIRouter(prefix="/temporal-codec", tags=["temporal"], route_class=DecimalJsonRoute)

COOKIE = "aktum_temporal_codec"

_bearer = HTTPBearer(auto_error=False)
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="set by POST /api/v1/temporal-codec/session")
_require_operator = require_role(OPERATING, "reading the payloads of Temporal")

Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
Transform = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


async def operator(
    users: CredentialsDep,
    keys: ApiKeysDep,
    tokens: TokensDep,
    now: NowDep,
    bearer: Bearer,
    cookie: Annotated[str | None, Depends(_cookie)],
) -> Actor:
    """Return the user of the token in the header, or else in the cookie.

    Raise Unauthorized without a valid token, and Forbidden below the role that may read payloads.
    """
    from_cookie = HTTPAuthorizationCredentials(scheme="Bearer", credentials=cookie) if cookie else None
    return await _require_operator(await actor(users, keys, tokens, now, bearer or from_cookie))


OperatorDep = Annotated[Actor, Depends(operator)]


@router.post("/decode", summary="Decode payloads", responses=errors(400, 401, 403, 413, 503))
async def decode_payloads(body: PayloadsBody, state: StateDep, _: OperatorDep) -> PayloadsView:
    """Payloads are decrypted and decompressed. A payload in clear is returned unchanged."""
    return await _transformed(body, state.temporal.payload_codec.decode)


@router.post("/encode", summary="Encode payloads", responses=errors(400, 401, 403, 413, 503))
async def encode_payloads(body: PayloadsBody, state: StateDep, _: OperatorDep) -> PayloadsView:
    """The Web UI encodes the input of a signal or an update. Without encryption keys small payloads do not change."""
    return await _transformed(body, state.temporal.payload_codec.encode)


@router.get("/session", include_in_schema=False)
async def session_page() -> HTMLResponse:
    return HTMLResponse(PAGE, headers=HEADERS)


@router.post(
    "/session",
    summary="Sign the browser in for the Web UI",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(401, 403, 503),
)
async def open_session(request: Request, bearer: Bearer, user: LoggedInDep) -> Response:
    """The token of this request is set as a cookie, which the browser sends to these routes only."""
    await _require_operator(user)
    assert bearer is not None, "actor() refuses a request without a token"
    response = Response(status_code=HTTPStatus.NO_CONTENT)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, bearer.credentials, path=PATH, httponly=True, secure=secure, samesite="strict")
    return response


@router.delete("/session", summary="Sign the browser out", status_code=HTTPStatus.NO_CONTENT)
async def close_session() -> Response:
    response = Response(status_code=HTTPStatus.NO_CONTENT)
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")
    return response


async def _transformed(body: PayloadsBody, transform: Transform) -> PayloadsView:
    try:
        payloads = ParseDict(body.model_dump(), Payloads())
    except ParseError as error:
        raise Invalid.at("payloads", "metadata and data must be base64") from error
    try:
        transformed = await transform(payloads.payloads)
    except PayloadUnreadable as error:
        raise Invalid.at("payloads", str(error)) from error
    return PayloadsView.model_validate({"payloads": [MessageToDict(payload) for payload in transformed]})
