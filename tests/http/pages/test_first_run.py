"""The first run: an empty system says what is missing, and a page explains how an invoice travels."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.invoice.projection import InvoiceProjection
from api.app import create_app
from api.pages.setup.journey import PARTNER_STAGES, STAGES
from models.access.roles import Role
from models.invoice.status import Status
from settings import PlanFactSettings, Settings
from tests.http.callers import NOW, Caller, data_of, draft_of, user_of
from tests.http.pages.desk_visits import Visitor, changed


@pytest.fixture(scope="module")
async def own(
    api_settings: Settings, registry_url: str, registry_engine: AsyncEngine
) -> AsyncIterator[Callable[[Role], tuple[Visitor, Caller]]]:
    """A visitor and a caller of a system whose database belongs to this module; only PlanFact is connected."""
    planfact = PlanFactSettings(url="http://127.0.0.1:1", api_key=SecretStr("k"), company_id=1)
    settings = api_settings.model_copy(update={"database_url": SecretStr(registry_url), "planfact": planfact})
    app = create_app(settings, clock=lambda: NOW)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:

            def of(role: Role) -> tuple[Visitor, Caller]:
                token, _ = app.state.tokens.issue(user_of(role), app.state.app_state.started)
                return Visitor(client, token), Caller(client, {"Authorization": f"Bearer {token}"})

            yield of


async def test_a_new_system_shows_what_is_missing_until_it_is_done(
    own: Callable[[Role], tuple[Visitor, Caller]], registry_engine: AsyncEngine, key: str
) -> None:
    admin, caller = own(Role.ADMIN)
    page = await admin.get("/")
    assert page.texts("#setup-title") == ["Set-up"]
    states = dict(zip(page.texts(".setup strong"), page.texts(".setup .pill"), strict=True))
    assert states == {
        "Issuer": "missing",
        "Number series": "missing",
        "Users": "configured",
        "Archive": "not connected",
        "PlanFact": "configured",
        "Didox": "not connected",
        "E-mail": "not connected",
        "Telegram": "not connected",
    }
    assert page.links(".setup a")[:2] == ["/settings/issuer", "/settings/number-series"]
    assert "AKTUM_DIDOX__PARTNER_TOKEN" in page.texts(".setup code")
    assert (await own(Role.VIEWER)[0].get("/")).links(".setup a") == []

    issuer = {"party": {"name": "ProximaOps", "account_number": "20208840900123456001"}}
    data_of(await caller.put("/settings/issuer", issuer))
    new = {"key": "ACT", "pattern": "ACT-{seq:04d}", "last_number": 0}
    data_of(await caller.post("/settings/number-series", new), 201)
    steps = {each["step"]: each for each in data_of(await caller.get("/settings/setup"))}
    assert {name for name, each in steps.items() if each["is_done"]} == {"issuer", "number_series", "users", "planfact"}
    assert steps["mail"]["variables"] == ["AKTUM_SMTP__HOST", "AKTUM_SMTP__SENDER"]
    assert (await admin.get("/")).texts("#setup-title") == ["Set-up"]  # there is no invoice yet

    await InvoiceProjection(registry_engine).project(draft_of(key))
    assert (await admin.get("/")).texts("#setup-title") == []
    assert (await admin.get("/settings/setup")).texts(".setup .pill").count("configured") == 4


async def test_the_journey_leads_to_the_invoices_that_are_there(
    own: Callable[[Role], tuple[Visitor, Caller]], registry_engine: AsyncEngine, key: str
) -> None:
    draft = draft_of(key)
    records = InvoiceProjection(registry_engine)
    await records.project(draft)
    await records.project(changed(draft, status=Status.SENT))
    viewer, _ = own(Role.VIEWER)
    page = await viewer.get("/how-it-works")
    assert len(page.all(".journey > li")) == len(STAGES) + len(PARTNER_STAGES)
    assert f"/invoices/{draft.id}" in page.links(".journey a")
    assert "none now" in page.texts(".journey .example")
    for address in [each for each in page.links(".journey a.muted") if each.startswith("/invoices?")]:
        listed = await viewer.get(address)
        assert listed.status == 200, address
        assert listed.all("table.registry tbody tr"), address
    assert (await viewer.speaking("ru").get("/how-it-works")).texts("h1") == ["Как движется счёт"]
    assert "/how-it-works" in page.links(".menu.user a")
