"""Cost rates, overhead rules and exchange rates as settings, and their CSV files (docs/specification/quotes.md 1)."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.settings.cost_repositories import exchange_rates
from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.csv_calls import as_file, exported, outcomes, send, wrong
from tests.http.settings.set_settings import ANY, changes, match

RATE = {
    "kind": "role",
    "currency": "USD",
    "gross": "2000.00",
    "hours_per_month": "160",
    "utilisation_percent": "80",
    "valid_from": "2026-01-01",
}
EXCHANGE = {
    "from_currency": "USD",
    "to_currency": "BTN",
    "rate": "83.1250000001",
    "source": "Bank",
    "valid_from": "2026-01-31",
}


async def test_a_rate_is_added_corrected_ended_and_removed(manager: Caller, key: str) -> None:
    """Today is 1 March 2026."""
    made = data_of(await manager.post("/settings/cost-rates", RATE | {"code": key}), 201)
    assert made["key"] == f"role.{key}.2026-01-01"
    path = f"/settings/cost-rates/{made['key']}"
    assert data_of(await manager.get(path)) == made
    later = RATE | {"code": key, "gross": "2200.00", "valid_from": "2026-07-01"}
    error = error_of(await manager.post("/settings/cost-rates", later), 400, "VALIDATION_ERROR")
    assert error["details"][0]["path"] == "valid_from"
    ended = made["value"] | {"valid_to": "2026-06-30"}
    data_of(await manager.put(path, ended, headers=match(made)))
    error_of(await manager.put(path, ended, headers=match(made)), 409, "CONFLICT")
    second = data_of(await manager.post("/settings/cost-rates", later), 201)
    assert (await manager.delete(f"/settings/cost-rates/{second['key']}", headers=match(second))).status_code == 204
    message = error_of(await manager.delete(path, headers=ANY), 400, "VALIDATION_ERROR")["message"]
    assert "the cost rate from 2026-01-01 has begun" in message
    found = await changes(manager, "cost-rates", made["key"])
    assert [each["after"]["valid_to"] for each in found] == ["2026-06-30", None]
    listed = (await manager.get("/settings/cost-rates", params={"search": key})).json()["data"]
    assert [each["key"] for each in listed] == [made["key"]]


async def test_a_role_is_given_to_an_employee_and_another_one_later(manager: Caller, key: str) -> None:
    """Today is 1 March 2026."""
    body = {"employee": f"{key}-a", "role": "developer", "valid_from": "2026-01-01"}
    made = data_of(await manager.post("/settings/cost-assignments", body), 201)
    assert made["key"] == f"{key}-a.2026-01-01"
    assert (made["value"]["role"], made["value"]["grade"], made["value"]["valid_to"]) == ("developer", None, None)
    path = f"/settings/cost-assignments/{made['key']}"
    assert data_of(await manager.get(path)) == made
    later = body | {"role": "senior", "grade": "middle", "valid_from": "2026-07-01"}
    error = error_of(await manager.post("/settings/cost-assignments", later), 400, "VALIDATION_ERROR")
    assert error["details"][0]["path"] == "valid_from"
    ended = made["value"] | {"valid_to": "2026-06-30"}
    data_of(await manager.put(path, ended, headers=match(made)))
    error_of(await manager.put(path, ended, headers=match(made)), 409, "CONFLICT")
    other = ended | {"employee": f"{key}-b"}
    assert error_of(await manager.put(path, other, headers=ANY), 400, "VALIDATION_ERROR")["details"][0]["path"] == (
        "employee"
    )
    second = data_of(await manager.post("/settings/cost-assignments", later), 201)
    removed = await manager.delete(f"/settings/cost-assignments/{second['key']}", headers=match(second))
    assert removed.status_code == 204
    message = error_of(await manager.delete(path, headers=ANY), 400, "VALIDATION_ERROR")["message"]
    assert "the cost assignment from 2026-01-01 has begun" in message
    found = await changes(manager, "cost-assignments", made["key"])
    assert [each["after"]["valid_to"] for each in found] == ["2026-06-30", None]
    listed = (await manager.get("/settings/cost-assignments", params={"search": key})).json()["data"]
    assert [each["key"] for each in listed] == [made["key"]]


async def test_an_overhead_rule_is_added_and_made_inactive(manager: Caller, key: str) -> None:
    body = {"code": key, "kind": "percent", "percent": "20", "valid_from": "2026-01-01"}
    made = data_of(await manager.post("/settings/overhead-rules", body), 201)
    assert made["value"]["percent"] == "20.00"
    path = f"/settings/overhead-rules/{made['key']}"
    stopped = data_of(await manager.put(path, made["value"] | {"active": False}, headers=match(made)))
    assert data_of(await manager.get(path)) == stopped
    error_of(await manager.post("/settings/overhead-rules", body), 409, "CONFLICT")


async def test_exchange_rates_follow_each_other(manager: Caller, viewer: Caller) -> None:
    body = {"from_currency": "BHD", "to_currency": "OMR", "rate": "1.021", "source": "Central Bank"}
    made = [
        data_of(await manager.post("/settings/exchange-rates", body | {"valid_from": day}), 201)
        for day in ("2026-02-01", "2026-02-02")
    ]
    assert [each["key"] for each in made] == ["BHD.OMR.2026-02-01", "BHD.OMR.2026-02-02"]
    assert data_of(await viewer.get("/settings/exchange-rates/BHD.OMR.2026-02-01")) == made[0]
    assert made[0]["value"]["rate"] == "1.021"
    later = data_of(await manager.post("/settings/exchange-rates", body | {"valid_from": "2026-03-02"}), 201)
    path = f"/settings/exchange-rates/{later['key']}"
    assert (await manager.delete(path, headers=match(later))).status_code == 204
    error_of(await manager.delete("/settings/exchange-rates/BHD.OMR.2026-02-01", headers=ANY), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("day", "units", "rate"),
    [("2026-01-01", 1, "83.1250000001"), ("2026-01-02", 100, "0.0000000012"), ("2026-01-03", 1, "123456789012")],
)
async def test_an_exchange_rate_keeps_its_decimals(
    manager: Caller, engine: AsyncEngine, day: str, units: int, rate: str
) -> None:
    """It is corrected with the value that was read: no digit is lost, and no form of the number is refused.

    A calculation reads the same digits, not all the decimals of the column, because it freezes them.
    """
    body = EXCHANGE | {"units": units, "rate": rate, "valid_from": day}
    data_of(await manager.post("/settings/exchange-rates", body), 201)
    path = f"/settings/exchange-rates/USD.BTN.{day}"
    read = data_of(await manager.get(path))
    assert (read["value"]["rate"], read["value"]["units"]) == (rate, units)
    kept = data_of(await manager.put(path, read["value"] | {"description": "kept"}, headers=match(read)))
    assert kept["value"] == read["value"] | {"description": "kept"}
    async with engine.connect() as connection:
        [found] = [each for each in await exchange_rates(connection) if each.key == f"USD.BTN.{day}"]
    assert found.rate.as_tuple() == Decimal(rate).as_tuple()
    assert (found.from_currency, found.to_currency, found.units, found.source) == ("USD", "BTN", units, "Bank")
    assert (found.valid_to, found.active) == (None, True)


@pytest.mark.parametrize(
    ("area", "body", "path"),
    [
        ("cost-rates", RATE | {"code": "x", "taxes_percent": "12", "taxes_amount": "5.00"}, "taxes_amount"),
        ("cost-rates", RATE | {"code": "a b"}, "code"),
        ("cost-rates", RATE | {"code": "x", "gross": "2,000"}, "gross"),
        ("overhead-rules", {"code": "x", "kind": "spread", "amount": "5.00", "valid_from": "2026-01-01"}, "currency"),
        ("exchange-rates", EXCHANGE | {"to_currency": "USD"}, "to_currency"),
        ("exchange-rates", EXCHANGE | {"from_currency": "usd"}, "from_currency"),
        ("cost-assignments", {"employee": "x", "valid_from": "2026-01-01"}, "role"),
        ("cost-assignments", {"employee": "a b", "role": "x", "valid_from": "2026-01-01"}, "employee"),
        ("exchange-rates", EXCHANGE | {"rate": "0"}, "rate"),
        ("exchange-rates", EXCHANGE | {"source": ""}, "source"),
    ],
)
async def test_a_wrong_value_names_its_field(manager: Caller, area: str, body: dict[str, Any], path: str) -> None:
    response = await manager.post(f"/settings/{area}", body)
    assert error_of(response, 400, "VALIDATION_ERROR")["details"][0]["path"] == path


async def test_an_editor_changes_no_exchange_rate(editor: Caller) -> None:
    error_of(await editor.post("/settings/exchange-rates", {}), 403, "FORBIDDEN")


async def test_cost_rates_are_exported_and_imported(manager: Caller, key: str) -> None:
    """With a dry run first, as Excel writes numbers: `2 000,50`."""
    head = "Kind;Code;Currency;Gross;TaxesPercent;HoursPerMonth;UtilisationPercent;ValidFrom\n"
    good = f"Role;{key};usd;2 000,50;12,5;160;80;01.02.2026\nGrade;{key};USD;3000;0;168;100;01.02.2026\n"
    report = data_of(await send(manager, "cost-rates", f"{head}{good}role;{key};USD;1,000;0;160;80;01.03.2026\n"))
    assert report["applied"] is False
    [(row, column, message)] = wrong(report)
    assert (row, column) == (4, "Gross")
    assert "1000.00" in message
    assert outcomes(data_of(await send(manager, "cost-rates", head + good, dry_run=False))) == [(2, "ok"), (3, "ok")]
    value = data_of(await manager.get(f"/settings/cost-rates/role.{key}.2026-02-01"))["value"]
    assert (value["gross"], value["taxes_percent"], value["currency"]) == ("2000.50", "12.50", "USD")
    header, rows = await exported(manager, "cost-rates", "role")
    mine = [each for each in rows if each["Code"] == key]
    assert (mine[0]["Gross"], mine[0]["UtilisationPercent"]) == ("2000.50", "80.00")
    assert outcomes(data_of(await send(manager, "cost-rates", as_file(header, mine)))) == [(2, "unchanged")]
    found = await changes(manager, "cost-rates", f"role.{key}.2026-02-01")
    assert [each["reason"] for each in found] == ["CSV import"]


async def test_roles_of_employees_are_exported_and_imported(manager: Caller, key: str) -> None:
    head = "Employee,Role,Grade,ValidFrom,ValidTo\n"
    good = f"{key}-a,developer,,01.01.2026,31.01.2026\n{key}-a,senior,middle,2026-02-01,\n"
    report = data_of(await send(manager, "cost-assignments", f"{head}{good}{key}-b,,,2026-01-01,\n"))
    assert [found[:2] for found in wrong(report)] == [(4, "Role")]
    overlapping = f"{head}{good}{key}-a,tester,,2026-01-15,2026-01-20\n"
    found = wrong(data_of(await send(manager, "cost-assignments", overlapping)))
    assert (4, "ValidFrom") in [each[:2] for each in found]
    report = data_of(await send(manager, "cost-assignments", head + good, dry_run=False))
    assert outcomes(report) == [(2, "ok"), (3, "ok")]
    header, rows = await exported(manager, "cost-assignments", key)
    assert [(each["Role"], each["Grade"], each["ValidFrom"], each["ValidTo"]) for each in rows] == [
        ("developer", "", "2026-01-01", "2026-01-31"),
        ("senior", "middle", "2026-02-01", ""),
    ]
    report = data_of(await send(manager, "cost-assignments", as_file(header, rows)))
    assert outcomes(report) == [(2, "unchanged"), (3, "unchanged")]


async def test_overhead_rules_are_exported_and_imported(manager: Caller, key: str) -> None:
    text = (
        "Code,Kind,Percent,Amount,Currency,BillableHours,ValidFrom,IsActive\n"
        f"{key}-A,percent,20,,,,2026-01-01,no\n{key}-B,spread,,1000.00,USD,500,2026-01-01,no\n"
    )
    bad = text + f"{key}-C,per_head,5,,,,2026-01-01,no\n"
    assert [found[:2] for found in wrong(data_of(await send(manager, "overhead-rules", bad)))] == [(4, "Percent")]
    report = data_of(await send(manager, "overhead-rules", text, dry_run=False))
    assert outcomes(report) == [(2, "ok"), (3, "ok")]
    header, rows = await exported(manager, "overhead-rules", key)
    assert [(each["Kind"], each["Percent"], each["Amount"]) for each in rows] == [
        ("percent", "20.00", ""),
        ("spread", "", "1000.00"),
    ]
    report = data_of(await send(manager, "overhead-rules", as_file(header, rows)))
    assert outcomes(report) == [(2, "unchanged"), (3, "unchanged")]


async def test_exchange_rates_are_exported_and_imported(manager: Caller) -> None:
    head = "FromCurrency,ToCurrency,Units,Rate,Source,ValidFrom\n"
    good = 'KWD,TND,1,"10,25",Bank,01.02.2026\nKWD,TND,1,10.3,Bank,02.02.2026\n'
    bad = 'KWD,TND,1,10.4,Bank,\nKWD,TND,1,"12,700",Bank,03.02.2026\n'
    report = data_of(await send(manager, "exchange-rates", head + good + bad))
    assert [found[:2] for found in wrong(report)] == [(4, "ValidFrom"), (5, "Rate")]
    report = data_of(await send(manager, "exchange-rates", head + good, dry_run=False))
    assert outcomes(report) == [(2, "ok"), (3, "ok")]
    header, rows = await exported(manager, "exchange-rates", "KWD")
    assert [(each["Rate"], each["ValidFrom"]) for each in rows] == [("10.25", "2026-02-01"), ("10.3", "2026-02-02")]
    report = data_of(await send(manager, "exchange-rates", as_file(header, rows)))
    assert outcomes(report) == [(2, "unchanged"), (3, "unchanged")]
