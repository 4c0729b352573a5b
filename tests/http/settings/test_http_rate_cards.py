"""Rate cards and installer rates over HTTP (docs/specification/partners.md 2)."""

import asyncio
from typing import Any

import pytest

from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.partner_settings import rate
from tests.http.settings.set_settings import ANY, changes, match

CARD = "/settings/rate-cards"


async def test_a_rate_is_added_corrected_and_ended(manager: Caller, viewer: Caller, partner: str) -> None:
    """Today is 1 March 2026."""
    response = await manager.post(CARD, rate(partner=partner, method="PRELAID"))
    made = data_of(response, 201)
    assert made["key"] == f"{partner}.activation.FTTH.PRELAID.MYR.2026-01-01"
    assert (made["value"]["amount"], made["value"]["valid_to"], made["value"]["active"]) == ("150.00", None, True)
    assert response.headers["ETag"] == f'"{made["version"]}"'
    path = f"{CARD}/{made['key']}"
    assert data_of(await viewer.get(path)) == made

    later = rate(partner=partner, method="PRELAID", valid_from="2026-07-01", amount="160")
    error = error_of(await manager.post(CARD, later), 400, "VALIDATION_ERROR")
    assert error["details"][0]["path"] == "valid_from"
    assert made["key"] in error["details"][0]["message"]
    ended = made["value"] | {"valid_to": "2026-06-30"}
    corrected = data_of(await manager.put(path, ended, headers=match(made)))
    second = data_of(await manager.post(CARD, later), 201)
    error_of(await manager.put(path, made["value"], headers=match(corrected)), 400, "VALIDATION_ERROR")
    data_of(await manager.put(path, made["value"] | {"active": False}, headers=match(corrected)))

    assert (await manager.delete(f"{CARD}/{second['key']}", headers=match(second))).status_code == 204
    error = error_of(await manager.delete(path, headers=ANY), 400, "VALIDATION_ERROR")
    assert "has begun" in error["message"]
    found = await changes(viewer, "rate-cards", made["key"])
    assert [each["after"]["active"] for each in found] == [False, True, True]
    assert found[-1]["before"] is None
    listed = (await viewer.get(CARD, params={"search": f"{partner}."})).json()
    assert [each["key"] for each in listed["data"]] == [made["key"]]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"partner": "NOBODY"}, "partner"),
        ({"partner": None, "group": "NOBODY"}, "group"),
        ({"tax_code": "GST"}, "tax_code"),
        ({"amount": "1.005"}, "amount"),
        ({"category": "no code"}, "category"),
        ({"valid_to": "2025-12-31"}, "valid_to"),
    ],
)
async def test_a_value_that_is_not_valid_names_its_field(
    manager: Caller, partner: str, wrong: dict[str, Any], path: str
) -> None:
    response = await manager.post(CARD, rate(partner=partner) | wrong)
    error = error_of(response, 400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in error["details"]] == [path]


async def test_a_rate_exists_once(manager: Caller, partner: str) -> None:
    made = data_of(await manager.post(CARD, rate(partner=partner)), 201)
    details = error_of(await manager.post(CARD, rate(partner=partner, amount="1")), 409, "CONFLICT")["details"]
    assert details["reason"] == "AlreadyExists"
    path = f"{CARD}/{made['key']}"
    for change, field in (({"partner": None}, "partner"), ({"valid_from": "2026-01-02"}, "valid_from")):
        error = error_of(await manager.put(path, made["value"] | change, headers=ANY), 400, "VALIDATION_ERROR")
        assert error["details"][0]["path"] == field
    missing = made["key"].replace("2026-01-01", "2026-01-02")
    error_of(await manager.put(f"{CARD}/{missing}", made["value"], headers=ANY), 404, "NOT_FOUND")
    error_of(await manager.get(f"{CARD}/{missing}"), 404, "NOT_FOUND")


async def test_rates_that_are_entered_at_once_do_not_overlap(manager: Caller, partner: str) -> None:
    days = [f"2026-0{month}-01" for month in range(1, 7)]
    answers = await asyncio.gather(*(manager.post(CARD, rate(partner=partner, valid_from=day)) for day in days))
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400, 400, 400]


async def test_the_search_for_a_rate_is_explained(manager: Caller, viewer: Caller, partner: str) -> None:
    rows = (
        rate(partner=partner, method="PRELAID"),
        rate(partner=partner, method="PRELAID", amount="140", valid_from="2025-01-01", valid_to="2025-12-31"),
        rate(partner=partner, amount="120", active=False),
        rate(group=partner, amount="100"),
    )
    keys = [data_of(await manager.post(CARD, each), 201)["key"] for each in rows]
    query = {"partner": partner, "order_type": "activation", "category": "FTTH", "method": "PRELAID"}
    answer = data_of(await viewer.get(f"{CARD}/explain", params=query))
    assert (answer["rate"]["id"], answer["rate"]["amount"], answer["reason"]) == (keys[0], "150.00", None)
    of_partner = [each for each in answer["explanation"] if partner in each["rate"]["id"]]
    assert [(each["step"], each["rate"]["id"], each["passed_over"]) for each in of_partner] == [
        (1, keys[1], "no_longer_valid"),
        (1, keys[0], None),
        (2, keys[2], "inactive"),
        (4, keys[3], "less_specific"),
    ]
    answer = data_of(await viewer.get(f"{CARD}/explain", params=query | {"on": "2025-12-31"}))
    assert answer["rate"]["id"] == keys[1]
    answer = data_of(await viewer.get(f"{CARD}/explain", params=query | {"category": "FTTX"}))
    assert (answer["rate"], answer["reason"]) == (None, "no_row")
    del query["category"]
    answer = data_of(await viewer.get(f"{CARD}/explain", params=query))
    assert (answer["rate"], answer["reason"]) == (None, "no_category")
    error_of(await viewer.get(f"{CARD}/explain", params=query | {"partner": "NOBODY"}), 404, "NOT_FOUND")


async def test_installer_rates_are_settings_of_their_own(manager: Caller, viewer: Caller, code: str) -> None:
    path = "/settings/installer-rates"
    made = data_of(await manager.post(path, rate(installer=code, amount="45")), 201)
    assert made["key"] == f"installer-{code}.activation.FTTH.any.MYR.2026-01-01"
    of_type = {"installer_type": "subcon", "level": code[:10]}
    assert data_of(await manager.post(path, rate(**of_type)), 201)["key"].startswith(f"subcon-{code[:10]}.")
    changed = made["value"] | {"amount": "50.00"}
    corrected = data_of(await manager.put(f"{path}/{made['key']}", changed, headers=match(made)))
    assert corrected["value"]["amount"] == "50.00"
    assert data_of(await viewer.get(f"{path}/{made['key']}")) == corrected
    assert len(await changes(viewer, "installer-rates", made["key"])) == 2
    error_of(await manager.delete(f"{path}/{made['key']}", headers=ANY), 400, "VALIDATION_ERROR")
    error_of(await manager.post(path, rate()), 400, "VALIDATION_ERROR")
