"""The admin surface that every sandbox has under /__sandbox/: reset, requests, effects, faults and the clock."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from activities.clients import decimal_json
from local.sandboxes.faults import Fault
from local.sandboxes.state import Store


class Forward(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seconds: int = Field(ge=0)


def json(content: object, status: int = 200) -> Response:
    """Numbers as they are, to the last digit; FastAPI's own encoder would turn them into floats."""
    return Response(decimal_json.dumps(content), status, media_type="application/json")


def effect(kind: str, key: str | int, deleted: bool, record: dict[str, Any]) -> dict[str, Any]:
    """One thing that was really created; what was deleted later stays in the list and says so."""
    return {"kind": kind, "id": str(key), "deleted": deleted, "record": record}


def router(store: Store, effects: Callable[[], list[dict[str, Any]]]) -> APIRouter:
    admin = APIRouter(prefix="/__sandbox")

    @admin.post("/reset")
    async def reset() -> Response:
        store.reset()
        return json({"reset": True})

    @admin.get("/requests")
    async def requests() -> Response:
        return json({"requests": store.requests()})

    @admin.get("/effects")
    async def list_effects() -> Response:
        return json({"effects": effects()})

    @admin.get("/faults")
    async def faults() -> list[Fault]:
        return store.faults()

    @admin.post("/faults")
    async def queue(plan: Fault | list[Fault]) -> Response:
        for fault in plan if isinstance(plan, list) else [plan]:
            store.queue_fault(fault)
        return json({"queued": len(store.faults())})

    @admin.delete("/faults")
    async def clear() -> Response:
        store.clear_faults()
        return json({"queued": 0})

    @admin.post("/clock")
    async def clock(forward: Forward) -> Response:
        store.advance(forward.seconds)
        return json({"now": store.now().isoformat()})

    return admin
