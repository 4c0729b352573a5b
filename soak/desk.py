"""The API as its users see it, also while it restarts: an answer is an acceptance, a refusal, or missing."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Self

import httpx

from local.demo.api_client import ApiClient
from models.access.roles import Role
from models.invoice.status import CommandName
from soak.commands import SENDERS
from soak.polling import Stuck, until

LONGEST_OUTAGE = 180.0
STOPPED = "INVOICE_STOPPED"


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(frozen=True)
class Answer:
    """An unanswered request may have been carried out or not: a 5xx answer says no more than no answer."""

    outcome: Outcome
    status: int | None = None
    code: str | None = None
    reason: str | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def needs_restore(self) -> bool:
        """Whether the answer asks for `aktum invoice restore`."""
        return self.code == STOPPED or self.reason == "WorkflowGone"

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        body = response.json()
        if response.is_success:
            return cls(Outcome.ACCEPTED, response.status_code, data=body["data"])
        error = body["error"]
        details = error.get("details")
        reason = details.get("reason") if isinstance(details, dict) else None
        outcome = Outcome.UNANSWERED if response.is_server_error else Outcome.REFUSED
        return cls(outcome, response.status_code, error["code"], reason)

    def __str__(self) -> str:
        return " ".join(str(each) for each in (self.outcome, self.status, self.code, self.reason) if each)


@dataclass(frozen=True)
class Desk:
    """The users of the API, logged in, by their roles."""

    clients: dict[Role, ApiClient]

    @classmethod
    async def open(cls, api: str, users: list[dict[str, str]]) -> Self:
        wanted = [user for user in users if user["role"] in (Role.EDITOR, Role.MANAGER)]
        return cls({Role(u["role"]): await ApiClient.open(api, u["username"], u["password"]) for u in wanted})

    async def close(self) -> None:
        for client in self.clients.values():
            await client.close()

    async def invoice(self, invoice_id: str) -> dict[str, Any]:
        """Return the invoice as the manager sees it. Raises Stuck if the API does not answer for minutes."""

        async def ask() -> dict[str, Any] | None:
            answer = await self._ask(Role.MANAGER, "GET", f"/invoices/{invoice_id}")
            return answer.data if answer.outcome is Outcome.ACCEPTED else None

        return await until(ask, LONGEST_OUTAGE, f"the API to show invoice {invoice_id}")

    async def trail(self, invoice_id: str) -> dict[str, Any]:
        return (await self._ask(Role.MANAGER, "GET", f"/invoices/{invoice_id}/events")).data

    async def generate(self, body: dict[str, Any], key: str) -> Answer:
        return await self._insist(Role.EDITOR, "POST", "/invoices/generate", body, key)

    async def command(self, invoice_id: str, name: CommandName, body: dict[str, Any], key: str) -> Answer:
        """Send a command as a user who may give it, and again with the same key until there is an answer.

        An answer that asks for a restore is returned, because no repetition is answered before it.
        """
        method, path = ("PATCH", "") if name is CommandName.EDIT else ("POST", f"/{name}")
        return await self._insist(SENDERS[name], method, f"/invoices/{invoice_id}{path}", body, key)

    async def _insist(self, role: Role, method: str, path: str, body: dict[str, Any], key: str) -> Answer:
        """A refusal of a repeated request does not say whether the first one was carried out."""
        unanswered = 0

        async def ask() -> Answer | None:
            nonlocal unanswered
            answer = await self._ask(role, method, path, json=body, headers={"Idempotency-Key": key})
            unanswered += answer.outcome is Outcome.UNANSWERED
            return None if answer.outcome is Outcome.UNANSWERED and not answer.needs_restore else answer

        try:
            answer = await until(ask, LONGEST_OUTAGE, path)
        except Stuck:
            return Answer(Outcome.UNANSWERED)
        if unanswered and answer.outcome is Outcome.REFUSED:
            return replace(answer, outcome=Outcome.UNANSWERED)
        return answer

    async def _ask(self, role: Role, method: str, path: str, **options: Any) -> Answer:
        try:
            return Answer.of(await self.clients[role].http.request(method, path, **options))
        except httpx.HTTPError as error:
            return Answer(Outcome.UNANSWERED, HTTPStatus.SERVICE_UNAVAILABLE, type(error).__name__)
