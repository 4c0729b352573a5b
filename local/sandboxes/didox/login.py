"""Login to the Didox sandbox: the partner token without `Bearer`, the password with its locks, and keys that expire."""

import uuid
from datetime import datetime, timedelta

from fastapi import Request

from local.sandboxes.state import Record, SandboxState
from settings import DidoxSettings

USER_KEY_MINUTES = 360
# Failed attempts since the last success, and how long they lock the account; QUICK_TRIES applies within one minute.
QUICK_TRIES, QUICK_LOCK = 3, timedelta(minutes=10)
MANY_TRIES, LONG_LOCK = 10, timedelta(hours=24)
FINAL_LOCK_TRIES = 25


class DidoxError(Exception):
    """An error answer of Didox. `body` is sent unchanged, because each route of Didox has its own format."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


class Authentication:
    """The checks of partner token, user key and password."""

    def __init__(self, state: SandboxState, settings: DidoxSettings) -> None:
        self._state = state
        self._settings = settings

    async def check_partner(self, request: Request) -> None:
        token = request.headers.get("Partner-Authorization", "")
        if token.startswith("Bearer "):
            details = {"message": "The JWT string must have two dots", "reason": "jwt", "details": []}
            raise DidoxError(500, {"data": None, "error": details})
        if token != self._settings.partner_token.get_secret_value():
            raise DidoxError(401, {"message": "Unauthorized"})

    async def check_user(self, request: Request) -> None:
        key = self._state.get("user_key", request.headers.get("user-key", ""))
        if key is None:
            raise DidoxError(401, {"success": False, "error": "Unauthorized. Invalid user key"})
        if self._state.now() >= datetime.fromisoformat(key["issued_at"]) + timedelta(minutes=USER_KEY_MINUTES):
            raise DidoxError(401, {"message": "Token expired"})

    def log_in(self, tin: str, password: object) -> Record:
        if tin != self._settings.seller_tin:
            raise DidoxError(422, "User not registered")
        account = self._state.get("login", tin) or {"failures": [], "locked_until": None}
        self._check_lock(account)
        if password != self._settings.password.get_secret_value():
            self._state.put("login", tin, self._after_failure(account))
            raise DidoxError(422, "Incorrect login")
        self._state.put("login", tin, {"failures": [], "locked_until": None})
        token = str(uuid.uuid4())
        self._state.put("user_key", token, {"tin": tin, "issued_at": self._state.now().isoformat()})
        return {
            "token": token,
            "taxId": tin,
            "pinfl": None,
            "name": "ProximaOps",
            "related_companies": None,
            "related_branches": None,
        }

    def _check_lock(self, account: Record) -> None:
        if len(account["failures"]) >= FINAL_LOCK_TRIES:
            raise DidoxError(423, {"message": "Пользователь заблокирован. Обратитесь в техподдержку"})
        if account["locked_until"] is None:
            return
        left = datetime.fromisoformat(account["locked_until"]) - self._state.now()
        if left > timedelta(0):
            minutes, seconds = divmod(int(left.total_seconds()), 60)
            text = f"Слишком много попыток. Попробуйте через {minutes} минут. {seconds} секунд"
            raise DidoxError(429, {"message": text})

    def _after_failure(self, account: Record) -> Record:
        now = self._state.now()
        failures = [*account["failures"], now.isoformat()]
        recent = [at for at in failures if datetime.fromisoformat(at) > now - timedelta(minutes=1)]
        until = None
        if len(failures) >= MANY_TRIES:
            until = now + LONG_LOCK
        elif len(recent) >= QUICK_TRIES:
            until = now + QUICK_LOCK
        return {"failures": failures, "locked_until": until.isoformat() if until else None}
