"""Invoices of DigitalOcean, as CSV and as answers of the API (docs/specification/bills.md 4.7)."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.bills.bill import BillStatus, SourceFile
from models.bills.file_content import UnreadableFile, bill_of
from tests.fixtures.bill_files import APRIL, FILES, read, read_text

HEADER = "product,group_description,description,hours,start,end,USD,project_name,category"
MONTH = "2026-04-01 00:00:00 +0000,2026-05-01 00:00:00 +0000"
UUID = "0f9d1c1e-0000-4000-8000-202604000001"
TWO_PAGES = ("items_page1", "items_page2")


def answer(name: str) -> Any:
    return json.loads((FILES / f"invoice_2026_04_{name}.json").read_text())


def test_the_bill_of_april_has_the_figures_of_its_specification(tmp_path: Path) -> None:
    found = read(APRIL, tmp_path, provider_invoice_id=UUID, number="512345678")
    head = found.bill
    assert (head.provider, head.account, head.provider_invoice_id, head.number) == (
        "digitalocean",
        "main",
        UUID,
        "512345678",
    )
    assert (head.status, head.line_count, found.content.rows) == (BillStatus.ISSUED, 33, 33)
    assert (head.net, head.tax) == (Decimal("79.02"), Decimal("7.90"))
    assert (head.period_start, head.period_end) == (date(2026, 4, 1), date(2026, 5, 1))
    bill = bill_of(head, SourceFile(sha256="0" * 64, name="a.csv", format="digitalocean", size=1, rows=33), 1)
    assert (bill.totals.gross_minor, bill.totals.tax_minor, bill.totals.net_minor) == (8692, 790, 7902)
    assert bill.totals.rounding_minor == 0
    assert bill.is_payable
    assert bill.key.workflow_id == f"vendor-bill.digitalocean.main.{UUID}"


def test_only_the_product_taxes_is_tax(tmp_path: Path) -> None:
    lines = read(APRIL, tmp_path).lines
    taxes = [line for line in lines if line["charge_category"] == "Tax"]
    assert {line["service_name"] for line in taxes} == {"Taxes"}
    with_word = [line for line in lines if "gst" in line["description"].lower() or "tax" in line["description"].lower()]
    # gstreamer-worker 6.00, tax-api 6.00 and syntax-db-old 0.30 would be counted as tax: 7.90 + 12.30 = 20.20
    assert sum(Decimal(line["billed_cost"]) for line in with_word) == Decimal("20.20")
    assert sum(Decimal(line["billed_cost"]) for line in taxes) == Decimal("7.90")


def test_equal_rows_are_two_lines_with_keys_of_their_own(tmp_path: Path) -> None:
    lines = read(APRIL, tmp_path).lines
    keys = [line["line_key"] for line in lines if line["description"] == "build-7 (c-2)"]
    assert len(keys) == 2
    assert keys[1] == f"{keys[0]}.2"
    assert len({line["line_key"] for line in lines}) == 33


def test_terms_of_focus(tmp_path: Path) -> None:
    lines = read(APRIL, tmp_path).lines
    by_category = Counter(line["charge_category"] for line in lines)
    assert by_category["Credit"] == 1
    assert by_category["Purchase"] == 1  # Spaces Subscription
    web = lines[0]
    assert (web["service_name"], web["service_category"], web["provider_name"]) == (
        "Droplets",
        "Compute",
        "DigitalOcean",
    )
    assert (web["quantity"], web["unit"], web["project_name"]) == ("720", "Hours", "shop")
    cluster = next(line for line in lines if line["service_name"] == "Kubernetes Clusters")
    assert cluster["resource_name"] == "doks-prod"
    tax = next(line for line in lines if line["charge_category"] == "Tax")
    assert (tax["quantity"], tax["unit"]) == (None, None)  # empty hours
    assert tax["charge_period_end"] == datetime(2026, 5, 1, tzinfo=UTC)  # written as 23:59:59


def test_the_older_header_has_no_category_and_the_same_totals(tmp_path: Path) -> None:
    shorter = "\n".join(line.rpartition(",")[0] for line in APRIL.read_text().splitlines())
    head = read_text(shorter, tmp_path).bill
    assert (head.line_count, head.net, head.tax) == (33, Decimal("79.02"), Decimal("7.90"))


def test_amounts_in_all_spellings(tmp_path: Path) -> None:
    amounts = ("-$5.00", "$-5.00", "($5.00)", '"$1,234.56"', "$0.015")
    rows = [f"Droplets,,d,,{MONTH},{amount},," for amount in amounts]
    found = read_text("\n".join([HEADER, *rows]), tmp_path)
    # 3 x -5.00 + 1234.56 + 0.015 = 1219.575
    assert found.bill.net == Decimal("1219.575")
    assert found.costs == [Decimal(text) for text in ("-5.00", "-5.00", "-5.00", "1234.56", "0.015")]
    assert [line["charge_category"] for line in found.lines] == ["Credit", "Credit", "Credit", "Usage", "Usage"]
    # as single amounts -500 x 3 + 123456 + 2 = 121958; 1219.575 is rounded to 121958
    assert found.bill.line_minor_sum == 121958


def test_the_column_of_the_amounts_names_the_currency(tmp_path: Path) -> None:
    text = f"{HEADER.replace('USD', 'EUR')}\nDroplets,,d,1,{MONTH},€3.00,,\n"
    assert read_text(text, tmp_path).bill.currency == "EUR"


def test_an_unreadable_amount_is_named_and_the_bill_is_held(tmp_path: Path) -> None:
    text = f"{HEADER}\nDroplets,,a,1,{MONTH},$1.00,,\nDroplets,,b,1,{MONTH},12..34,,\n"
    found = read_text(text, tmp_path)
    (problem,) = found.bill.problems[:1]
    assert (problem.row, problem.column, problem.value, problem.contradicts_total) == (2, "USD", "12..34", True)
    assert "12..34" in problem.message
    assert (found.content.rows, found.bill.line_count, found.bill.net) == (2, 1, Decimal("1.00"))
    assert found.lines[0]["position"] == 1


def test_without_an_id_the_bill_is_open(tmp_path: Path) -> None:
    found = read(APRIL, tmp_path)
    assert found.bill.status is BillStatus.OPEN
    assert found.bill.provider_invoice_id == "open.digitalocean.main.2026-04.USD"
    assert found.codes() == ["invoice_id_missing"]
    assert not found.content.problems[0].contradicts_total


def test_all_pages_and_the_summary_are_the_bill_of_the_csv(tmp_path: Path) -> None:
    answers = [answer(name) for name in (*TWO_PAGES, "summary")]
    found = read_text(json.dumps(answers), tmp_path, "items.json")
    head = found.bill
    assert (head.provider_invoice_id, head.number, head.status) == (UUID, "512345678", BillStatus.ISSUED)
    assert (head.line_count, head.net, head.tax) == (33, Decimal("79.02"), Decimal("7.90"))
    assert (head.stated_total, head.problems) == (Decimal("86.92"), ())
    assert found.lines[0]["resource_id"] == "00000000-0000-4000-8000-000000000000"
    assert sorted(found.costs) == sorted(read(APRIL, tmp_path).costs)


def test_a_first_page_alone_is_kept_and_held(tmp_path: Path) -> None:
    found = read_text(json.dumps(answer("items_page1")), tmp_path, "items.json", provider_invoice_id=UUID)
    assert found.bill.net == Decimal("77.84")
    (problem,) = found.bill.problems
    assert (problem.code, problem.contradicts_total) == ("items_missing", True)
    assert "20 of 33" in problem.message


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"amount": "86.93"}, {"summary_differs", "stated_total_differs"}),
        # 83.64 + 0.38 + 7.91 - 5.01 is 86.92 as well, but the tax is not that of the lines
        (
            {"taxes": {"amount": "7.91"}, "credits_and_adjustments": {"amount": "-5.01"}},
            {"stated_tax_differs"},
        ),
    ],
)
def test_a_summary_that_differs_holds_the_bill(change: dict[str, Any], codes: set[str], tmp_path: Path) -> None:
    answers = [*(answer(name) for name in TWO_PAGES), answer("summary") | change]
    head = read_text(json.dumps(answers), tmp_path, "items.json").bill
    assert {problem.code for problem in head.problems} == codes
    assert all(problem.contradicts_total for problem in head.problems)


def test_a_preview_is_open_even_with_an_id(tmp_path: Path) -> None:
    preview = {"invoice_uuid": UUID, "preview": True, "amount": "86.92"}
    answers = [*(answer(name) for name in TWO_PAGES), preview]
    head = read_text(json.dumps(answers), tmp_path, "items.json").bill
    assert (head.provider_invoice_id, head.status) == (UUID, BillStatus.OPEN)


@pytest.mark.parametrize("content", ['{"invoices": []}', '{"amount": "1"}', "[1]", "{broken", '{"invoice_items": {}}'])
def test_an_answer_without_items_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"invoice_items|JSON"):
        read_text(content, tmp_path, "items.json")
