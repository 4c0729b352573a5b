"""The check of a user's password, at the login and wherever else it is asked for."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from api.access.login_throttle import Attempt, LoginThrottle
from api.access.passwords import Passwords
from api.access.repository import Credentials, CredentialsRepository
from api.errors import TooManyRequests, Unavailable
from api.metrics import LoginFailure, Metrics

log = structlog.get_logger()


@dataclass(frozen=True)
class PasswordCheck:
    """Checks passwords that are sent from one address at one moment.

    Every refusal is logged as `login_failed` and counted.
    """

    users: CredentialsRepository
    passwords: Passwords
    throttle: LoginThrottle
    metrics: Metrics
    address: str
    now: datetime

    async def user(self, username: str, password: str) -> Credentials | None:
        """Return the active user of this name and password; None when there is none.

        Raise TooManyRequests after too many failures, and Unavailable when too many passwords are being checked.
        """
        attempt = Attempt.of(username, self.address)
        user = await self.users.find(username)
        try:
            await self.throttle.begin(attempt, self.now)
        except TooManyRequests:
            self._failed(user, LoginFailure.TOO_MANY_FAILURES)
            raise
        try:
            is_right = await self.passwords.verify(user.password_hash if user else None, password)
        except Unavailable:
            await self.throttle.withdraw(attempt, self.now)
            raise
        if user is None or not user.active or not is_right:
            self._failed(user, _reason(user))
            return None
        await self.throttle.succeed(attempt, self.now)
        return user

    def _failed(self, user: Credentials | None, reason: LoginFailure) -> None:
        """Log and count it. The name is left out when nobody has it, because people type passwords into its field."""
        self.metrics.login_failed(reason)
        name = user.username if user else None
        log.warning("login_failed", username=name, address=self.address, reason=reason.value)


def _reason(user: Credentials | None) -> LoginFailure:
    if user is None:
        return LoginFailure.NO_SUCH_USER
    return LoginFailure.WRONG_PASSWORD if user.active else LoginFailure.DEACTIVATED
