"""Aktum's API for the commands that work through it, as the owner of a token."""

import asyncio
from types import TracebackType
from typing import Any, Final, Self

import httpx
from pydantic import SecretStr

ANSWER_SECONDS: Final = 60
ATTEMPTS: Final = 4
PAUSE_SECONDS: Final = 1.0
REPEATED: Final = frozenset({502, 503, 504})
LOGIN: Final = "Set AKTUM_TOKEN to your API key (`aktum key add`) or to the token of a login."


class ApiUnavailable(Exception):
    """The API does not answer."""


class ApiRefused(Exception):
    """The API refuses the request; the text says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ApiClient:
    """The API at `url`, as the owner of the token."""

    def __init__(self, url: str, token: SecretStr) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token.get_secret_value()}"},
            timeout=ANSWER_SECONDS,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Return the answer; ask again while the API does not answer, because each request may be repeated."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = await self._http.request(method, path, **request)
                if answer.status_code not in REPEATED:
                    break
                problem = message_of(answer)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__} {error}".strip()
            if attempt == ATTEMPTS:
                raise ApiUnavailable(problem)
            await asyncio.sleep(PAUSE_SECONDS * attempt)
        return json_of(answer)


def json_of(answer: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer. Raises ApiRefused for an error, and ApiUnavailable if it is not JSON."""
    if not answer.is_success:
        raise ApiRefused(answer.status_code, message_of(answer))
    try:
        return dict(answer.json())
    except ValueError as error:
        raise ApiUnavailable("the answer is not JSON; is this the address of Aktum?") from error


def message_of(answer: httpx.Response) -> str:
    """Return the message of an error; its status if it has none."""
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"
