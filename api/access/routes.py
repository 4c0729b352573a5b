"""The login route."""

from fastapi import APIRouter

from api.access.bodies import Login
from api.access.deps import PasswordCheckDep, TokensDep
from api.access.schemas import TokenView
from api.deps import NowDep
from api.errors import Unauthorized
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors

WRONG_LOGIN = "wrong username or password"

router = APIRouter(prefix="/auth", tags=["login"], route_class=DecimalJsonRoute)


@router.post("/login", summary="Log in", responses=errors(400, 401, 429, 503))
async def login(body: Login, check: PasswordCheckDep, tokens: TokensDep, now: NowDep) -> Envelope[TokenView]:
    """Returns a token that is valid for 24 hours (configurable). An unknown username and a wrong password get the same
    answer. After several failures for a name or from an address, each further attempt must wait longer."""
    user = await check.user(body.username, body.password)
    if user is None:
        raise Unauthorized(WRONG_LOGIN)
    return Envelope(data=TokenView.issued(tokens, user, now))
