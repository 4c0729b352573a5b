"""The tokens of the finance sandbox: it accepts what the client signs with the shared secret."""

import jwt

from settings import FinanceSettings

WRITERS = frozenset({"admin", "editor", "manager"})


class FinanceError(Exception):
    def __init__(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.details = status, message, details


def tenant_of(authorization: str, settings: FinanceSettings) -> str:
    """Return the tenant of the token. Raise FinanceError 401 for a wrong token, and 403 without a role to write."""
    if settings.jwt_secret is None:
        raise FinanceError(401, "The sandbox has no secret.")
    try:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "),
            settings.jwt_secret.get_secret_value(),
            algorithms=[settings.jwt_algorithm],
            issuer=settings.issuer,
            audience=settings.token_audience,
            options={"require": ["exp", "iat", "nbf", "sub", "jti", "typ", "tenant_id"]},
        )
    except jwt.InvalidTokenError as error:
        raise FinanceError(401, f"The token is not valid: {error}.") from error
    if not WRITERS & set(claims.get("roles", [])):
        raise FinanceError(403, "The token has no role that may write.")
    return str(claims["tenant_id"])
