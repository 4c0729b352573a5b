"""No route of the API and no page tells a cost to a role without the permission (docs/specification/quotes.md 1.5).

All routes that read are called, whatever they are for, so that one that is added later is searched as well.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.bills.anomalies import AnomalySearch
from activities.bills.matching import BillMatcher
from api.access.tokens import Tokens
from api.deps import AppState
from api.pages import site
from api.pages.sessions import HOST_COOKIE
from models.access.roles import Role
from models.bills.anomalies import Thresholds
from models.bills.bill import Bill, SourceFile
from models.bills.cost_line import ChargeCategory
from models.bills.matching.ports import BillVersion
from tests.fixtures.cloud_bills import line, stored_bill, unique
from tests.http.bills.importing import Importer, invoice
from tests.http.callers import Caller, data_of, user_of
from tests.http.quotes.seeded_costs import SECRETS, Seeded, told
from tests.http.quotes.sent_quotes import QuoteRules
from tests.http.quotes.test_http_quotes import sent
from tests.http.settings.set_settings import ANY
from workflows.client import bills as bill_workflows
from workflows.client.billing_runs import RunState

HTML = {"Accept": "text/html,application/xhtml+xml"}
UNKNOWN = "0" * 32
ENOUGH = 40  # answers, so that not only refusals are searched
Answers = Callable[[Role], AsyncIterator[tuple[str, httpx.Response]]]


@dataclass(frozen=True)
class Known:
    """What the test has made."""

    seeded: Seeded
    quote: dict[str, Any]
    bill: Bill
    payable_id: str


def paths(app: FastAPI, made: Known) -> Iterator[str]:
    """Yield the path of each route that reads, with what the test has made where the route asks for an id."""
    seeded, quote = made.seeded, made.quote
    known = {
        "bill_id": made.bill.id,
        "number": "1",
        "sha256": made.bill.file.sha256,
        "payable_id": made.payable_id,
        "invoice_id": seeded.invoice_id,
        "calculation_id": seeded.calculation_id,
        "key": f"role.{seeded.code}.2026-01-01",
        "application_key": seeded.code,
        "sheet": "cost-rates",
        "area": "cost-rates",
        "line": "1",
        "quote_id": quote["id"],
        "version": "1",
        "token": quote["links"][0]["url"].rpartition("/")[2],
    }
    of_api = [path for path, operations in app.openapi()["paths"].items() if "get" in operations]
    pages = [
        route.path
        for router in site.ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    ]
    for path in (*of_api, *pages):
        yield re.sub(r"\{(\w+)(:\w+)?\}", lambda found: known.get(found[1], UNKNOWN), path)


@pytest.fixture
async def quote(admin: Caller, seeded: Seeded, quote_rules: QuoteRules) -> dict[str, Any]:
    """A sent quote of the calculation, whose page is shown to everybody who has its link."""
    return await sent(admin, lines=[{"kind": "calculation", "calculation_id": seeded.calculation_id}])


@pytest.fixture
async def bill(engine: AsyncEngine, admin: Caller, seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> Bill:
    """A vendor's bill that was read from a file, matched, allocated to the contract, and compared."""

    async def look(_: object, __: str) -> bill_workflows.Run:
        return bill_workflows.Run(RunState.COMPLETED)

    monkeypatch.setattr(bill_workflows, "look", look)
    provider = unique("provider")
    resource = {"resource": unique("res"), "provider": provider, "name": "web-1", "contract": seeded.code}
    data_of(await admin.post("/settings/cloud-resources", resource | {"valid_from": "2026-01-01"}), 201)
    lines = [
        line("7.00", "web-1 (s-1vcpu-2gb)", service_name="Droplets"),
        line("0.70", "GST", charge_category=ChargeCategory.TAX, service_name="Taxes"),
    ]
    file = SourceFile(sha256=uuid4().hex * 2, name="bill.csv", format="focus", size=1, rows=len(lines))
    made = await stored_bill(engine, lines, provider, file=file)
    version = BillVersion(bill_id=made.id, version=1)
    await BillMatcher(engine).match(version)
    search = AnomalySearch(engine, Thresholds(percent=Decimal(20), amount=Decimal(10)))
    await ActivityEnvironment().run(search.find_anomalies, version)
    return made


