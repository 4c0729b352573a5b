"""The payments of all invoices over HTTP: what each says, filters, words, sums, pages and files."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.invoice.projection import InvoiceProjection
from models.invoice.invoice import Invoice
from tests.http.accounting.paid_invoices import stored
from tests.http.callers import Caller, Rules, error_of

# The newest day first; of one day the order is that of the ids.
REFERENCES = {"wire 9", "doc 4712", "платёж 88", "Doc 4711 of Acme"}


@pytest.fixture
def records(registry_engine: AsyncEngine) -> InvoiceProjection:
    return InvoiceProjection(registry_engine)


@pytest.fixture
async def invoices(rules: Rules) -> dict[str, Invoice]:
    return await stored(rules, "PAID")


async def listed(viewer: Caller, **query: Any) -> dict[str, Any]:
    response = await viewer.get("/payments", params=query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_a_payment_says_what_it_is_and_whose(registry_viewer: Caller, invoices: dict[str, Invoice]) -> None:
    found = await listed(registry_viewer)
    assert [each["paid_on"] for each in found["data"]] == ["2026-02-27", "2026-02-25", "2026-02-25", "2026-02-20"]
    assert {each["reference"] for each in found["data"]} == REFERENCES
    by_reference = {each["reference"]: each for each in found["data"]}
    over = by_reference["платёж 88"]
    # 16,000,000 for an invoice of 15,825,000
    assert (over["amount"], over["surplus"], over["balance"]) == ("16000000.00", "175000.00", "0.00")
    assert (over["currency"], over["customer_key"], over["company_name"]) == ("UZS", "CUST-B", "CUST-B LLC")
    assert (over["invoice_id"], over["display_number"]) == (invoices["over"].id, invoices["over"].display_number)
    assert (over["recorded_by"], over["recorded_at"], over["status"]) == ("lena", "2026-03-01T06:00:00Z", "paid")
    assert (over["payment_id"], over["reversed"], over["bank_slip"]) == ("2026-02-25 платёж 88", None, None)
    back = by_reference["doc 4712"]
    assert back["reversed"] == {"by": "marat", "at": "2026-03-01T06:00:00Z", "reason": "booked twice"}
    assert back["balance"] == "14825000.00"  # 15,825,000 - 1,000,000


@pytest.mark.usefixtures("invoices")
async def test_the_sums_are_of_what_counts(registry_viewer: Caller) -> None:
    assert (await listed(registry_viewer))["totals"] == [
        {"currency": "USD", "payments": 1, "amount": "1000000.00", "reversed": 0},
        {"currency": "UZS", "payments": 2, "amount": "17000000.00", "reversed": 1},
    ]


@pytest.mark.usefixtures("invoices")
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"paid_from": "2026-02-25"}, REFERENCES - {"Doc 4711 of Acme"}),
        ({"paid_to": "2026-02-25"}, REFERENCES - {"wire 9"}),
        ({"paid_from": "2026-02-26", "paid_to": "2026-02-26"}, set()),
        ({"currency": "USD"}, {"wire 9"}),
        ({"customer_key": "CUST-A"}, REFERENCES - {"платёж 88"}),
        ({"kind": "partner"}, set()),
        ({"kind": "service"}, REFERENCES),
        ({"reversed": True}, {"doc 4712"}),
        ({"reversed": False}, REFERENCES - {"doc 4712"}),
        ({"min_amount": "1000000", "max_amount": "1000000"}, {"wire 9", "Doc 4711 of Acme"}),
        ({"min_amount": "2000000.01"}, {"платёж 88"}),
        ({"q": "4711"}, {"Doc 4711 of Acme"}),
        ({"q": "DOC 47"}, {"Doc 4711 of Acme", "doc 4712"}),
        ({"q": "платеж"}, {"платёж 88"}),
        ({"q": "CUST-B"}, {"платёж 88"}),
        ({"q": "doc cust-b"}, set()),
        ({"q": "nobody"}, set()),
    ],
)
async def test_filters(registry_viewer: Caller, query: dict[str, Any], wanted: set[str]) -> None:
    found = await listed(registry_viewer, **query)
    assert {each["reference"] for each in found["data"]} == wanted
    assert sum(each["payments"] + each["reversed"] for each in found["totals"]) == len(wanted)


@pytest.mark.usefixtures("invoices")
async def test_the_pages_join_and_a_cursor_is_of_one_list(registry_viewer: Caller) -> None:
    whole = (await listed(registry_viewer))["data"]
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {"per_page": 1}
    while True:
        found = await listed(registry_viewer, **query)
        seen += found["data"]
        if found["next_cursor"] is None:
            break
        query["cursor"] = found["next_cursor"]
    assert seen == whole
    other = {"currency": "UZS", "cursor": query["cursor"]}
    assert error_of(await registry_viewer.get("/payments", params=other), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"paid_from": "2026-02-02", "paid_to": "2026-02-01"}, "paid_to"),
        ({"min_amount": "2", "max_amount": "1"}, "max_amount"),
        ({"min_amount": "1.500"}, "min_amount"),
        ({"q": "..."}, "q"),
        ({"cursor": "abc"}, "cursor"),
        ({"paid_on": "2026-02-01"}, "paid_on"),
    ],
)
async def test_what_is_wrong_is_named(registry_viewer: Caller, query: dict[str, str], path: str) -> None:
    error = error_of(await registry_viewer.get("/payments", params=query), 400, "VALIDATION_ERROR")
    assert [each["path"] for each in error["details"]] == [path]


@pytest.mark.usefixtures("invoices")
async def test_the_files_have_the_payments_that_match(registry_viewer: Caller) -> None:
    query = {"currency": "UZS"}
    text = (await registry_viewer.get("/payments.csv", params=query)).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["paid_on"], row["amount"]) for row in rows] == [
        (each["paid_on"], each["amount"]) for each in (await listed(registry_viewer, **query))["data"]
    ]
    assert {row["reversed_by"] for row in rows} == {"", "marat"}
    file = await registry_viewer.get("/payments.xlsx", params=query)
    head, *cells = load_workbook(io.BytesIO(file.content))["Payments"].iter_rows(values_only=True)
    assert sum(Decimal(str(row[head.index("Amount")])) for row in cells) == Decimal(19_000_000)
    empty = (await registry_viewer.get("/payments.csv", params={"q": "nobody"})).text
    assert len(empty.splitlines()) == 1
