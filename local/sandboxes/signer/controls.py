"""The HTTP application beside the signer's WebSockets: its page, and what a person or a test changes about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response
from websockets.asyncio.server import serve

from local.sandboxes import admin
from local.sandboxes.pages.routes import add_page
from local.sandboxes.signer.app import Signer
from local.sandboxes.signer.connections import Connections
from local.sandboxes.signer.keys import YEAR
from local.sandboxes.signer.page import signer_page
from local.sandboxes.signer.tls import server_context


class Power(BaseModel):
    """Whether the program runs."""

    model_config = ConfigDict(extra="forbid")
    on: bool


def create_app(signer: Signer, host: str, port: int, tls_port: int) -> FastAPI:
    """Return the application; its lifespan serves both WebSocket ports."""
    connections = Connections(signer)

    @asynccontextmanager
    async def serve_sockets(_: FastAPI) -> AsyncIterator[None]:
        accept = connections.accept
        async with (
            serve(connections.serve, host, port, process_request=accept),
            serve(connections.serve, host, tls_port, process_request=accept, ssl=server_context(host)),
        ):
            yield

    def effects() -> list[dict[str, Any]]:
        kept = signer.state.all("signature")
        return [admin.effect("signature", each["id"], deleted=False, record=each) for each in kept]

    app = FastAPI(title="Sandbox of E-IMZO", openapi_url=None, lifespan=serve_sockets)
    app.include_router(_controls(signer))
    app.include_router(admin.router(signer.state, effects))
    add_page(app, signer_page(signer))
    return app


def _controls(signer: Signer) -> APIRouter:
    controls = APIRouter(prefix="/__sandbox")

    @controls.get("/health")
    async def health() -> Response:
        return admin.json({"status": "ok", "running": signer.is_running})

    @controls.post("/reset")
    async def reset() -> Response:
        signer.state.reset()
        signer.restore()
        return admin.json({"reset": True})

    @controls.post("/power")
    async def switch(power: Power) -> Response:
        signer.is_running = power.on
        return admin.json({"running": signer.is_running})

    @controls.post("/certificates/{name}/expire")
    async def expire(name: str) -> Response:
        return _reissued(signer, name, datetime.now(UTC) - 2 * YEAR)

    @controls.post("/certificates/{name}/renew")
    async def renew(name: str) -> Response:
        return _reissued(signer, name, datetime.now(UTC) - timedelta(days=1))

    return controls


def _reissued(signer: Signer, name: str, valid_from: datetime) -> Response:
    if not signer.reissue(name, valid_from.replace(microsecond=0)):
        return admin.json({"detail": f"There is no key {name}; there are {', '.join(signer.keys)}."}, 404)
    return admin.json(signer.keys[name].listed)
