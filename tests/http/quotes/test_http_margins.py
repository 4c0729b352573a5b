"""Margins over HTTP: rows, worklogs, flags, files, and their filters (docs/specification/quotes.md 3)."""

import csv
import io
from typing import Any

import openpyxl
import pytest

from activities.invoice.projection import InvoiceProjection
from api.quotes.margins import repository
from tests.fixtures.margins import work
from tests.http.callers import Caller, data_of, error_of
from tests.http.quotes.margin_data import Invoiced, amounts, invoiced, known_work, records_of
from tests.http.settings.set_settings import ANY


@pytest.fixture
async def made(key: str, records: InvoiceProjection, manager: Caller, monkeypatch: pytest.MonkeyPatch) -> Invoiced:
    known_work(monkeypatch, records_of(key))
    return await invoiced(key, records, manager)


async def report(caller: Caller, path: str = "/margins", **params: Any) -> dict[str, Any]:
    answer = await caller.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_margin_of_a_contract(manager: Caller, made: Invoiced) -> None:
    """420.00 - 123.70 - 75.00 = 221.30; 221.30 / 420 = 52.69 %; 420 / 14 = 30.00 an hour."""
    found = await report(manager, **made.filters)
    [row] = found["data"]
    assert row == {
        "key": made.key,
        "name": "Acme Support",
        "currency": "USD",
        "invoices": 1,
        "hours": "14.00",
        "revenue": "420.00",
        "direct_cost": "198.70",
        "passed_on_cost": "0.00",
        "overhead": "0.00",
        "gross_margin": "221.30",
        "gross_percent": "52.69",
        "net_margin": "221.30",
        "net_percent": "52.69",
        "effective_rate": "30.00",
        "write_off_hours": "0.00",
        "write_off_value": "0.00",
        "realisation_percent": "100.00",
        "open_hours": "0.00",
        "hours_without_cost": "0.00",
    }
    assert (found["period_from"], found["period_to"]) == ("2026-02-01", "2026-02-28")
    assert amounts(found["totals"], "key", "net_margin") == [("", "221.30")]
    assert amounts(found["trend"], "key", "net_margin") == [("2026-02", "221.30")]
    assert (found["missing"], found["warnings"], found["exchange_rates"]) == ([], [], [])


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("invoice", [("INV-{key}", "420.00", "198.70")]),
        ("client", [("Client {key}", "420.00", "198.70")]),
        ("employee", [("Aziz", "300.00", "123.70"), ("Bek", "120.00", "75.00")]),
        ("project", [("PROJ", "420.00", "198.70")]),
        ("month", [("2026-02", "420.00", "198.70")]),
        ("all", [("", "420.00", "198.70")]),
    ],
)
async def test_groups(manager: Caller, made: Invoiced, group: str, expected: list[tuple[str, ...]]) -> None:
    found = await report(manager, **made.filters, group_by=group)
    wanted = [(name.format(key=made.key), *rest) for name, *rest in expected]
    assert amounts(found["data"], "name", "revenue", "direct_cost") == wanted


async def test_the_worklogs_behind_it(manager: Caller, made: Invoiced) -> None:
    found = await report(manager, "/margins/worklogs", **made.filters)
    names = ("employee", "issue_key", "hours", "revenue", "cost", "margin", "formula", "rate_id")
    assert amounts(found["data"], *names) == [
        ("Aziz", "PROJ-1", "10.00", "300.00", "123.70", "176.30", "10 × 1979.20 / 160 = 123.70",
         f"employee.{made.people[0]}.2026-01-01"),
        ("Bek", "PROJ-2", "4.00", "120.00", "75.00", "45.00", "4 × 2400.00 / 128 = 75.00",
         f"employee.{made.people[1]}.2026-01-01"),
    ]  # fmt: skip
    of_one = await report(manager, "/margins/worklogs", **made.filters, account_id=made.people[1], per_page=1)
    assert amounts(of_one["data"], "employee") == [("Bek",)]
    assert of_one["meta"]["total"] == 1


async def test_a_contract_below_the_target_is_flagged(manager: Caller, made: Invoiced) -> None:
    """198.70 / 0.4 = 496.75 for 14 hours are 35.4821; 35.49 x 14 is split: 354.90 + 141.96 = 496.86."""
    answer = await manager.get("/margins/flags", params=made.filters | {"target_percent": "60"})
    found = data_of(answer)
    assert found["target_percent"] == "60.00"
    [flag] = found["contracts"]
    assert (flag["row"]["key"], flag["shortfall"]) == (made.key, "76.75")
    [remedy] = flag["remedies"]
    assert (remedy["field"], remedy["now"], remedy["needed"]) == ("hourly_rate", "30.00", "35.49")
    assert remedy["exact"] == "35.482142857143"
    assert (
        data_of(await manager.get("/margins/flags", params=made.filters | {"target_percent": "50"}))["contracts"] == []
    )


