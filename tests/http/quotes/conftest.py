"""Quotes over HTTP: the stand-in for their workflows, the issuer, and links that are switched on."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from api.deps import AppState
from api.temporal import Temporal
from models.issuer.tables import IssuerRow
from settings import QuoteSettings
from tests.fixtures.quotes import content
from tests.http.quotes.sent_quotes import QuoteRules
from workflows.client import quotes

LINK_SECRET = "k" * 40


@pytest.fixture
async def issuer(engine: AsyncEngine) -> AsyncIterator[None]:
    """The company in the settings; tests of other modules begin without one."""
    row = {"id": 1, "issuer": content().issuer.model_dump(mode="json")}
    async with engine.begin() as connection:
        await connection.execute(insert(IssuerRow).values(row).on_conflict_do_update(index_elements=["id"], set_=row))
    yield
    async with engine.begin() as connection:
        await connection.execute(delete(IssuerRow))


@pytest.fixture
def quote_rules(engine: AsyncEngine, issuer: None, state: AppState, monkeypatch: pytest.MonkeyPatch) -> QuoteRules:
    rules = QuoteRules(engine)

    async def client(_: Temporal) -> None:
        return None

    monkeypatch.setattr(Temporal, "client", client)
    for name in ("create", "send_command", "tell_opened"):
        monkeypatch.setattr(quotes, name, getattr(rules, name))
    links = QuoteSettings(public_url="http://api", link_secret=SecretStr(LINK_SECRET))
    monkeypatch.setattr(type(state.settings), "quotes", links, raising=False)
    monkeypatch.setitem(state.settings.__dict__, "quotes", links)
    return rules
