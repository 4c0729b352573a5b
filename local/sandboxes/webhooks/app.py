"""The sandbox of another system that receives webhooks: it checks the signature and keeps what came in.

It verifies with the library of the Standard Webhooks project, refuses what it cannot verify with 401, and recognises a
repeated event by its id: an effect is one event, however often it arrived.
"""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError
from starlette.responses import Response

from local.sandboxes import admin
from local.sandboxes.fault_injection import Vendor
from local.sandboxes.state import SandboxState
from local.sandboxes.webhooks.page import webhooks_page

NAME = "webhooks"
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class Secrets(BaseModel):
    """The secrets that the receiver knows, any of which may have signed."""

    model_config = ConfigDict(extra="forbid")
    secrets: list[str] = Field(min_length=1)

    @field_validator("secrets")
    @classmethod
    def _usable(cls, secrets: list[str]) -> list[str]:
        for secret in secrets:
            try:
                Webhook(secret)
            except (ValueError, EmptyWebhookSecretError) as error:
                raise ValueError("a secret is whsec_ and base64") from error
        return secrets


def vendor(state_dir: Path) -> Vendor:
    state = SandboxState(state_dir / f"{NAME}.sqlite3")
    app = FastAPI(title="Receiver of webhooks", openapi_url=None)

    def effects() -> list[dict[str, Any]]:
        return [admin.effect("event", row["id"], deleted=False, record=row) for row in state.all("event")]

    app.include_router(admin.router(state, effects))
    app.include_router(_routes(state))
    return Vendor(NAME, app, state, _refuse, webhooks_page(state))


def _refuse(status: int, message: str) -> Response:
    return admin.json({"error": message}, status)


def _routes(state: SandboxState) -> APIRouter:
    router = APIRouter()

    @router.post("/__sandbox/secrets")
    async def set_secrets(body: Secrets) -> Response:
        state.put("secrets", "now", body.model_dump())
        return admin.json({"secrets": len(body.secrets)})

    @router.post("/receive")
    async def receive(request: Request) -> Response:
        body = (await request.body()).decode()
        headers = {name: request.headers.get(name, "") for name in HEADERS}
        known = (state.get("secrets", "now") or {"secrets": []})["secrets"]
        event_id, now = headers["webhook-id"], state.now().isoformat()
        refusals = [_refusal(secret, body, headers) for secret in known]
        if None not in refusals:
            reason = next(iter(refusals), "The receiver knows no secret")
            kept = {"id": event_id, "at": now, "reason": reason, "body": body}
            state.put("refused", state.count("refused") + 1, kept)
            return _refuse(401, "the signature is not valid")
        new: dict[str, Any] = {"id": event_id, "at": now, "received": 0, "body": body, "same_body": True}
        before = state.get("event", event_id) or new
        after = before | {
            "received": before["received"] + 1,
            "same_body": before["same_body"] and before["body"] == body,
            "signatures": len(headers["webhook-signature"].split()),
            "host": request.headers.get("host"),
        }
        state.put("event", event_id, after)
        return admin.json({"received": after["received"]})

    return router


def _refusal(secret: str, body: str, headers: dict[str, str]) -> str | None:
    """Return why the signature was not made with this secret, or None."""
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError as error:
        return str(error)
    return None
