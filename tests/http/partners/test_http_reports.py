"""The reports of payouts and margins over HTTP (docs/specification/kpi.md 5.4 and 6)."""

import csv
import io
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.invoice.projection import InvoiceProjection
from models.invoice.invoice import Number
from models.invoice.status import Kind, Status
from models.partners.order_type import OrderType
from tests.fixtures.invoices import new_invoice
from tests.fixtures.orders import intake_fields
from tests.fixtures.partner_invoices import material, partner_content, partner_terms, rate
from tests.fixtures.partner_invoices import order as partner_order
from tests.http.callers import Caller, data_of, error_of

DAYS = {"from": "2026-02-01", "to": "2026-02-28"}


@pytest.fixture
def code() -> str:
    """The key of a partner and of an installer that no other test uses."""
    return f"T{uuid4().hex[:10].upper()}"


@pytest.fixture
async def jobs(manager: Caller, code: str) -> list[str]:
    """Three jobs of the 26th of February: two of an installer with a rate of 60.00, and one of nobody.

    The target is 100 minutes. The first took 70, for which the rate has a bonus of 5.00; the second took 120, and costs
    20.00.
    """
    installer = {"installer": code, "name": f"Ravi {code}", "installer_type": "subcon", "valid_from": "2026-01-01"}
    data_of(await manager.post("/settings/installers", installer), 201)
    paid = {
        "installer": code,
        "order_type": "value_added_service",
        "category": code,
        "amount": "60",
        "valid_from": "2026-01-01",
    }
    adjusted = {**paid, "on_time_bonus": "5", "late_penalty": "20"}
    data_of(await manager.post("/settings/installer-rates", adjusted), 201)
    target = {"order_type": "value_added_service", "method": code, "minutes": 100, "valid_from": "2026-01-01"}
    data_of(await manager.post("/settings/kpi-targets", target), 201)
    sent = (("1", f"ravi {code}", "10:50"), ("2", code, "10:00"), ("3", None, "11:00"))
    for number, who, set_out in sent:
        fields = intake_fields(
            f"{code}-{number}",
            partner_key=code,
            order_type="value_added_service",
            category=code,
            method=code,
            installer=who,
            on_the_way_at=f"2026-02-26T{set_out}:00+08:00",  # completed at 12:00
        )
        response = await manager.post("/orders", fields)
        assert response.status_code == 201, response.text
    return [f"{code}-{number}" for number, _, _ in sent]


