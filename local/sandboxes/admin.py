"""The routes that every sandbox has below /__sandbox/: reset, requests, effects, faults and the clock."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from activities.clients import decimal_json
from local.sandboxes.faults import Fault
from local.sandboxes.state import SandboxState


class Forward(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seconds: int = Field(ge=0)


def json(content: object, status: int = 200) -> Response:
    """Return a JSON response with exact decimals; FastAPI's encoder would turn them into floats."""
    return Response(decimal_json.dumps(content), status, media_type="application/json")


def effect(kind: str, key: str | int, deleted: bool, record: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a created record. A record that was deleted later stays in the list, marked."""
    return {"kind": kind, "id": str(key), "deleted": deleted, "record": record}


def router(state: SandboxState, effects: Callable[[], list[dict[str, Any]]]) -> APIRouter:
    admin = APIRouter(prefix="/__sandbox")

    @admin.post("/reset")
    async def reset() -> Response:
        state.reset()
        return json({"reset": True})

    @admin.get("/requests")
    async def requests() -> Response:
        return json({"requests": state.requests()})

    @admin.get("/effects")
    async def list_effects() -> Response:
        return json({"effects": effects()})

    @admin.get("/faults")
    async def faults() -> list[Fault]:
        return state.faults()

    @admin.post("/faults")
    async def queue(plan: Fault | list[Fault]) -> Response:
        for fault in plan if isinstance(plan, list) else [plan]:
            state.queue_fault(fault)
        return json({"queued": len(state.faults())})

    @admin.delete("/faults")
    async def clear() -> Response:
        state.clear_faults()
        return json({"queued": 0})

    @admin.post("/clock")
    async def clock(forward: Forward) -> Response:
        state.advance(forward.seconds)
        return json({"now": state.now().isoformat()})

    return admin
