"""Costs never reach a role without the permission `finance` (docs/specification/quotes.md 1.5).

The seeded figures are numbers that stand nowhere else. Every route of costs, calculations and margins is called with
each role, and the answers, headers included, are searched for them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from models.access.roles import Role
from tests.http.callers import Caller, data_of, error_of
from tests.http.quotes.calculations import calculation
from tests.http.quotes.seeded_costs import ASSIGNMENT, COST, HIDDEN_FROM, OVERHEAD, SECRETS, Seeded, the_deal, told
from tests.http.settings.csv_calls import send
from tests.http.settings.set_settings import ANY

AREAS = ("cost-rates", "cost-assignments", "overhead-rules")
MARGINS = ("", ".csv", ".xlsx", "/worklogs", "/worklogs.csv", "/worklogs.xlsx", "/flags")


@dataclass(frozen=True)
class Request:
    """A request that an admin may make, and the route that it is for."""

    method: str
    route: str
    path: str
    body: dict[str, Any] | str | None = None

    async def sent_by(self, caller: Caller) -> httpx.Response:
        match self.method, self.body:
            case "POST", str(text):
                return await send(caller, self.path, text)
            case "POST", body:
                return await caller.post(self.path, body)
            case "PUT", body:
                return await caller.put(self.path, body)
            case "DELETE", _:
                return await caller.delete(self.path, headers=ANY)
            case _:
                return await caller.get(self.path)


def requests(seeded: Seeded) -> list[Request]:
    """Return a request for every route of costs, calculations and margins."""
    saved, offer = f"/calculations/{seeded.calculation_id}", calculation(the_deal(seeded.code))
    found = [
        Request("GET", "/settings/cost-access", "/settings/cost-access"),
        Request("PUT", "/settings/cost-access", "/settings/cost-access", {"least_role": "editor"}),
        Request("GET", "/settings/history", "/settings/history?per_page=100"),
        Request("POST", "/calculator", "/calculator", offer),
        Request("GET", "/calculations", "/calculations"),
        Request("POST", "/calculations", "/calculations", offer | {"name": "Mine"}),
        Request("GET", "/calculations/{calculation_id}", saved),
    ]
    found += [Request("GET", f"/margins{path}", f"/margins{path}?{seeded.filters}") for path in MARGINS]
    targets = {"floor_percent": "17.31", "target_percent": "64.19"}
    found += [
        Request(method, "/settings/margin-targets", "/settings/margin-targets", targets) for method in ("GET", "PUT")
    ]
    code = {"code": seeded.code}
    assigned = f"{seeded.code}-b"
    settings = (
        (f"role.{seeded.code}.2026-01-01", COST | code),
        (f"{assigned}.2026-01-01", ASSIGNMENT | {"employee": assigned, "role": seeded.code}),
        (f"{seeded.code}.2026-01-01", OVERHEAD | code),
    )
    for area, (key, body) in zip(AREAS, settings, strict=True):
        all_of_it, one = f"/settings/{area}", f"/settings/{area}/{key}"
        found += [
            Request("GET", all_of_it, all_of_it),
            Request("POST", all_of_it, all_of_it, body),
            *(Request(method, f"{all_of_it}/{{key}}", one, body) for method in ("GET", "PUT", "DELETE")),
            Request("GET", "/settings/{sheet}.csv", f"{all_of_it}.csv"),
            Request("POST", "/settings/{sheet}.csv", area, "Code,Kind,Gross,Employee,Role\nx,role,1.00,x,x\n"),
            Request("GET", "/settings/history", f"/settings/history?area={area}"),
        ]
    return found


def of_costs(request: Request) -> bool:
    """Return whether the request is for cost rates, overhead rules or margins alone."""
    return any(part in request.path for part in (*AREAS, "margin"))


@pytest.mark.parametrize("least", HIDDEN_FROM)
async def test_no_answer_holds_a_cost(
    seeded: Seeded, admin: Caller, caller: Callable[[Role], Caller], least: Role
) -> None:
    data_of(await admin.put("/settings/cost-access", {"least_role": least.value}, headers=ANY))
    for role in HIDDEN_FROM[least]:
        for request in requests(seeded):
            response = await request.sent_by(caller(role))
            assert told(response) == set(), (role, request, response.text)
            if of_costs(request):
                assert response.status_code == 403, (role, request, response.text)
            elif request.route == "/calculator":
                # What the client is charged is no cost: 3,391.77 with 11 % is 3,764.86.
                assert data_of(response)["scenarios"][0]["price"]["passed_on"] == "3764.86"
            else:
                assert response.status_code in (200, 201, 403, 409), (role, request, response.text)


async def test_who_has_the_permission_finds_them(seeded: Seeded, admin: Caller) -> None:
    """So that the search above would find something."""
    found: set[str] = set()
    for request in requests(seeded):
        if request.method == "GET" or request.route == "/calculator":
            found |= told(await request.sent_by(admin))
    assert found == set(SECRETS)


async def test_the_history_of_all_areas_leaves_them_out(seeded: Seeded, admin: Caller, manager: Caller) -> None:
    areas = []
    for caller in (admin, manager):
        page = (await caller.get("/settings/history", params={"per_page": 100})).json()
        areas.append({each["area"] for each in page["data"]})
    assert areas[0] >= set(AREAS)
    assert areas[1] & set(AREAS) == set()
    assert "cost-access" in areas[1]


async def test_only_an_admin_sets_who_sees_costs(seeded: Seeded, admin: Caller, manager: Caller) -> None:
    body = {"least_role": "editor"}
    assert (await manager.put("/settings/cost-access", body, headers=ANY)).status_code == 403
    response = await admin.put("/settings/cost-access", {"least_role": "viewer"}, headers=ANY)
    assert "never costs" in error_of(response, 400, "VALIDATION_ERROR")["message"]
    assert data_of(await manager.get("/settings/cost-access"))["value"] == {"least_role": "admin"}


def test_every_route_of_costs_calculations_and_margins_is_asked(app: FastAPI) -> None:
    mine = re.compile(r"/settings/(cost-|overhead-|margin-|history|\{sheet\})|/calculat|^/api/v1/margins")
    routes = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, operations in app.openapi()["paths"].items()
        if mine.search(path)
        for method in operations
    }
    assert routes == {(each.method, each.route) for each in requests(Seeded("X", "0", "0"))}
