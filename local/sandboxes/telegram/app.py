"""The Telegram sandbox: `getMe` and `sendMessage` of the Bot API, as far as notices need them.

It checks the tags of a text, obeys Telegram's limits with 429, and knows chats that are closed to the bot and groups
that have become supergroups. Every chat that was not named otherwise exists. See docs/specification/effects.md 8.
"""

from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.responses import Response

from activities.clients import decimal_json
from local.sandboxes import admin
from local.sandboxes.fault_injection import Vendor
from local.sandboxes.state import SandboxState
from local.sandboxes.telegram.limits import Limits
from local.sandboxes.telegram.markup import MarkupError, utf16_units, visible_text
from local.sandboxes.telegram.page import telegram_page
from settings import TelegramSettings

NAME = "telegram"
LONGEST_TEXT = 4096
CLOSED = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "kicked": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "unknown": (400, "Bad Request: chat not found"),
    "no_thread": (400, "Bad Request: message thread not found"),
}


class Chat(BaseModel):
    """The state of a chat; a group that has become a supergroup has the id of that one."""

    model_config = ConfigDict(extra="forbid")
    chat: str
    state: Literal["open", "blocked", "deactivated", "kicked", "unknown", "no_thread", "migrated"]
    migrate_to: int | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Chat":
        if (self.state == "migrated") != (self.migrate_to is not None):
            raise ValueError("migrate_to is required for the state 'migrated' and allowed for no other")
        return self


class TelegramError(Exception):
    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


def vendor(state_dir: Path, settings: TelegramSettings) -> Vendor:
    state = SandboxState(state_dir / f"{NAME}.sqlite3")
    bot = _Bot(state, settings.token.get_secret_value())
    app = FastAPI(title="Telegram sandbox", openapi_url=None)

    @app.exception_handler(TelegramError)
    async def refused(_: Request, error: TelegramError) -> Response:
        return _refusal(error.status, error.description, **error.parameters)

    @app.post("/__sandbox/chats")
    async def set_chat(body: Chat) -> Response:
        return admin.json(state.put("chat", body.chat, body.model_dump()))

    @app.post("/__sandbox/reset")
    async def reset() -> Response:
        state.reset()
        bot.limits.clear()
        return admin.json({"reset": True})

    app.include_router(admin.router(state, lambda: _effects(state)))

    @app.api_route("/{bot_path}/{method}", methods=["GET", "POST"])
    async def call(bot_path: str, method: str, request: Request) -> Response:
        bot.authorise(bot_path)
        match method.lower():
            case "getme":
                return _ok({"id": 1, "is_bot": True, "first_name": "Aktum", "username": "aktum_sandbox_bot"})
            case "sendmessage":
                return _ok(bot.send(await _fields(request)))
            case _:
                raise TelegramError(404, "Not Found")

    return Vendor(NAME, app, state, _fault, telegram_page(state, settings))


class _Bot:
    """The bot with this token, and the limits that apply to it."""

    def __init__(self, state: SandboxState, token: str) -> None:
        self._state = state
        self._token = token
        self.limits = Limits()

    def authorise(self, path: str) -> None:
        if not path.startswith("bot") or ":" not in path:
            raise TelegramError(404, "Not Found")
        if path != f"bot{self._token}":
            raise TelegramError(401, "Unauthorized")

    def send(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Store a message and return it."""
        chat, text = str(fields.get("chat_id") or ""), str(fields.get("text") or "")
        if not chat:
            raise TelegramError(400, "Bad Request: chat_id is empty")
        self._require_open(chat)
        visible = _visible(text, fields.get("parse_mode"))
        if not visible.strip():
            raise TelegramError(400, "Bad Request: message text is empty")
        if utf16_units(visible) > LONGEST_TEXT:
            raise TelegramError(400, "Bad Request: message is too long")
        if seconds := self.limits.seconds_to_wait(chat, self._state.now()):
            raise TelegramError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        message_id = self._state.count("message") + 1
        message = {
            "message_id": message_id,
            "date": int(self._state.now().timestamp()),
            "chat": {"id": chat, "type": "supergroup" if chat.startswith("-") else "private"},
            "text": visible,
        }
        kept = {**message, "message_thread_id": fields.get("message_thread_id"), "sent_text": text}
        self._state.put("message", message_id, kept)
        return message

    def _require_open(self, chat: str) -> None:
        known = self._state.get("chat", chat) or {"state": "open"}
        if known["state"] == "migrated":
            description = "Bad Request: group chat was upgraded to a supergroup chat"
            raise TelegramError(400, description, migrate_to_chat_id=int(known["migrate_to"]))
        if known["state"] in CLOSED:
            raise TelegramError(*CLOSED[known["state"]])


def _visible(text: str, parse_mode: object) -> str:
    if parse_mode is None:
        return text
    if parse_mode != "HTML":
        raise TelegramError(400, "Bad Request: unsupported parse_mode")
    try:
        return visible_text(text)
    except MarkupError as error:
        raise TelegramError(400, f"Bad Request: can't parse entities: {error}") from error


async def _fields(request: Request) -> dict[str, Any]:
    """Return the fields of the query or of the JSON body."""
    if not request.headers.get("Content-Type", "").startswith("application/json"):
        return dict(request.query_params)
    try:
        fields = decimal_json.loads(await request.body())
    except ValueError as error:
        raise TelegramError(400, "Bad Request: can't parse JSON object") from error
    return fields if isinstance(fields, dict) else {}


def _ok(result: dict[str, Any]) -> Response:
    return admin.json({"ok": True, "result": result})


def _fault(status: int, message: str) -> Response:
    """Return an error of the fault plan; a 429 asks for one second."""
    if status == 429:
        return _refusal(status, "Too Many Requests: retry after 1", retry_after=1)
    return _refusal(status, message)


def _refusal(status: int, description: str, **parameters: int) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    answer = admin.json(body, status)
    if "retry_after" in parameters:
        answer.headers["Retry-After"] = str(parameters["retry_after"])
    return answer


def _effects(state: SandboxState) -> list[dict[str, Any]]:
    return [admin.effect("message", row["message_id"], deleted=False, record=row) for row in state.all("message")]
