"""No route of the API and no page tells a cost to a role without the permission (docs/specification/quotes.md 1.5).

All routes that read are called, whatever they are for, so that one that is added later is searched as well.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.access.tokens import Tokens
from api.deps import AppState
from api.pages import site
from api.pages.sessions import HOST_COOKIE
from models.access.roles import Role
from tests.http.bills.importing import Importer, invoice
from tests.http.callers import Caller, data_of, user_of
from tests.http.quotes.seeded_costs import SECRETS, Seeded, told
from tests.http.quotes.sent_quotes import QuoteRules
from tests.http.quotes.test_http_quotes import sent
from tests.http.settings.set_settings import ANY

HTML = {"Accept": "text/html,application/xhtml+xml"}
UNKNOWN = "0" * 32
ENOUGH = 40  # answers, so that not only refusals are searched
Answers = Callable[[Role], AsyncIterator[tuple[str, httpx.Response]]]


def paths(app: FastAPI, seeded: Seeded, quote: dict[str, Any]) -> Iterator[str]:
    """Yield the path of each route that reads, with what the test has made where the route asks for an id."""
    known = {
        "invoice_id": seeded.invoice_id,
        "calculation_id": seeded.calculation_id,
        "key": f"role.{seeded.code}.2026-01-01",
        "application_key": seeded.code,
        "sheet": "cost-rates",
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
async def answers(
    app: FastAPI, http: httpx.AsyncClient, seeded: Seeded, quote: dict[str, Any], state: AppState, tokens: Tokens
) -> Answers:
    """Return a function that calls every route in turn with the token of a role, in the header and as the cookie."""
    service = Importer(http, f"tenant-{seeded.code.lower()}")
    assert (await service.send(invoice(seeded.code))).is_success

    async def asked(role: Role) -> AsyncIterator[tuple[str, httpx.Response]]:
        token, _ = tokens.issue(user_of(role), state.started)
        headers = {"Authorization": f"Bearer {token}", "Cookie": f"{HOST_COOKIE}={token}"}
        for path in paths(app, seeded, quote):
            kind = {} if path.startswith("/api/") else HTML
            yield path, await http.get(path, headers=headers | kind, params=_query(path, seeded))

    return asked


def _query(path: str, seeded: Seeded) -> dict[str, str]:
    """Return the query by which a margin has the seeded work."""
    if "margins" not in path:
        return {}
    return {"period_from": "2026-02", "application_key": seeded.code}


@pytest.mark.parametrize(
    ("least", "role"), [(Role.EDITOR, Role.VIEWER), (Role.MANAGER, Role.EDITOR), (Role.ADMIN, Role.MANAGER)]
)
async def test_no_route_and_no_page_tells_a_cost(answers: Answers, admin: Caller, least: Role, role: Role) -> None:
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
