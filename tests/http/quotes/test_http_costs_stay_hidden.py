"""Costs never reach a role without the permission `finance` (docs/specification/quotes.md 1.5).

The seeded figures are numbers that stand nowhere else. Every route of costs and calculations is called with each role,
and the answers, headers included, are searched for them.
"""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from models.access.roles import Role
from tests.http.callers import Caller, data_of, error_of
from tests.http.quotes.calculations import calculation, deal
from tests.http.settings.csv_calls import send
from tests.http.settings.set_settings import ANY

# 7,913.37 gross + 17.31 % of it (1,369.80) + 641.93 are 9,925.10, for 151 x 73 % = 110.23 hours.
COST = {
    "kind": "role",
    "currency": "USD",
    "gross": "7913.37",
    "taxes_percent": "17.31",
    "benefits_amount": "641.93",
    "hours_per_month": "151",
    "utilisation_percent": "73",
    "valid_from": "2026-01-01",
}
OVERHEAD = {"kind": "per_head", "amount": "4817.29", "currency": "USD", "valid_from": "2026-01-01"}
# The figures of the settings; what is computed from them for 100 hours: 100 x 9,925.10 / 110.23 = 9,003.99; and the
# cost of a typed input, 3,391.77.
SECRETS = ("7913", "17.31", "1369.8", "641.93", "9925.1", "110.23", "4817.29", "9003.99", "3391.77")
AREAS = ("cost-rates", "overhead-rules")
HIDDEN_FROM = {
    Role.EDITOR: (Role.VIEWER,),
    Role.MANAGER: (Role.VIEWER, Role.EDITOR),
    Role.ADMIN: (Role.VIEWER, Role.EDITOR, Role.MANAGER),
}


@dataclass(frozen=True)
class Seeded:
    code: str
    calculation_id: str


@pytest.fixture
async def seeded(admin: Caller, key: str) -> AsyncIterator[Seeded]:
    data_of(await admin.put("/settings/cost-access", {"least_role": "admin"}, headers=ANY))
    data_of(await admin.post("/settings/cost-rates", COST | {"code": key}), 201)
    rule = data_of(await admin.post("/settings/overhead-rules", OVERHEAD | {"code": key}), 201)
    saved = await admin.post("/calculations", calculation(the_deal(key), name="Offer"))
    yield Seeded(key, data_of(saved, 201)["id"])
    # Rules of a day apply to every calculation, so this one ends with its test.
    ended = rule["value"] | {"active": False}
    data_of(await admin.put(f"/settings/overhead-rules/{rule['key']}", ended, headers=ANY))
    data_of(await admin.put("/settings/cost-access", {"least_role": "manager"}, headers=ANY))


def the_deal(code: str) -> dict[str, Any]:
    costs = [
        {"name": "insurance", "amount": "3391.77"},
        {"name": "licence", "amount": "3391.77", "passed_on": True, "markup_percent": "11"},
    ]
    return deal(code, prices={"hourly_rate": "200.00"}, costs=costs)


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
    """Return a request for every route of costs and calculations."""
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
    keys = (f"role.{seeded.code}.2026-01-01", f"{seeded.code}.2026-01-01")
    for area, key, value in zip(AREAS, keys, (COST, OVERHEAD), strict=True):
        all_of_it, one, body = f"/settings/{area}", f"/settings/{area}/{key}", value | {"code": seeded.code}
        found += [
            Request("GET", all_of_it, all_of_it),
            Request("POST", all_of_it, all_of_it, body),
            *(Request(method, f"{all_of_it}/{{key}}", one, body) for method in ("GET", "PUT", "DELETE")),
            Request("GET", "/settings/{sheet}.csv", f"{all_of_it}.csv"),
            Request("POST", "/settings/{sheet}.csv", area, "Code,Kind,Gross\nx,role,1.00\n"),
            Request("GET", "/settings/history", f"/settings/history?area={area}"),
        ]
    return found


def of_costs(request: Request) -> bool:
    """Return whether the request is for cost rates or overhead rules alone."""
    return any(area in request.path for area in AREAS)


def told(response: httpx.Response) -> set[str]:
    text = f"{response.headers} {response.text}".replace(",", "")
    return {each for each in SECRETS if each in text}


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


def test_every_route_of_costs_and_calculations_is_asked(app: FastAPI) -> None:
    mine = re.compile(r"/settings/(cost-|overhead-|history|\{sheet\})|/calculat")
    routes = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, operations in app.openapi()["paths"].items()
        if mine.search(path)
        for method in operations
    }
    assert routes == {(each.method, each.route) for each in requests(Seeded("X", "0"))}
