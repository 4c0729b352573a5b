"""KPI targets, KPI rules and installers over HTTP (docs/specification/kpi.md 2, 4, 5.1 and 7)."""

from typing import Any

import pytest

from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.csv_calls import as_file, exported, outcomes, send, wrong
from tests.http.settings.set_settings import ANY, changes, match


async def test_a_rule_is_added_corrected_ended_and_removed(manager: Caller, viewer: Caller, partner: str) -> None:
    """Today is 1 March 2026."""
    body = {"partner": partner, "exceeded_penalty": "10", "valid_from": "2026-01-01"}
    made = data_of(await manager.post("/settings/kpi-rules", body), 201)
    assert made["key"] == f"{partner}.any.2026-01-01"
    path = f"/settings/kpi-rules/{made['key']}"
    assert data_of(await viewer.get(path)) == made
    later = body | {"valid_from": "2026-07-01", "unit": "percent"}
    error = error_of(await manager.post("/settings/kpi-rules", later), 400, "VALIDATION_ERROR")
    assert error["details"][0]["path"] == "valid_from"
    ended = made["value"] | {"valid_to": "2026-06-30"}
    data_of(await manager.put(path, ended, headers=match(made)))
    second = data_of(await manager.post("/settings/kpi-rules", later), 201)
    assert (await manager.delete(f"/settings/kpi-rules/{second['key']}", headers=match(second))).status_code == 204
    assert "has begun" in error_of(await manager.delete(path, headers=ANY), 400, "VALIDATION_ERROR")["message"]
    found = await changes(viewer, "kpi-rules", made["key"])
    assert [each["after"]["valid_to"] for each in found] == ["2026-06-30", None]
    error_of(await manager.delete(f"/settings/partners/{partner}", headers=ANY), 400, "VALIDATION_ERROR")
    listed = (await viewer.get("/settings/kpi-rules", params={"search": partner})).json()["data"]
    assert [each["key"] for each in listed] == [made["key"]]


@pytest.mark.parametrize(
    ("area", "body", "path"),
    [
        ("kpi-targets", {"partner": "NOBODY", "order_type": "activation", "minutes": 60}, "partner"),
        ("kpi-targets", {"order_type": "activation", "minutes": 0}, "minutes"),
        ("kpi-targets", {"order_type": "repair", "minutes": 60}, "order_type"),
        ("kpi-rules", {"partner": "NOBODY", "late_penalty": "5"}, "partner"),
        ("kpi-rules", {"partner": "NOBODY"}, "exceeded_penalty"),
        ("installers", {"installer": "RAVI", "name": "Ravi", "installer_type": "friend"}, "installer_type"),
        ("installers", {"installer": "Ra vi", "name": "Ravi", "installer_type": "subcon"}, "installer"),
    ],
)
async def test_a_value_that_is_not_valid_names_its_field(
    manager: Caller, area: str, body: dict[str, Any], path: str
) -> None:
    response = await manager.post(f"/settings/{area}", {"valid_from": "2026-01-01"} | body)
    assert error_of(response, 400, "VALIDATION_ERROR")["details"][0]["path"] == path


@pytest.mark.parametrize("area", ["kpi-targets", "kpi-rules", "installers"])
async def test_an_editor_may_not_change_them(editor: Caller, area: str) -> None:
    error_of(await editor.post(f"/settings/{area}", {}), 403, "FORBIDDEN")


async def test_targets_are_exported_and_imported(manager: Caller, partner: str) -> None:
    text = (
        "PartnerCode,OrderTypeName,InstallationMethodName,TargetMinutes\n"
        f"{partner.lower()},Activation,Prelaid,60\n{partner},Activation,Non Prelaid,120\n"
    )
    report = data_of(await send(manager, "kpi-targets", f"{text}NOBODY,Activation,,60\n{partner},,,60\n"))
    assert [found[:2] for found in wrong(report)] == [(4, "PartnerCode"), (5, "OrderTypeName")]
    assert outcomes(data_of(await send(manager, "kpi-targets", text, dry_run=False))) == [(2, "ok"), (3, "ok")]
    header, rows = await exported(manager, "kpi-targets", partner)
    assert {row["InstallationMethodName"]: row["TargetMinutes"] for row in rows} == {
        "PRELAID": "60",
        "NON_PRELAID": "120",
    }
    assert outcomes(data_of(await send(manager, "kpi-targets", as_file(header, rows)))) == [
        (2, "unchanged"),
        (3, "unchanged"),
    ]


async def test_rules_and_installers_are_exported_and_imported(manager: Caller, partner: str, code: str) -> None:
    text = f"PartnerCode,OrderTypeName,Unit,ExceededPenalty\n{partner},,Percent,10\n"
    assert outcomes(data_of(await send(manager, "kpi-rules", text, dry_run=False))) == [(2, "ok")]
    header, [row] = await exported(manager, "kpi-rules", partner)
    assert (row["Unit"], row["ExceededPenalty"], row["LatePenalty"]) == ("percent", "10.00", "0.00")
    assert outcomes(data_of(await send(manager, "kpi-rules", as_file(header, [row])))) == [(2, "unchanged")]
    text = f"Installer,Name,InstallerType,Level\n{code},Ravi Kumar,Subcon,Senior\n"
    assert outcomes(data_of(await send(manager, "installers", text, dry_run=False))) == [(2, "ok")]
    header, [row] = await exported(manager, "installers", code)
    assert (row["Name"], row["InstallerType"], row["Level"]) == ("Ravi Kumar", "subcon", "SENIOR")
    assert outcomes(data_of(await send(manager, "installers", as_file(header, [row])))) == [(2, "unchanged")]
