"""The sandbox of another system that receives webhooks: it checks the signature and keeps what came in.

It verifies with the library of the Standard Webhooks project, refuses what it cannot verify with 401, and recognises a
repeated event by its id: an effect is one event, however often it arrived.
"""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.responses import Response

from local.sandboxes import admin
from local.sandboxes.fault_injection import Vendor
from local.sandboxes.state import SandboxState

NAME = "webhooks"
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class Secrets(BaseModel):
    """The secrets that the receiver knows, any of which may have signed."""

    model_config = ConfigDict(extra="forbid")
    secrets: list[str] = Field(min_length=1)


def vendor(state_dir: Path) -> Vendor:
    state = SandboxState(state_dir / f"{NAME}.sqlite3")
    app = FastAPI(title="Receiver of webhooks", openapi_url=None)

    def effects() -> list[dict[str, Any]]:
        return [admin.effect("event", row["id"], deleted=False, record=row) for row in state.all("event")]

    app.include_router(admin.router(state, effects))
    app.include_router(_routes(state))
    return Vendor(NAME, app, state, lambda status, message: admin.json({"error": message}, status))


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
        verified = [secret for secret in known if _verifies(secret, body, headers)]
        if not verified:
            return admin.json({"error": "the signature is not valid"}, 401)
        event_id = headers["webhook-id"]
        before = state.get("event", event_id) or {"id": event_id, "received": 0, "body": body, "same_body": True}
        after = before | {
            "received": before["received"] + 1,
            "same_body": before["same_body"] and before["body"] == body,
            "signatures": len(headers["webhook-signature"].split()),
            "host": request.headers.get("host"),
        }
        state.put("event", event_id, after)
        return admin.json({"received": after["received"]})

    return router


def _verifies(secret: str, body: str, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True
