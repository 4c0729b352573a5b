"""A desk whose invoices are those of one module of tests alone, for pages that show all invoices."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.invoice.projection import InvoiceProjection
from api.app import create_app
from models.access.roles import Role
from settings import Settings
from tests.http.callers import NOW, user_of
from tests.http.pages.desk_visits import Visitor


@pytest.fixture(scope="module")
async def desk_app(api_settings: Settings, registry_url: str, registry_engine: AsyncEngine) -> AsyncIterator[FastAPI]:
    app = create_app(api_settings.model_copy(update={"database_url": SecretStr(registry_url)}), clock=lambda: NOW)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def visitor(desk_app: FastAPI) -> AsyncIterator[Callable[[Role], Visitor]]:
    transport = httpx.ASGITransport(desk_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:

        def of(role: Role) -> Visitor:
            token, _ = desk_app.state.tokens.issue(user_of(role), desk_app.state.app_state.started)
            return Visitor(client, token)

        yield of


@pytest.fixture
def records(registry_engine: AsyncEngine) -> InvoiceProjection:
    return InvoiceProjection(registry_engine)
