"""What the tests of costs, margins and quotes share: seeded costs, and quotes with the stand-in for their workflows."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.invoice.projection import InvoiceProjection
from api.deps import AppState
from api.temporal import Temporal
from models.issuer.tables import IssuerRow
from settings import QuoteSettings
from tests.fixtures.margins import hourly, work
from tests.fixtures.quotes import content
from tests.http.callers import Caller, data_of
from tests.http.quotes.calculations import calculation
from tests.http.quotes.margin_data import known_work, project_issued
from tests.http.quotes.seeded_costs import ASSIGNMENT, COST, OVERHEAD, Seeded, the_deal
from tests.http.quotes.sent_quotes import QuoteRules
from tests.http.settings.set_settings import ANY
from workflows.client import quotes

LINK_SECRET = "k" * 40


@pytest.fixture
async def seeded(
    admin: Caller, key: str, records: InvoiceProjection, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Seeded]:
    data_of(await admin.put("/settings/cost-access", {"least_role": "admin"}, headers=ANY))
    data_of(await admin.post("/settings/cost-rates", COST | {"code": key}), 201)
    data_of(await admin.post("/settings/cost-rates", COST | {"kind": "employee", "code": key}), 201)
    assigned = ASSIGNMENT | {"employee": f"{key}-b", "role": key}
    data_of(await admin.post("/settings/cost-assignments", assigned), 201)
    rule = data_of(await admin.post("/settings/overhead-rules", OVERHEAD | {"code": key}), 201)
    saved = await admin.post("/calculations", calculation(the_deal(key), name="Offer"))
    worked = hourly(work(key, 100, worklog_id=f"{key}-1"), rate="200.00", application_key=key, customer_key=f"C-{key}")
    known_work(monkeypatch, worked)
    issued = await project_issued(records, key, worked)
    yield Seeded(key, data_of(saved, 201)["id"], issued.id)
    # Rules of a day apply to every calculation, so this one ends with its test.
    ended = rule["value"] | {"active": False}
    data_of(await admin.put(f"/settings/overhead-rules/{rule['key']}", ended, headers=ANY))
    data_of(await admin.put("/settings/cost-access", {"least_role": "manager"}, headers=ANY))


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
