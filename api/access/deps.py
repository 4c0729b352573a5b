"""Dependencies for authentication and authorisation: the acting user, and the role that a route requires."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.access.api_keys import ApiKeyRepository
from api.access.delegations import DelegationRepository, Delegator
from api.access.login_throttle import LoginThrottle
from api.access.password_check import PasswordCheck
from api.access.passwords import Passwords
from api.access.repository import CredentialsRepository
from api.access.tokens import NOT_VALID, Tokens
from api.deps import NowDep, StateDep, TodayDep
from api.errors import Forbidden, Unauthorized
from api.metrics import Metrics
from models.access.api_keys import KEY_START, actor_name
from models.access.roles import DRAFTING, Role
from models.access.users import Username
from models.invoice.commands import Command
from models.invoice.delegations.delegation import reason_not_delegated
from models.invoice.permissions import LEAST_ROLE

_bearer = HTTPBearer(auto_error=False, description="the token from POST /api/v1/auth/login, or an API key (aktum_...)")


@dataclass(frozen=True)
class Actor:
    """Who sends the request: a user, or an API key, whose name says to whom it belongs."""

    username: str
    role: Role
    is_key: bool = False


async def passwords(request: Request) -> Passwords:
    found = request.app.state.passwords
    assert isinstance(found, Passwords)
    return found


PasswordsDep = Annotated[Passwords, Depends(passwords)]


async def tokens(request: Request) -> Tokens:
    found = request.app.state.tokens
    assert isinstance(found, Tokens)
    return found


TokensDep = Annotated[Tokens, Depends(tokens)]


async def credentials(state: StateDep) -> CredentialsRepository:
    return CredentialsRepository(state.engines.queries)


CredentialsDep = Annotated[CredentialsRepository, Depends(credentials)]


async def password_check(
    request: Request, state: StateDep, users: CredentialsDep, passwords: PasswordsDep, now: NowDep
) -> PasswordCheck:
    address = request.client.host if request.client else "local"  # a Unix socket has no address
    metrics = request.app.state.metrics
    assert isinstance(metrics, Metrics)
    return PasswordCheck(users, passwords, LoginThrottle(state.engines.settings), metrics, address, now)


PasswordCheckDep = Annotated[PasswordCheck, Depends(password_check)]


async def api_keys(state: StateDep) -> ApiKeyRepository:
    return ApiKeyRepository(state.engines.queries, state.engines.settings)


ApiKeysDep = Annotated[ApiKeyRepository, Depends(api_keys)]


async def actor(
    users: CredentialsDep,
    keys: ApiKeysDep,
    tokens: TokensDep,
    now: NowDep,
    authorization: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """Return the user of the request's token or API key. Raise Unauthorized when it is missing or not valid.

    The user or the key is read from PostgreSQL for each request, so that a deactivation, another role, another
    password or a revocation takes effect at once.
    """
    if authorization is None:
        raise Unauthorized("log in first: the header `Authorization: Bearer <token>` is missing")
    if authorization.credentials.startswith(KEY_START):
        key = await keys.used(authorization.credentials, now)
        return Actor(actor_name(key.name, key.created_by), key.role, is_key=True)
    return await actor_of_token(authorization.credentials, users, tokens)


async def actor_of_token(token: str, users: CredentialsRepository, tokens: Tokens) -> Actor:
    """Return the user of a login token. Raise Unauthorized when the token is no longer valid."""
    claims = tokens.claims(token)
    user = await users.find(claims.username)
    if user is None or not claims.fit(user):
        raise Unauthorized(NOT_VALID)
    return Actor(user.username, Role(user.role))


ActorDep = Annotated[Actor, Depends(actor)]


async def logged_in(actor: ActorDep) -> Actor:
    """Return the user who has logged in. Raise Forbidden for an API key."""
    if actor.is_key:
        raise Forbidden("an API key cannot do this; log in with a user name and a password")
    return actor


LoggedInDep = Annotated[Actor, Depends(logged_in)]


def require_role(role: Role, action: str) -> Callable[[Actor], Awaitable[Actor]]:
    """Return a dependency that raises Forbidden for users below `role`. `action` is named in the message."""

    async def check(actor: ActorDep) -> Actor:
        require(actor, role, action)
        return actor

    return check


def require(actor: Actor, role: Role, action: str) -> None:
    """Raise Forbidden for users below `role`. `action` is named in the message."""
    if not actor.role.includes(role):
        raise Forbidden(f"{action} needs the role {role} or a higher one; {actor.username} is {actor.role}")


DrafterDep = Annotated[Actor, Depends(require_role(DRAFTING, "drafting"))]


async def on_behalf(
    actor: ActorDep,
    state: StateDep,
    today: TodayDep,
    name: Annotated[
        Username | None,
        Header(
            alias="On-Behalf-Of",
            description="The user in whose name you give the command, by a delegation of theirs that stands today.",
            examples=["anna"],
        ),
    ] = None,
) -> Delegator | None:
    """Return the user in whose name the command is given, if any. Raise Forbidden when no delegation stands."""
    if name is None:
        return None
    if actor.is_key:
        raise Forbidden("an API key acts in nobody's name; log in with a user name and a password")
    found = await DelegationRepository(state.engines.queries).delegator(name, actor.username, today)
    if found is None:
        raise Forbidden(f"no delegation by which {actor.username} may act for {name} stands today")
    return found


OnBehalfDep = Annotated[Delegator | None, Depends(on_behalf)]


def require_permission(command: type[Command]) -> Callable[[Actor, Delegator | None], Awaitable[Actor]]:
    """Return a dependency that raises Forbidden for users who may not give the command, also not for somebody else."""
    name = command.name

    async def check(actor: ActorDep, delegator: OnBehalfDep) -> Actor:
        if delegator is None:
            require(actor, LEAST_ROLE[name], name.value)
        elif reason := reason_not_delegated(name, delegator.username, delegator.role, delegator.commands):
            raise Forbidden(reason)
        return actor

    return check
