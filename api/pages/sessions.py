"""The session of the desk: the login token of the API in a cookie that no script can read."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response

from api.access.deps import Actor, CredentialsDep, TokensDep, actor_of_token
from api.deps import AppState, StateDep
from api.errors import Unauthorized
from models.access.roles import Role

HOST_COOKIE = "__Host-aktum"
PLAIN_COOKIE = "aktum"
YEAR = int(timedelta(days=365).total_seconds())


class SignInNeeded(Unauthorized):
    """Nobody is signed in, or the session has ended. `back` is the page to return to."""

    def __init__(self, message: str, back: str) -> None:
        super().__init__(message)
        self.back = back


@dataclass(frozen=True)
class Session:
    """Sets, reads and removes the cookie. Over plain http, a setting drops what only https allows."""

    is_secure: bool

    @classmethod
    def of(cls, state: AppState) -> "Session":
        return cls(is_secure=not state.settings.api.desk_over_http)

    @property
    def name(self) -> str:
        return HOST_COOKIE if self.is_secure else PLAIN_COOKIE

    def begin(self, response: Response, token: str, seconds: int) -> None:
        response.set_cookie(
            self.name, token, max_age=seconds, path="/", secure=self.is_secure, httponly=True, samesite="lax"
        )

    def remember(self, response: Response, name: str, value: str) -> None:
        """Keep a choice of this browser for a year, such as its language; forget it when the value is empty."""
        age = YEAR if value else 0
        response.set_cookie(name, value, max_age=age, path="/", secure=self.is_secure, httponly=True, samesite="lax")

    def end(self, response: Response) -> None:
        response.delete_cookie(self.name, path="/", secure=self.is_secure, httponly=True, samesite="lax")


async def session(state: StateDep) -> Session:
    return Session.of(state)


SessionDep = Annotated[Session, Depends(session)]


async def page_actor(request: Request, session: SessionDep, users: CredentialsDep, tokens: TokensDep) -> Actor:
    """Return the user who is signed in. Raise SignInNeeded, after which the browser is sent to the sign-in page."""
    token = request.cookies.get(session.name)
    if not token:
        raise SignInNeeded("Sign in first.", this_page(request))
    try:
        found = await actor_of_token(token, users, tokens)
    except Unauthorized as error:
        raise SignInNeeded("Your session has ended; sign in again.", this_page(request)) from error
    request.state.actor = found
    return found


PageActorDep = Annotated[Actor, Depends(page_actor)]


def this_page(request: Request) -> str:
    """Return the address to come back to: the page itself, or the page that a form was on."""
    if request.method in ("GET", "HEAD"):
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return own_page(urlsplit(request.headers.get("Referer", "")).path or request.url.path)


def own_page(address: str | None) -> str:
    """Return the address when it is a page of the desk, else the first page: nobody may be sent to another site."""
    is_own = address is not None and address.startswith("/") and address[1:2] not in ("/", "\\")
    return address if is_own and address is not None and address.isprintable() else "/"


def sign_in_address(back: str) -> str:
    return "/login" if back == "/" else f"/login?next={quote(back, safe='/')}"


def role_of(request: Request) -> Role | None:
    """Return the role of the user who is signed in, once the request has asked for them."""
    actor: Actor | None = getattr(request.state, "actor", None)
    return actor.role if actor else None