@pytest.fixture
async def made(http: httpx.AsyncClient, seeded: Seeded, quote: dict[str, Any], bill: Bill) -> Known:
    """The invoice of a vendor that another service imported stands beside the bill."""
    imported = await Importer(http, f"tenant-{seeded.code.lower()}").send(invoice(seeded.code))
    return Known(seeded, quote, bill, imported.json()["invoice_id"])


@pytest.fixture
async def answers(app: FastAPI, http: httpx.AsyncClient, made: Known, state: AppState, tokens: Tokens) -> Answers:
    """Return a function that calls every route in turn with the token of a role, in the header and as the cookie."""

    async def asked(role: Role) -> AsyncIterator[tuple[str, httpx.Response]]:
        token, _ = tokens.issue(user_of(role), state.started)
        headers = {"Authorization": f"Bearer {token}", "Cookie": f"{HOST_COOKIE}={token}"}
        for path in paths(app, made):
            kind = {} if path.startswith("/api/") else HTML
            yield path, await http.get(path, headers=headers | kind, params=_query(path, made.seeded))

    return asked


def _query(path: str, seeded: Seeded) -> dict[str, str]:
    """Return the query by which a margin has the seeded work."""
    if "margins" not in path:
        return {}
    return {"period_from": "2026-02", "application_key": seeded.code}


@pytest.mark.parametrize(
    ("least", "role"), [(Role.EDITOR, Role.VIEWER), (Role.MANAGER, Role.EDITOR), (Role.ADMIN, Role.MANAGER)]
)
async def test_no_route_and_no_page_tells_a_cost(
    answers: Answers, admin: Caller, made: Known, least: Role, role: Role
) -> None:
    data_of(await admin.put("/settings/cost-access", {"least_role": least.value}, headers=ANY))
    answered = []
    async for path, response in answers(role):
        assert told(response) == set(), (path, response.text)
        if response.is_success:
            answered.append(path)
    assert len(answered) > ENOUGH, answered
    wanted = ("/invoiced", "/events", "/versions/1", "/versions/1/pdf", "/preview-html")
    assert [part for part in wanted if not any(path.endswith(part) for path in answered)] == []
    assert [path for path in answered if path.startswith("/q/")]
    assert {path for path in of_bills(made) if path not in answered} == set()


def of_bills(made: Known) -> Iterator[str]:
    """Yield the paths of bills, their files and payables that every role may read."""
    bill, file = f"/vendor-bills/{made.bill.id}", f"/vendor-bills/files/{made.bill.file.sha256}"
    for path in ("", "/lines", "/lines.csv", "/totals", "/matches", "/allocations", "/allocations/1/lines"):
        yield f"/api/v1{bill}{path}"
    yield from (f"/api/v1{path}" for path in (f"{bill}/anomalies", file, "/vendor-bills", "/vendor-bills.csv"))
    yield from (f"/api/v1/payables/{made.payable_id}{path}" for path in ("", "/lines"))
    for path in ("", "/push-state", "/summary", "/allocations/1", "/lines", "/lines.csv"):
        yield f"/bills/{made.bill.id}{path}"
    yield from ("/bills", "/bills.csv", "/bills/months", "/bills/unmatched", "/bills/files")
    yield f"/bills/files/{made.bill.file.sha256}"


async def test_the_same_search_finds_what_an_admin_sees(
    answers: Answers,
) -> None:
    found: dict[str, set[str]] = {}
    async for path, response in answers(Role.ADMIN):
        if figures := told(response):
            found[path] = figures
    assert set().union(*found.values()) == set(SECRETS)
    assert {"/api/v1/margins", "/api/v1/margins.csv", "/api/v1/margins/worklogs", "/api/v1/settings/history"} <= set(
        found
    )
