"""Costs that only an admin sees, a calculation, and an invoice whose work has these costs."""

from collections.abc import AsyncIterator

import pytest

from activities.invoice.projection import InvoiceProjection
from tests.fixtures.margins import hourly, work
from tests.http.callers import Caller, data_of
from tests.http.quotes.calculations import calculation
from tests.http.quotes.margin_data import known_work, project_issued
from tests.http.quotes.seeded_costs import COST, OVERHEAD, Seeded, the_deal
from tests.http.settings.set_settings import ANY


@pytest.fixture
async def seeded(
    admin: Caller, key: str, records: InvoiceProjection, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Seeded]:
    data_of(await admin.put("/settings/cost-access", {"least_role": "admin"}, headers=ANY))
    data_of(await admin.post("/settings/cost-rates", COST | {"code": key}), 201)
    data_of(await admin.post("/settings/cost-rates", COST | {"kind": "employee", "code": key}), 201)
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
