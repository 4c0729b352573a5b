"""Logging in."""

from fastapi import APIRouter

from api.access.bodies import Login
from api.access.schemas import TokenView
from api.deps import NowDep, StateDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from models.access.roles import Role

router = APIRouter(prefix="/auth", tags=["login"], route_class=DecimalJsonRoute)


@router.post("/login", summary="Log in", responses=errors(400, 401, 503))
async def login(body: Login, state: StateDep, now: NowDep) -> Envelope[TokenView]:
    """A token for 24 hours (configurable). An unknown name and a wrong password get the same answer."""
    found = await state.passwords.check(await state.registry.login(body.username), body.password)
    token, expires_at = state.tokens.issue(found, now)
    return Envelope(data=TokenView(token=token, expires_at=expires_at, username=found.username, role=Role(found.role)))