async def test_the_target_is_a_setting(manager: Caller, admin: Caller, made: Invoiced) -> None:
    assert data_of(await manager.get("/settings/margin-targets"))["value"] == {
        "floor_percent": "25.00",
        "target_percent": "30.00",
    }
    body = {"floor_percent": "40", "target_percent": "60"}
    data_of(await manager.put("/settings/margin-targets", body, headers=ANY))
    try:
        found = data_of(await manager.get("/margins/flags", params=made.filters))
        assert (found["target_percent"], len(found["contracts"])) == ("60.00", 1)
        wrong = await manager.put("/settings/margin-targets", body | {"floor_percent": "61"}, headers=ANY)
        assert error_of(wrong, 400, "VALIDATION_ERROR")["details"][0]["path"] == "target_percent"
    finally:
        data_of(await admin.put("/settings/margin-targets", {}, headers=ANY))


async def test_a_missing_rate_is_named(
    key: str, records: InvoiceProjection, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_work(monkeypatch, records_of(key))
    made = await invoiced(key, records, manager, rates=False)
    found = await report(manager, **made.filters)
    [row] = found["data"]
    assert (row["revenue"], row["net_margin"], row["hours_without_cost"]) == ("420.00", None, "14.00")
    assert amounts(found["missing"], "kind", "name", "hours") == [
        ("cost_rate", f"Aziz ({made.people[0]})", "10.00"),
        ("cost_rate", f"Bek ({made.people[1]})", "4.00"),
    ]


async def test_work_that_nobody_pays(
    key: str, records: InvoiceProjection, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3 hours of an excluded person are worth 90.00, and 2 of nobody's invoice are open."""
    made = await invoiced(key, records, manager)
    excluded = f"{key}-x"
    data_of(await manager.put(f"/settings/exclusions/{excluded}", {"exclusion_type": "excluded"}, headers=ANY))
    known_work(
        monkeypatch,
        records_of(key, work(excluded, 3, issue="PROJ-3"), work(made.people[0], 2, issue="PROJ-4")),
    )
    found = await report(manager, **made.filters)
    assert amounts(found["write_offs"], "cause", "hours", "value") == [("excluded", "3.00", "90.00")]
    assert amounts(found["data"], "revenue", "open_hours", "write_off_value") == [("420.00", "2.00", "90.00")]


async def test_one_invoice_brings_its_month(manager: Caller, made: Invoiced) -> None:
    found = await report(manager, invoice_id=made.invoice_id, group_by="invoice")
    assert amounts(found["data"], "key", "name") == [(made.invoice_id, made.number)]
    assert found["period_from"] == "2026-02-01"


async def test_without_months_it_is_the_previous_one(manager: Caller, made: Invoiced) -> None:
    """Today is 1 March 2026."""
    found = await report(manager, application_key=made.key)
    assert (found["period_from"], found["period_to"]) == ("2026-02-01", "2026-02-28")
    later = await report(manager, application_key=made.key, period_from="2026-03")
    assert (later["data"], later["period_to"]) == ([], "2026-03-31")


async def test_files(manager: Caller, made: Invoiced) -> None:
    answer = await manager.get("/margins.csv", params=made.filters | {"group_by": "employee"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="margins-2026-02.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert amounts(rows, "name", "revenue", "net_margin") == [("Aziz", "300.00", "176.30"), ("Bek", "120.00", "45.00")]
    answer = await manager.get("/margins.xlsx", params=made.filters)
    header, row = openpyxl.load_workbook(io.BytesIO(answer.content))["Margins"].iter_rows(values_only=True)
    assert dict(zip(header, row, strict=True))["Net margin"] == 221.3
    answer = await manager.get("/margins/worklogs.csv", params=made.filters)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert amounts(rows, "employee", "cost", "contract") == [
        ("Aziz", "123.70", "Acme Support"),
        ("Bek", "75.00", "Acme Support"),
    ]
    answer = await manager.get("/margins/worklogs.xlsx", params=made.filters)
    assert len(list(openpyxl.load_workbook(io.BytesIO(answer.content))["Worklogs"].iter_rows())) == 3


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"period_from": "2026-13"}, "period_from"),
        ({"period_from": "2026-03", "period_to": "2026-02"}, "period_to"),
        ({"period_from": "2025-01", "period_to": "2026-01"}, "period_to"),
        ({"group_by": "colour"}, "group_by"),
        ({"currency": "MYR"}, "currency"),
        ({"from": "2026-01"}, "from"),
    ],
)
async def test_what_is_refused(manager: Caller, made: Invoiced, params: dict[str, str], field: str) -> None:
    error = error_of(
        await manager.get("/margins", params={"application_key": made.key} | params), 400, "VALIDATION_ERROR"
    )
    assert [each["path"] for each in error["details"]] == [field]


async def test_too_much_work_is_refused(manager: Caller, made: Invoiced, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "MOST_WORKLOGS", 1)
    error = error_of(await manager.get("/margins", params=made.filters), 400, "VALIDATION_ERROR")
    assert "2 worklogs match" in error["message"]


async def test_only_who_sees_costs_reads_margins(viewer: Caller, editor: Caller, made: Invoiced) -> None:
    for caller in (viewer, editor):
        for path in ("/margins", "/margins.csv", "/margins.xlsx", "/margins/worklogs", "/margins/flags"):
            error_of(await caller.get(path, params=made.filters), 403, "FORBIDDEN")
