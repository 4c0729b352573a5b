"""Every public sample file has the totals of its description, to the last digit."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from models.values.currencies import Currency
from tests.fixtures.bill_files import read, read_text

FIRST = "open.amazon-web-services"

# File, rows, gross, tax, and where it is known the gross of each bill by the end of its id.
TOTALS: tuple[tuple[str, int, str, str, dict[str, str]], ...] = (
    ("focus/focus_1_0_sample_1000.csv", 1000, "20.52022672899", "0", {}),
    (
        "focus/focus_1_2_aws_100.csv",
        100,
        "1157.48882377213324",
        "22.944899",
        {"INV-2026-05-0001": "916.35661193320386", "INV-2026-05-0002": "241.13221183892938"},
    ),
    (
        "focus/focus_1_2_aws_100.parquet",
        100,
        "1157.48882377213324",
        "22.944899",
        {"INV-2026-05-0001": "916.35661193320386", "INV-2026-05-0002": "241.13221183892938"},
    ),
    (
        "focus/focus_1_2_azure_25_credit.csv",
        25,
        "592.78529887618795",
        "45.341985",
        {"INV-2026-05-000001": "57.54728606588099", "INV-2026-05-000002": "535.23801281030696"},
    ),
    (
        "focus/focus_1_3_gcp_100.csv",
        100,
        "1587.81993053025980",
        "58.059899",
        {"INV-2026-05-A7B8C9": "1035.23148937973243", "INV-2026-05-F70819": "552.58844115052737"},
    ),
    (
        "focus/focus_1_3_consolidated_2_currencies.csv",
        4,
        "308.00",
        "8.00",
        {"INV-A": "108.00", "INV-B": "100.00", "INV-C": "100.00"},
    ),
    (
        "focus/aws_focus_1_2_export_shape.csv.gz",
        10,
        "191.1400006456",
        "32.04",
        {"EXMP-2026-0091": "192.2400006456", "EXMP-2026-0092": "-1.1"},
    ),
    (
        "focus/focus_1_4_invoice_detail_shape.csv",
        9,
        "1772.52",
        "153.07",
        {"EC-1001": "1375.72", "EC-1002": "-22.00", "EC-1004": "88.80", "EC-1003": "330.00"},
    ),
    ("aws/cur_legacy_2023_11.csv", 1281, "1.68230869740", "0.08", {}),
    ("aws/cur2_4_rows.csv", 4, "0.0652", "0", {}),
    (
        "aws/cur2_invoice_shape.csv",
        16,
        "3666.23000002",
        "32.63",
        {"1234567890": "171.76000002", "1234567999": "-6.30", "1234568000": "3500.0"},
    ),
    (
        "aws/cur2_invoice_shape.parquet",
        16,
        "3666.23000002",
        "32.63",
        {"1234567890": "171.76000002", "1234567999": "-6.30", "1234568000": "3500.0"},
    ),
    ("azure/ea_actual_cad_2023_09.csv", 27, "1.26136926505726", "0", {}),
    ("azure/ea_actual_usd_2023_09.csv", 11, "8.5450077867419368", "0", {}),
    ("azure/german_header_1_row.csv", 1, "0.075", "0", {}),
    ("gcp/cost_table_invoice_shape.csv", 9, "1131.28", "103.88", {"5123456789": "1131.28"}),
    ("gcp/bigquery_rows_shape.csv", 6, "1.149998", "0.10", {"2026-07.USD": "0.899998", "2026-08.USD": "0.25"}),
    ("hetzner/hetzner_en_2025_10.csv", 6, "110.4400", "0", {}),
    ("hetzner/hetzner_en_2025_11.csv", 6, "83.9400", "0", {}),
    ("hetzner/hetzner_de_shape.csv", 6, "1038.4480", "0", {}),
    ("digitalocean/invoice_sample.csv", 2, "3.27", "0.16", {}),
    ("digitalocean/invoice_2026_04_33_lines.csv", 33, "86.92", "7.90", {}),
    ("digitalocean/api_invoice.json", 2, "46.79", "0", {}),
    ("digitalocean/invoice_2026_04_items_page1.json", 20, "77.84", "0", {}),
    ("digitalocean/invoice_2026_04_items_page2.json", 13, "9.08", "7.90", {}),
)


@pytest.mark.parametrize(("name", "rows", "gross", "tax", "bills"), TOTALS, ids=[each[0] for each in TOTALS])
def test_a_file_has_its_totals(
    name: str, rows: int, gross: str, tax: str, bills: dict[str, str], public_data: Path, tmp_path: Path
) -> None:
    hints = {"currency": Currency.USD} if name == "aws/cur2_4_rows.csv" else {}
    found = read(public_data / name, tmp_path, **hints)
    heads = found.content.bills
    assert found.content.rows == rows
    assert sum(head.net + head.tax for head in heads) == Decimal(gross)
    assert sum(head.tax for head in heads) == Decimal(tax)
    assert sum(found.costs) == Decimal(gross)
    assert sum(head.line_count for head in heads) == len(found.lines) == rows
    by_end = {
        end: sum(head.net + head.tax for head in heads if head.provider_invoice_id.endswith(end)) for end in bills
    }
    assert by_end == {end: Decimal(amount) for end, amount in bills.items()}
    assert not [problem for problem in found.content.problems if problem.row]


def test_effective_costs_are_kept_for_analysis(public_data: Path, tmp_path: Path) -> None:
    lines = read(public_data / "focus/focus_1_2_aws_100.csv", tmp_path).lines
    assert sum(Decimal(line["effective_cost"]) for line in lines) == Decimal("403.45921877213324")


def test_categories_of_the_official_sample(public_data: Path, tmp_path: Path) -> None:
    found = read(public_data / "focus/focus_1_0_sample_1000.csv", tmp_path)
    sums: dict[str, Decimal] = {}
    for line in found.lines:
        sums[line["charge_category"]] = sums.get(line["charge_category"], Decimal(0)) + Decimal(line["billed_cost"])
    assert sums == {
        "Usage": Decimal("22.86192672899"),
        "Credit": Decimal("-2.61370000000"),
        "Adjustment": Decimal("0.27200000000"),
    }
    # three providers, of which one has three companies and one two periods
    assert [head.provider for head in found.content.bills].count("aws") == 3
    assert sum(line["contracted_cost"] is None for line in found.lines) == 7


def test_the_pages_of_the_api_with_their_summary(public_data: Path, tmp_path: Path) -> None:
    folder = public_data / "digitalocean"
    names = ("items_page1", "items_page2", "summary")
    answers = [json.loads((folder / f"invoice_2026_04_{name}.json").read_text()) for name in names]
    head = read_text(json.dumps(answers), tmp_path, "items.json").bill
    assert (head.net + head.tax, head.tax, head.problems) == (Decimal("86.92"), Decimal("7.90"), ())
