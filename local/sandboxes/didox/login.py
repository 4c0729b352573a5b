"""Login to the Didox sandbox: the bare partner token, the password with its lock ladder, and keys that expire."""

import uuid
from datetime import datetime, timedelta

from fastapi import Request

from local.sandboxes.state import Record, Store
from settings import DidoxSettings

USER_KEY_MINUTES = 360
# Wrong tries since the last good one, and for how long they close the account; three of them must be in one minute.
QUICK_TRIES, QUICK_LOCK = 3, timedelta(minutes=10)
MANY_TRIES, LONG_LOCK = 10, timedelta(hours=24)
LAST_TRY = 25


class DidoxRefusal(Exception):
    """`body` goes out as it is, since Didox has a different error shape in every corner."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


class Doorman:
    def __init__(self, store: Store, settings: DidoxSettings) -> None:
        self._store = store
        self._settings = settings

    async def check_partner(self, request: Request) -> None:
        token = request.headers.get("Partner-Authorization", "")
        if token.startswith("Bearer "):
            details = {"message": "The JWT string must have two dots", "reason": "jwt", "details": []}
            raise DidoxRefusal(500, {"data": None, "error": details})
        if token != self._settings.partner_token.get_secret_value():
            raise DidoxRefusal(401, {"message": "Unauthorized"})

    async def check_user(self, request: Request) -> None:
        key = self._store.get("user_key", request.headers.get("user-key", ""))
        if key is None:
            raise DidoxRefusal(401, {"success": False, "error": "Unauthorized. Invalid user key"})
        if self._store.now() >= datetime.fromisoformat(key["issued_at"]) + timedelta(minutes=USER_KEY_MINUTES):
            raise DidoxRefusal(401, {"message": "Token expired"})

    def log_in(self, tin: str, password: object) -> Record:
        if tin != self._settings.seller_tin:
            raise DidoxRefusal(422, "User not registered")
        account = self._store.get("login", tin) or {"failures": [], "locked_until": None}
        self._check_lock(account)
        if password != self._settings.password.get_secret_value():
            self._store.put("login", tin, self._after_failure(account))
            raise DidoxRefusal(422, "Incorrect login")
        self._store.put("login", tin, {"failures": [], "locked_until": None})
        token = str(uuid.uuid4())
        self._store.put("user_key", token, {"tin": tin, "issued_at": self._store.now().isoformat()})
        return {
            "token": token,
            "taxId": tin,
            "pinfl": None,
            "name": "ProximaOps",
            "related_companies": None,
            "related_branches": None,
        }

    def _check_lock(self, account: Record) -> None:
        if len(account["failures"]) >= LAST_TRY:
            raise DidoxRefusal(423, {"message": "Пользователь заблокирован. Обратитесь в техподдержку"})
        if account["locked_until"] is None:
            return
        left = datetime.fromisoformat(account["locked_until"]) - self._store.now()
        if left > timedelta(0):
            minutes, seconds = divmod(int(left.total_seconds()), 60)
            text = f"Слишком много попыток. Попробуйте через {minutes} минут. {seconds} секунд"
            raise DidoxRefusal(429, {"message": text})

    def _after_failure(self, account: Record) -> Record:
        now = self._store.now()
        failures = [*account["failures"], now.isoformat()]
        recent = [at for at in failures if datetime.fromisoformat(at) > now - timedelta(minutes=1)]
        until = None
        if len(failures) >= MANY_TRIES:
            until = now + LONG_LOCK
        elif len(recent) >= QUICK_TRIES:
            until = now + QUICK_LOCK
        return {"failures": failures, "locked_until": until.isoformat() if until else None}