async def read(caller: Caller, report: str, **query: str) -> dict[str, Any]:
    response = await caller.get(f"/reports/{report}", params=DAYS | query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_payouts_are_reported_by_installer_and_by_job(manager: Caller, code: str, jobs: list[str]) -> None:
    """60 + 5 and 60 - 20 are 105; the job of nobody is blocked."""
    report = await read(manager, "payout", partner=code)
    assert [row["key"] for row in report["data"]] == ["", code]
    sums = {
        "key": code,
        "name": f"Ravi {code}",
        "currency": "MYR",
        "jobs": 2,
        "on_time": 1,
        "late": 0,
        "exceeded": 1,
        "not_scored": 0,
        "blocked": 0,
        "rates": "120.00",
        "bonuses": "5.00",
        "penalties": "20.00",
        "payout": "105.00",
    }
    assert report["data"][1] == sums
    [total] = report["totals"]
    assert (total["jobs"], total["blocked"], total["payout"]) == (3, 1, "105.00")

    by_job = await read(manager, "payout", partner=code, group_by="job", per_page="2")
    assert (len(by_job["data"]), by_job["meta"]["total"]) == (2, 3)
    blocked, first = by_job["data"]
    assert (blocked["order_key"], blocked["blocked"], blocked["payout"]) == (jobs[2], "no_installer", None)
    named = ("minutes", "target_minutes", "result", "docket_minutes", "step", "adjustment", "payout")
    assert [first[field] for field in named] == [70, 100, "on_time", 20, "installer", "5.00", "65.00"]
    of_installer = await read(manager, "payout", installer=f"RAVI {code}", group_by="partner")
    assert [(row["key"], row["jobs"]) for row in of_installer["data"]] == [(code, 2)]


async def test_margins_are_those_of_invoiced_jobs(
    manager: Caller, code: str, jobs: list[str], engine: AsyncEngine, records: InvoiceProjection
) -> None:
    """The job is invoiced with 150.00 and its materials with 12.50; 150.00 - 65.00 = 85.00, 56.7 per cent."""
    order = partner_order(
        jobs[0], order_type=OrderType.VALUE_ADDED_SERVICE, category=code, materials=[material("12.50")]
    )
    card = rate("150", order_type=order.order_type, category=code)
    content = partner_content(order, terms=partner_terms(card))
    number = Number(series="TIME", seq=1, display=f"TIME-{code}")
    invoice = new_invoice(kind=Kind.PARTNER).model_copy(
        update={
            "id": uuid4().hex,
            "workflow_id": f"partner-invoice.{code}",
            "content": content,
            "status": Status.APPROVED,
            "number": number,
        }
    )
    await records.project(invoice)
    assert (await read(manager, "margin", partner=code))["not_invoiced"] == 3
    link = "UPDATE orders SET invoice_id = :id, state = state || jsonb_build_object('invoice_id', CAST(:id AS text))"
    async with engine.begin() as connection:
        await connection.execute(text(f"{link} WHERE order_key = :key"), {"id": invoice.id, "key": jobs[0]})

    report = await read(manager, "margin", partner=code, group_by="job")
    [row] = report["data"]
    named = ("order_key", "number", "job_amount", "kpi_amount", "invoiced", "materials", "payout", "margin")
    assert [row[field] for field in named] == [
        jobs[0],
        f"TIME-{code}",
        "150.00",
        "0.00",
        "150.00",
        "12.50",
        "65.00",
        "85.00",
    ]
    assert (row["margin_percent"], report["not_invoiced"]) == ("56.7", 2)
    for group_by, group in (("building", "Menara TM"), ("partner", code), ("installer", code)):
        [row] = (await read(manager, "margin", partner=code, group_by=group_by))["data"]
        assert (row["key"], row["margin"], row["margin_percent"]) == (group, "85.00", "56.7")
    response = await manager.get("/reports/margin.csv", params=DAYS | {"partner": code})
    [line] = csv.DictReader(io.StringIO(response.text, newline=""))
    assert (line["key"], line["margin"]) == (code, "85.00")


async def test_the_files_have_the_rows_of_the_report(manager: Caller, code: str, jobs: list[str]) -> None:
    query = DAYS | {"partner": code, "group_by": "job"}
    response = await manager.get("/reports/payout.csv", params=query)
    name = "payout-2026-02-01-2026-02-28"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    lines = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert [(line["order_key"], line["payout"]) for line in lines] == [
        (jobs[2], ""),
        (jobs[0], "65.00"),
        (jobs[1], "40.00"),
    ]
    response = await manager.get("/reports/payout.xlsx", params=query)
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}.xlsx"'
    sheet = load_workbook(io.BytesIO(response.content))["Payout"]
    titles = [str(cell.value) for cell in sheet[1]]
    amounts = [row[titles.index("Payout")] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [None if each is None else Decimal(str(each)) for each in amounts] == [None, 65, 40]
    response = await manager.get("/reports/margin.xlsx", params=query)
    assert load_workbook(io.BytesIO(response.content))["Margin"].max_row == 1


@pytest.mark.parametrize("report", ["payout", "payout.csv", "payout.xlsx", "margin", "margin.csv", "margin.xlsx"])
async def test_they_are_for_managers(editor: Caller, report: str) -> None:
    error_of(await editor.get(f"/reports/{report}", params=DAYS), 403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"to": "2026-02-28"}, "from"),
        ({"from": "2026-03-01", "to": "2026-02-28"}, "to"),
        ({"from": "2025-01-01", "to": "2026-01-02"}, "to"),
        (DAYS | {"group_by": "month"}, "group_by"),
        (DAYS | {"partner": "no key"}, "partner"),
    ],
)
async def test_a_wrong_query_names_its_field(manager: Caller, query: dict[str, str], path: str) -> None:
    error = error_of(await manager.get("/reports/payout", params=query), 400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in error["details"]] == [path]
