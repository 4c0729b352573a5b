"""The registry as CSV and XLSX, read by the libraries for these formats."""

import csv
import io
import random
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncEngine

from api.registry import downloads, exports
from tests.http.callers import Caller, error_of
from tests.http.registry.registry_rows import Row, in_order, row, rows, store

CONTRACT = "Сопровождение"


@pytest.fixture(scope="module")
async def stored(registry_engine: AsyncEngine) -> list[Row]:
    made = rows(200, seed=11)
    await store(registry_engine, made)
    return made


async def csv_rows(viewer: Caller, **query: Any) -> list[dict[str, str]]:
    response = await viewer.get("/invoices.csv", params=query)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="invoices-2026-03-01.csv"'
    return list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))


async def sheet_rows(viewer: Caller, **query: Any) -> list[dict[str, Any]]:
    response = await viewer.get("/invoices.xlsx", params=query)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Disposition"] == 'attachment; filename="invoices-2026-03-01.xlsx"'
    sheet = load_workbook(io.BytesIO(response.content))["Invoices"]
    titles = [str(cell.value) for cell in sheet[1]]
    assert all(cell.font.bold for cell in sheet[1])
    assert [sheet.freeze_panes, sheet.auto_filter.ref] == ["A2", f"A1:Y{sheet.max_row}"]
    return [dict(zip(titles, cells, strict=True)) for cells in sheet.iter_rows(min_row=2)]


async def test_csv_has_every_row_in_order_with_exact_amounts(registry_viewer: Caller, stored: list[Row]) -> None:
    found = await csv_rows(registry_viewer, sort="due_date", order="asc")
    expected = in_order(stored, "due_date", "asc")
    assert [line["id"] for line in found] == [r["id"] for r in expected]
    assert [line["total_amount"] for line in found] == [f"{r['total_amount']:.2f}" for r in expected]
    assert [line["written_off_amount"] for line in found] == [f"{r['written_off_amount']:.2f}" for r in expected]
    assert [line["credit_amount"] for line in found] == [f"{r['credit_amount']:.2f}" for r in expected]
    assert [line["due_date"] for line in found] == [str(r["due_date"] or "") for r in expected]
    assert [line["display_number"] for line in found] == [r["number"] or "" for r in expected]
    assert [line["held"] for line in found] == ["true" if r["held"] else "false" for r in expected]
    assert [datetime.fromisoformat(line["created_at"]) for line in found] == [r["created_at"] for r in expected]


async def test_csv_takes_the_filters_of_the_list(registry_viewer: Caller, stored: list[Row]) -> None:
    found = await csv_rows(registry_viewer, q="сопров", status=["sent", "draft"])
    expected = [r for r in stored if r["application_name"] == CONTRACT and r["status"] in ("sent", "draft")]
    assert [line["id"] for line in found] == [r["id"] for r in in_order(expected)]


@pytest.mark.usefixtures("stored")
async def test_csv_without_invoices_has_only_the_header(registry_viewer: Caller) -> None:
    response = await registry_viewer.get("/invoices.csv", params={"application_key": "nobody"})
    assert response.content.decode().startswith("display_number,status,kind,company_name,")
    assert response.content.endswith(b",created_at,id\r\n")
    assert response.content.count(b"\r\n") == 1


@pytest.mark.usefixtures("stored")
async def test_a_byte_order_mark_for_excel(registry_viewer: Caller) -> None:
    with_mark = await registry_viewer.get("/invoices.csv", params={"bom": True})
    without = await registry_viewer.get("/invoices.csv")
    assert with_mark.content == b"\xef\xbb\xbf" + without.content


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1"])
async def test_a_name_never_acts_as_a_formula(registry_viewer: Caller, registry_engine: AsyncEngine, name: str) -> None:
    dice = random.Random(name)  # noqa: S311 (no secret)
    key = f"CUST-{dice.randrange(10**9)}"
    made = row(dice.randrange(10**6, 10**9), dice, customer_name=name, customer_key=key, status="void")
    await store(registry_engine, [made])
    [line] = await csv_rows(registry_viewer, customer_key=made["customer_key"])
    assert line["company_name"] == f"'{name}"
    [cells] = await sheet_rows(registry_viewer, customer_key=made["customer_key"])
    assert cells["Company"].data_type == "s"
    assert cells["Company"].value.strip() == name.strip()


async def test_a_sheet_has_numbers_and_days(registry_viewer: Caller, stored: list[Row]) -> None:
    found = await sheet_rows(registry_viewer, status=["sent", "draft"], sort="total_amount")
    expected = in_order([r for r in stored if r["status"] in ("sent", "draft")], "total_amount")
    assert [cells["Id"].value for cells in found] == [r["id"] for r in expected]
    assert [Decimal(str(cells["Total"].value)) for cells in found] == [r["total_amount"] for r in expected]
    assert {cells["Balance"].number_format for cells in found} == {"#,##0.00##"}
    assert [cells["Due date"].value and cells["Due date"].value.date() for cells in found] == [
        r["due_date"] for r in expected
    ]
    assert {cells["Invoice date"].number_format for cells in found} == {"yyyy-mm-dd"}
    tashkent = [r["created_at"].astimezone(ZoneInfo("Asia/Tashkent")).replace(tzinfo=None) for r in expected]
    assert [cells["Created (Asia/Tashkent)"].value for cells in found] == tashkent
    assert [cells["Held"].value for cells in found] == [r["held"] for r in expected]


@pytest.mark.usefixtures("stored")
async def test_too_many_for_a_sheet(registry_viewer: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MOST_ROWS_OF_A_SHEET", 10)
    for query in ({}, {"period_from": "2025-01"}):
        error = error_of(await registry_viewer.get("/invoices.xlsx", params=query), 400, "VALIDATION_ERROR")
        assert "More than 10 invoices" in error["message"]
    assert len(await csv_rows(registry_viewer)) > 10


@pytest.mark.parametrize("path", ["/invoices.csv", "/invoices.xlsx", "/invoices/open-items", "/invoices"])
async def test_exports_need_a_login(registry_viewer: Caller, path: str) -> None:
    assert (await registry_viewer.get(path)).status_code == 200
    error_of(await registry_viewer.http.get(f"/api/v1{path}"), 401, "UNAUTHORIZED")


@pytest.mark.parametrize("query", [{"page": 1}, {"cursor": "x"}, {"status": "open"}, {"period_to": "soon"}])
@pytest.mark.parametrize("path", ["/invoices.csv", "/invoices.xlsx"])
async def test_a_bad_parameter(registry_viewer: Caller, path: str, query: dict[str, Any]) -> None:
    error_of(await registry_viewer.get(path, params=query), 400, "VALIDATION_ERROR")


async def test_an_export_shows_one_moment(
    registry_viewer: Caller, registry_engine: AsyncEngine, stored: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invoices that are added while the file is written are not in it."""
    monkeypatch.setattr("api.registry.streams.BATCH", 20)
    before = {line["id"] for line in await csv_rows(registry_viewer)}
    text, dice = exports.csv_text, random.Random(3)  # noqa: S311 (no secret)

    async def interrupted(*args: Any, **options: Any) -> Any:
        n = 0
        async for chunk in text(*args, **options):
            yield chunk
            n += 1
            await store(registry_engine, [row(dice.randrange(10**6, 10**9), dice)])
        assert n > 5

    monkeypatch.setattr(exports, "csv_text", interrupted)
    assert {line["id"] for line in await csv_rows(registry_viewer)} == before
    assert before >= {r["id"] for r in stored}
