"""The calculator and saved calculations over HTTP (docs/specification/quotes.md 2)."""

from collections.abc import Callable
from typing import Any

import pytest

from models.access.roles import Role
from tests.http.callers import Caller, data_of, error_of
from tests.http.quotes.calculations import calculation, deal


@pytest.fixture
async def code(manager: Caller, key: str) -> str:
    """The role of a cost rate of its own: 2,400.00 USD for 128 hours, 18.75 an hour. Today is 1 March 2026."""
    rate = {
        "kind": "role",
        "code": key,
        "currency": "USD",
        "gross": "2000.00",
        "taxes_percent": "12",
        "benefits_amount": "160.00",
        "hours_per_month": "160",
        "utilisation_percent": "80",
        "valid_from": "2026-01-01",
    }
    assert data_of(await manager.post("/settings/cost-rates", rate), 201)["key"] == f"role.{key}.2026-01-01"
    return key


async def test_a_deal_is_priced_and_explained(manager: Caller, code: str) -> None:
    """9,000.00 - 1,875.00 = 7,125.00; 79.17 %. For 80 % the revenue is 1,875 / 0.2 = 9,375.00."""
    body = calculation(deal(code, target={"margin_percent": "80", "step": "0.25"}))
    [found] = data_of(await manager.post("/calculator", body))["scenarios"]
    assert found["on"] == "2026-03-01"
    assert {name: found["price"][name] for name in ("month_hours", "revenue", "tax", "total")} == {
        "month_hours": "100.00",
        "revenue": "9000.00",
        "tax": "0.00",
        "total": "9000.00",
    }
    [line] = found["price"]["lines"]
    assert (line["rule"], line["formula"]) == ("HR.task", "100.00 × 90.00 × 1.0 = 9000.00")
    margin = found["margin"]["margin"]
    named = ("direct_cost", "overhead", "gross_margin", "net_margin", "net_percent")
    assert [margin[name] for name in named] == ["1875.00", "0.00", "7125.00", "7125.00", "79.17"]
    [cost] = margin["lines"]
    assert cost["formula"] == "100 × 2400.00 / 128 = 1875.00"
    assert cost["inputs"]["month"] == "2000.00 + 240.00 + 160.00 USD"
    target = found["margin"]["target"]
    assert [target[name] for name in ("field", "price", "revenue")] == ["hourly_rate", "93.75", "9375.00"]


async def test_five_deals_stand_beside_each_other(manager: Caller, code: str) -> None:
    deals = [deal(code, name=f"Deal {n}", prices={"hourly_rate": f"{90 + n}.00"}) for n in range(5)]
    found = data_of(await manager.post("/calculator", calculation(*deals)))
    rows = {row["figure"]: row for row in found["comparison"]}
    assert rows["revenue"]["differences"] == ["0.00", "100.00", "200.00", "300.00", "400.00"]
    assert rows["net_margin"]["values"][0] == "7125.00"
    response = await manager.post("/calculator", calculation(*deals, deal(code)))
    assert error_of(response, 400, "VALIDATION_ERROR")["details"][0]["path"] == "scenarios"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"team": [{"role": "nobody-has-this", "hours": "1"}]}, "scenarios.0.team.0"),
        ({"currency": "SYP"}, "scenarios.0.team.0"),
        ({"prices": {"hourly_rate": "90.0050"}}, "scenarios.0.prices.hourly_rate"),
        ({"term_months": "12"}, "scenarios.0.term_months"),
        ({"prices": {"hourly_rate": "150,000"}}, "scenarios.0.prices.hourly_rate"),
        ({"team": [{"hours": "1"}]}, "scenarios.0.team.0.role"),
    ],
)
async def test_a_wrong_field_is_named(manager: Caller, code: str, changes: dict[str, Any], path: str) -> None:
    response = await manager.post("/calculator", calculation(deal(code, **changes)))
    assert error_of(response, 400, "VALIDATION_ERROR")["details"][0]["path"] == path


