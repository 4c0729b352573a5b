"""The tokens of other services that import invoices: signed with the shared secret, for one tenant.

See docs/specification/bills.md 5.2.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final

import jwt
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.deps import StateDep
from api.errors import Forbidden, NotFound, Unauthorized
from settings import FinanceSettings

ACCESS: Final = "access"
WRITERS: Final = frozenset({"admin", "editor", "manager"})
NOT_VALID: Final = "the token is not valid here"
LONGEST_TENANT: Final = 100
LONGEST_SUBJECT: Final = 200
_REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "typ", "tenant_id")
_CLOCKS_MAY_DIFFER: Final = timedelta(seconds=5)

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="FinanceToken",
    description="a short-lived JWT of another service, signed with the secret that both services share",
)


@dataclass(frozen=True)
class ServiceCaller:
    """The service that calls, and the tenant it calls for."""

    tenant_id: str
    subject: str
    roles: frozenset[str]


def caller_of(token: str, settings: FinanceSettings) -> ServiceCaller:
    """Return the caller of a token. Raise Unauthorized when it is not valid."""
    assert settings.jwt_secret is not None
    try:
        claims = jwt.decode(
            token,
            settings.jwt_secret.get_secret_value(),
            algorithms=[settings.jwt_algorithm],
            issuer=settings.issuer,
            audience=settings.token_audience,
            options={"require": list(_REQUIRED)},
            leeway=_CLOCKS_MAY_DIFFER,
        )
    except jwt.ExpiredSignatureError as error:
        raise Unauthorized("token expired") from error
    except jwt.InvalidTokenError as error:
        raise Unauthorized(NOT_VALID) from error
    tenant, subject = claims["tenant_id"], claims["sub"]
    if claims["typ"] != ACCESS or not _is_name(tenant, LONGEST_TENANT) or not _is_name(subject, LONGEST_SUBJECT):
        raise Unauthorized(NOT_VALID)
    return ServiceCaller(tenant, subject, _roles(claims.get("roles")))


def _is_name(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _roles(value: Any) -> frozenset[str]:
    return frozenset(role for role in value if isinstance(role, str)) if isinstance(value, list) else frozenset()


async def service_caller(
    state: StateDep, authorization: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> ServiceCaller:
    """Return the caller. Raise NotFound without a secret, Unauthorized without a valid token, Forbidden for readers."""
    settings = state.settings.finance
    if settings.jwt_secret is None:
        raise NotFound("No import of invoices is configured here; the setting is AKTUM_FINANCE__JWT_SECRET.")
    if authorization is None:
        raise Unauthorized("the header `Authorization: Bearer <token>` is missing")
    caller = caller_of(authorization.credentials, settings)
    if not caller.roles & WRITERS:
        raise Forbidden(f"importing invoices needs one of the roles {', '.join(sorted(WRITERS))} in the token")
    return caller


ServiceCallerDep = Annotated[ServiceCaller, Depends(service_caller)]
