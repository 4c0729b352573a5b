"""The HTTP API put together; `api/server.py` serves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, FastAPI

import json_logs
from api import docs_page, errors
from api.access import routes as auth
from api.access.tokens import Passwords, Tokens
from api.billing import routes as runs
from api.contracts import routes as clients
from api.deps import AppState, version
from api.documents import routes as documents
from api.health import routes as health
from api.invoice import command_routes, history_routes, line_routes
from api.invoice import routes as invoices
from api.reads import Reads
from api.registry import routes as registry
from api.registry.repository import Registry
from api.request_log import RequestLog
from api.settings.routes import contracts, csv_files, exclusions, issuer, users
from api.settings.store import SettingsStore
from api.temporal import Temporal
from api.temporal_codec import routes as temporal_codec
from api.temporal_codec.cross_origin import CrossOrigin
from settings import Settings, load

DESCRIPTION = """
Invoices from draft to paid. Every invoice is one durable workflow; this API asks it, and reads what it has saved.

* One item: `{"data": ..., "error": null}`. A list: `{"data": [...], "meta": {total, page, per_page}}`.
  An error: `{"data": null, "error": {code, message, request_id, details?}}`.
* Money and hours are texts with two decimals; dates are `YYYY-MM-DD`.
* Log in at `/api/v1/auth/login` and send `Authorization: Bearer <token>`.
* Send an `Idempotency-Key` with all that makes or changes an invoice; repeat with the same key when an answer is lost.
"""
TAGS = [
    {"name": "login", "description": "Username and password for a token."},
    {"name": "clients", "description": "Contracts, as ClickHouse has them."},
    {"name": "registry", "description": "Lists of invoices, what is owed, and files of both. PostgreSQL is enough."},
    {"name": "invoices", "description": "Preview, draft, look."},
    {"name": "commands", "description": "What moves an invoice on. 409 names what is allowed instead."},
    {
        "name": "settings",
        "description": "What is configured for contracts, the company, its users; each change is kept.",
    },
    {"name": "documents", "description": "The PDF and the audit trail."},
    {"name": "temporal", "description": "Decodes and encodes payloads for the Temporal Web UI; no envelope."},
    {"name": "health", "description": "For probes; no login, no envelope."},
]


# `sheets` first: `/settings/{sheet}.csv` would otherwise be somebody's key.
SETTINGS = (csv_files, contracts, exclusions, issuer, users)


class Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """FastAPI documents a 422 for each route; here a bad body or parameter is a 400, which is documented too."""
        if self.openapi_schema is None:
            schema = super().openapi()
            for path in schema["paths"].values():
                for operation in path.values():
                    operation["responses"].pop("422", None)
            for name in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(name, None)
        assert self.openapi_schema is not None
        return self.openapi_schema


def create_app(settings: Settings) -> FastAPI:
    tokens = Tokens(settings.auth)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        repository = Registry.at(settings.database_url.get_secret_value())
        state = AppState(
            settings=settings,
            registry=repository,
            reads=Reads.at(settings, repository.engine),
            store=SettingsStore.at(settings.database_url.get_secret_value()),
            temporal=await Temporal.at(settings.temporal),
            passwords=Passwords(),
            tokens=tokens,
            started=datetime.now(UTC),
        )
        app.state.app_state = state
        yield
        state.reads.close()
        await state.registry.close()
        await state.store.close()

    app = Api(
        title="Aktum",
        version=version(),
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=lifespan,
        docs_url=None,  # in `docs_page`
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    errors.install(app)
    app.add_middleware(CrossOrigin, origin=settings.api.web_ui_origin)
    app.add_middleware(RequestLog)
    v1 = APIRouter(prefix="/api/v1")
    for part in (
        auth,
        clients,
        runs,
        registry,
        invoices,
        line_routes,
        documents,
        history_routes,
        command_routes,
        temporal_codec,
        *SETTINGS,
    ):
        v1.include_router(part.router)
    app.include_router(v1)
    app.include_router(health.router)
    docs_page.install(app)
    return app


def from_environment() -> FastAPI:
    """Return the application that the environment describes: the factory that the server calls."""
    settings = load()
    json_logs.configure(settings.log_level)
    return create_app(settings)