async def test_a_viewer_gets_the_same_prices(manager: Caller, viewer: Caller, code: str) -> None:
    """Also for a team without any cost rate, because none is looked up."""
    body = calculation(deal(code), deal(code, discount={"percent": "10"}))
    theirs = data_of(await viewer.post("/calculator", body))
    ours = data_of(await manager.post("/calculator", body))
    assert [each["price"] for each in theirs["scenarios"]] == [each["price"] for each in ours["scenarios"]]
    assert [each["margin"] for each in theirs["scenarios"]] == [None, None]
    assert {row["figure"] for row in theirs["comparison"]} == {"month_total", "revenue", "total"}
    unknown = calculation(deal("nobody-has-this"))
    assert data_of(await viewer.post("/calculator", unknown))["scenarios"][0]["price"]["revenue"] == "9000.00"


async def test_a_target_margin_would_tell_the_costs(viewer: Caller, editor: Caller, code: str) -> None:
    body = calculation(deal(code, target={"margin_percent": "0"}))
    for caller, path in ((viewer, "/calculator"), (editor, "/calculator")):
        assert "finance" in error_of(await caller.post(path, body), 403, "FORBIDDEN")["message"]
    error_of(await editor.post("/calculations", body | {"name": "Offer"}), 403, "FORBIDDEN")


async def test_a_saved_calculation_keeps_its_rates(manager: Caller, viewer: Caller, code: str) -> None:
    body = calculation(deal(code), name=f"Offer {code}")
    saved = data_of(await manager.post("/calculations", body), 201)
    path = f"/calculations/{saved['id']}"
    assert saved["result"]["scenarios"][0]["margin"]["margin"]["net_margin"] == "7125.00"
    key = f"role.{code}.2026-01-01"
    rate = data_of(await manager.get(f"/settings/cost-rates/{key}"))
    dearer = rate["value"] | {"gross": "4000.00"}
    headers = {"If-Match": f'"{rate["version"]}"'}
    data_of(await manager.put(f"/settings/cost-rates/{key}", dearer, headers=headers))
    assert data_of(await manager.get(path)) == saved
    assert saved["inputs"][0]["prices"]["hourly_rate"] == "90.00"

    seen = data_of(await viewer.get(path))
    assert seen["inputs"] is None
    assert seen["result"]["scenarios"][0]["margin"] is None
    assert seen["result"]["scenarios"][0]["price"] == saved["result"]["scenarios"][0]["price"]
    listed = (await viewer.get("/calculations")).json()
    row = next(each for each in listed["data"] if each["id"] == saved["id"])
    assert (row["name"], row["scenario_names"], row["created_by"]) == (f"Offer {code}", ["Support"], "marat")
    assert listed["meta"]["total"] >= 1


async def test_an_editor_saves_prices_and_a_viewer_nothing(
    manager: Caller, editor: Caller, viewer: Caller, code: str
) -> None:
    body = calculation(deal(code), name="Offer")
    saved = data_of(await editor.post("/calculations", body), 201)
    assert saved["inputs"] is None
    found = data_of(await manager.get(f"/calculations/{saved['id']}"))
    assert found["result"]["scenarios"][0]["margin"] is None
    assert found["inputs"][0]["team"][0]["role"] == code
    error_of(await viewer.post("/calculations", body), 403, "FORBIDDEN")


async def test_what_is_missing(manager: Caller) -> None:
    error_of(await manager.get(f"/calculations/{'0' * 32}"), 404, "NOT_FOUND")
    error_of(await manager.get("/calculations/7"), 400, "VALIDATION_ERROR")


async def test_nobody_calculates_without_a_login(caller: Callable[[Role], Caller]) -> None:
    stranger = Caller(caller(Role.VIEWER).http, {})
    for path in ("/calculator", "/calculations"):
        error_of(await stranger.post(path, calculation(deal("x"))), 401, "UNAUTHORIZED")
