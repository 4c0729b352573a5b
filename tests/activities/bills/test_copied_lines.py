"""The normalised lines in PostgreSQL: each with all its decimals, copied in one statement."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from activities.bills.file_reader import COPIED_COLUMNS, copy_rows
from activities.database.database_url import psycopg_url
from models.bills.cost_line import CostLine
from models.bills.tables import BillLineRow
from tests.fixtures.bill_files import FILES, focus_text, read, read_text


def copied(database_url: str, lines_path: Path, bill_no: int, bill_id: str) -> list[dict[str, Any]]:
    """Copy the lines of the bill and return its rows in their order."""
    url = psycopg_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    columns = ", ".join(COPIED_COLUMNS)
    with psycopg.connect(url, row_factory=dict_row) as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY vendor_bill_lines ({columns}) FROM STDIN (FORMAT csv)") as copy:
            for part in copy_rows(lines_path, bill_no, bill_id, 1):
                copy.write(part)
        cursor.execute(f"SELECT {columns} FROM vendor_bill_lines WHERE bill_id = %s ORDER BY position", [bill_id])
        return cursor.fetchall()


def test_the_columns_are_those_of_the_table_and_of_a_line() -> None:
    assert set(COPIED_COLUMNS) == set(BillLineRow.model_fields)
    assert set(COPIED_COLUMNS) == {"bill_id", "version", *CostLine.model_fields}


def test_each_bill_of_a_file_is_copied_alone_and_exactly(empty_database_url: str, tmp_path: Path) -> None:
    found = read(FILES / "cur2_invoice_shape.csv", tmp_path)
    for number, head in enumerate(found.content.bills):
        rows = copied(empty_database_url, tmp_path / "lines.parquet", number, head.provider_invoice_id)
        assert len(rows) == head.line_count
        assert sum(row["billed_cost"] for row in rows) == head.net + head.tax
        assert sum(row["billed_cost"] for row in rows if row["charge_category"] == "Tax") == head.tax
    first = copied(empty_database_url, tmp_path / "lines.parquet", 0, "again")[8]
    assert str(first["billed_cost"]) == "1.2E-7"
    assert first["description"] == "Requests"


def test_texts_moments_and_tags_survive(empty_database_url: str, tmp_path: Path) -> None:
    rows = (
        {"ChargeDescription": 'a "quoted", text;\nwith a break', "Tags": '{"note":"x\\u0000y\\n","n":1}'},
        {"ChargeDescription": "", "ResourceId": "", "BilledCost": "0.12345678901234567890123456789012345"},
        {"ChargeDescription": "\\.", "ServiceName": "nul\x00here"},
    )
    read_text(focus_text(*rows), tmp_path)
    first, second, third = copied(empty_database_url, tmp_path / "lines.parquet", 0, "bill")
    assert first["description"] == 'a "quoted", text;\nwith a break'
    assert first["tags"] == {"note": "xy\n", "n": "1"}
    assert first["charge_period_start"].isoformat() == "2026-09-03T00:00:00+00:00"
    assert (second["description"], second["resource_id"]) == ("", None)
    assert second["billed_cost"] == Decimal("0.12345678901234567890123456789012345")
    assert (third["description"], third["service_name"]) == ("\\.", "nulhere")
