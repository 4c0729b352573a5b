"""Cloud resources, allocation rules and resale rules over HTTP and CSV (bills.md 8, 9 and 11)."""

from typing import Any

import pytest

from tests.fixtures.cloud_bills import unique
from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.csv_calls import exported, outcomes, send, wrong
from tests.http.settings.set_settings import ANY, changes, match

SHARES = [{"kind": "contract", "key": "APP-1", "percent": "60"}, {"kind": "project", "key": "inner", "percent": "40"}]


async def test_a_resource_changes_its_contract_on_a_day(manager: Caller, viewer: Caller) -> None:
    """Today is 1 March 2026."""
    name = unique("web")
    body = {
        "resource": name,
        "provider": "digitalocean",
        "name": "web-1",
        "valid_from": "2026-01-01",
        "tags": {"bb": "1", "c": "2", "a": "3"},
    }
    made = data_of(await manager.post("/settings/cloud-resources", body), 201)
    assert made["key"] == f"{name}.2026-01-01"
    path = f"/settings/cloud-resources/{made['key']}"
    assert data_of(await viewer.get(path)) == made
    later = body | {"valid_from": "2026-07-01", "contract": "APP-1"}
    assert (
        error_of(await manager.post("/settings/cloud-resources", later), 400, "VALIDATION_ERROR")["details"][0]["path"]
        == "valid_from"
    )
    data_of(await manager.put(path, made["value"] | {"valid_to": "2026-06-30"}, headers=match(made)))
    second = data_of(await manager.post("/settings/cloud-resources", later), 201)
    assert (
        await manager.delete(f"/settings/cloud-resources/{second['key']}", headers=match(second))
    ).status_code == 204
    assert "has begun" in error_of(await manager.delete(path, headers=ANY), 400, "VALIDATION_ERROR")["message"]
    found = await changes(viewer, "cloud-resources", made["key"])
    assert [each["after"]["valid_to"] for each in found] == ["2026-06-30", None]


@pytest.mark.parametrize(
    ("area", "body", "path"),
    [
        ("cloud-resources", {"resource": "a.b", "provider": "p", "name": "n"}, "resource"),
        ("cloud-resources", {"resource": "a", "provider": "p"}, "provider_resource_id"),
        ("cloud-resources", {"resource": "a", "provider": "p", "name": "n", "tags": {"": "x"}}, "tags"),
        ("allocation-rules", {"rule": "a", "shares": SHARES}, "service"),
        ("allocation-rules", {"rule": "a", "service": "s", "tag_value": "x", "shares": SHARES}, "tag"),
        ("allocation-rules", {"rule": "a", "service": "s", "shares": SHARES[:1]}, "shares"),
        ("allocation-rules", {"rule": "a", "service": "s", "shares": []}, "shares"),
        ("allocation-rules", {"rule": "a", "service": "s", "shares": [SHARES[0] | {"percent": "50"}] * 2}, "shares"),
        ("allocation-rules", {"rule": "a", "service": "s", "position": 0, "shares": SHARES}, "position"),
        ("resale-rules", {"contract": "APP 1"}, "contract"),
        ("resale-rules", {"contract": "APP-1", "margin_percent": "-1"}, "margin_percent"),
        ("resale-rules", {"contract": "APP-1", "minimum": "1,500"}, "minimum"),
    ],
)
async def test_a_value_that_is_not_valid_names_its_field(
    manager: Caller, area: str, body: dict[str, Any], path: str
) -> None:
    response = await manager.post(f"/settings/{area}", {"valid_from": "2026-01-01"} | body)
    assert error_of(response, 400, "VALIDATION_ERROR")["details"][0]["path"].split(".")[0] == path


@pytest.mark.parametrize("area", ["cloud-resources", "allocation-rules", "resale-rules"])
async def test_an_editor_may_not_change_them(editor: Caller, area: str) -> None:
    error_of(await editor.post(f"/settings/{area}", {}), 403, "FORBIDDEN")


async def test_rules_of_resale_are_dated(manager: Caller) -> None:
    contract = unique("APP")
    rule = {"contract": contract, "margin_percent": "12.5", "minimum": "100.00", "valid_from": "2026-01-01"}
    made = data_of(await manager.post("/settings/resale-rules", rule), 201)
    assert made["key"] == f"{contract}.2026-01-01"
    error_of(await manager.post("/settings/resale-rules", rule), 409, "CONFLICT")


async def test_resources_are_imported_after_a_dry_run_and_exported_again(manager: Caller) -> None:
    name = unique("web")
    text = (
        "resource;provider;provider_resource_id;name;size;tags;contract;valid_from;valid_to\n"
        f"{name};digitalocean;;web-1;s-1vcpu-2gb;team=blue; env=prod;APP-1;01.01.2026;30.06.2026\n".replace(
            "team=blue; env=prod", '"team=blue; env=prod"'
        )
        + f"{name};digitalocean;=8812;web-1;;;;2026-07-01;\n"
    )
    report = data_of(await send(manager, "cloud-resources", text))
    assert (report["applied"], outcomes(report)) == (False, [(2, "ok"), (3, "ok")])
    assert (await exported(manager, "cloud-resources", name))[1] == []
    assert data_of(await send(manager, "cloud-resources", text, dry_run=False))["applied"]
    first, second = (await exported(manager, "cloud-resources", name))[1]
    assert (first["tags"], first["valid_to"], first["active"]) == ("env=prod; team=blue", "2026-06-30", "true")
    assert (second["provider_resource_id"], second["valid_from"]) == ("'=8812", "2026-07-01")
    again = data_of(await send(manager, "cloud-resources", text))
    assert outcomes(again) == [(2, "unchanged"), (3, "unchanged")]


async def test_shares_are_written_as_targets_with_percentages(manager: Caller, viewer: Caller) -> None:
    """The rule has a service of its own, because it stays in the database and would divide the bills of other tests."""
    name = unique("rule")
    cell = "contract:APP-1=33.3333; project:in=66.6667"
    text = f"rule,position,service,shares,valid_from\n{name},5,{name},{cell},2026-01-01\n"
    assert data_of(await send(manager, "allocation-rules", text, dry_run=False))["applied"]
    value = data_of(await viewer.get(f"/settings/allocation-rules/{name}.2026-01-01"))["value"]
    assert value["shares"] == [
        {"kind": "contract", "key": "APP-1", "percent": "33.3333"},
        {"kind": "project", "key": "in", "percent": "66.6667"},
    ]
    [row] = (await exported(manager, "allocation-rules", name))[1]
    assert row["shares"] == "contract:APP-1=33.3333; project:in=66.6667"
    whole = data_of(await send(manager, "allocation-rules", f"rule,service,shares\n{unique('r')},s,contract:APP-1\n"))
    assert outcomes(whole) == [(2, "ok")]
    for cell, column in (("APP-1", "shares"), ("contract:APP-1=50", "shares"), ("team:x=100", "shares")):
        report = data_of(await send(manager, "allocation-rules", f"rule,service,shares\n{unique('r')},s,{cell}\n"))
        assert [each[1] for each in wrong(report)] == [column], cell


async def test_overlapping_rows_are_refused_at_their_first_day(manager: Caller) -> None:
    name = unique("APP")
    text = f"contract,margin_percent,valid_from\n{name},10,2026-01-01\n{name},12,2026-02-01\n"
    report = data_of(await send(manager, "resale-rules", text))
    assert {each[1] for each in wrong(report)} == {"valid_from"}
