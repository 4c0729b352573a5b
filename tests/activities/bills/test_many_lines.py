"""Files with more rows than a batch: keys, sums and limits do not depend on where a batch ends."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.bills.file_reader import ReaderLimits, read_bill_file
from activities.bills.lines.line_ordinals import LineOrdinals
from benchmarks import bill_file
from benchmarks.bills import result
from models.bills.file_content import FileHints, UnreadableFile
from models.bills.line_key import line_key
from tests.fixtures.bill_files import FILES, FOCUS_ROW, focus_text, read, read_text

LINES = 40_000


@given(st.lists(st.lists(st.integers(0, 5), max_size=8), max_size=6))
def test_ordinals_count_over_all_batches(batches: list[list[int]]) -> None:
    ordinals, counted = LineOrdinals(), Counter[int]()
    for batch in batches:
        expected = []
        for digest in batch:
            counted[digest] += 1
            expected.append(counted[digest])
        assert ordinals.of(np.array(batch, np.uint64)).tolist() == expected


def test_the_query_makes_the_keys_of_the_rule(tmp_path: Path) -> None:
    columns = ("InvoiceId", "ChargeCategory", "ChargeClass", "ServiceName", "ChargeDescription", "ResourceId")
    rest = ("ResourceName", "SkuId", "SubAccountId", "x_ProjectName", "ChargePeriodStart", "ChargePeriodEnd")
    texts = [FOCUS_ROW.get(name) for name in (*columns, *rest)]
    keys = [line["line_key"] for line in read_text(focus_text({}, {}), tmp_path).lines]
    assert keys == [line_key(texts), line_key(texts, 2)]


def test_a_corrected_cost_keeps_the_key_of_its_line(tmp_path: Path) -> None:
    before = read_text(focus_text({"BilledCost": "1.00"}), tmp_path).lines[0]
    after = read_text(focus_text({"BilledCost": "1.01"}), tmp_path).lines[0]
    assert before["line_key"] == after["line_key"]
    assert before["billed_cost"] != after["billed_cost"]


def test_csv_and_parquet_of_many_lines_are_the_same_bill(tmp_path: Path) -> None:
    csv, parquet = bill_file.write(tmp_path, LINES)
    first, second = read(csv, tmp_path), read(parquet, tmp_path)
    exact = duckdb.execute(
        f"SELECT InvoiceId, sum(BilledCost::DECIMAL(38, 14)) FROM read_csv('{csv}', all_varchar = true) GROUP BY ALL"
    ).fetchall()
    assert {head.provider_invoice_id: head.net + head.tax for head in first.content.bills} == dict(exact)
    assert [line["position"] for line in first.lines] == list(range(1, LINES + 1))
    assert len({line["line_key"] for line in first.lines}) == LINES
    assert first.content.rows == second.content.rows == LINES
    # a double has about 16 digits, and the costs of the CSV have up to 17: the sums differ by less than 1e-9
    for in_csv, in_parquet in zip(first.content.bills, second.content.bills, strict=True):
        assert abs(in_csv.net - in_parquet.net) < Decimal("1e-9")
        assert in_csv.line_count == in_parquet.line_count
    assert {line["tags"] for line in first.lines} == {line["tags"] for line in second.lines}


@pytest.mark.parametrize(
    "name", ["focus_1_4_invoice_detail_shape.csv", "bigquery_rows_shape.csv", "cur2_invoice_shape.csv"]
)
def test_a_csv_that_becomes_parquet_is_the_same_bill(name: str, tmp_path: Path) -> None:
    """DuckDB chooses the types: decimals become doubles, times timestamps with or without a zone, the others texts."""
    in_csv = read(FILES / name, tmp_path)
    duckdb.execute(f"COPY (FROM '{FILES / name}') TO '{tmp_path / 'bill.parquet'}' (FORMAT parquet)")
    in_parquet = read(tmp_path / "bill.parquet", tmp_path)
    assert in_parquet.content.bills == in_csv.content.bills
    assert [Decimal(line["billed_cost"]) for line in in_parquet.lines] == in_csv.costs


def test_a_bad_row_far_down_is_named(tmp_path: Path) -> None:
    rows: list[dict[str, str]] = [{}] * LINES + [{"BilledCost": "12..34"}] + [{}] * 10
    found = read_text(focus_text(*rows), tmp_path)
    assert [(problem.row, problem.value) for problem in found.content.problems] == [(LINES + 1, "12..34")]
    assert found.bill.net == LINES + 10


def test_a_short_record_far_down_is_named(tmp_path: Path) -> None:
    text = focus_text(*[{}] * LINES) + "1.00,only\n" + focus_text({}).splitlines()[1] + "\n"
    found = read_text(text, tmp_path)
    assert [(problem.code, problem.row) for problem in found.content.problems] == [("record_length", LINES + 1)]
    assert (found.content.rows, found.bill.net) == (LINES + 2, Decimal(LINES + 1))


def test_a_machine_without_memory_is_no_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "bill.csv").write_text(focus_text(*[{}] * 10))
    with pytest.raises(Exception, match=r"(?i)memory") as failed:
        read_bill_file(
            tmp_path / "bill.csv", FileHints(), tmp_path / "x.parquet", lambda _: None, ReaderLimits(memory_mib=1)
        )
    assert not isinstance(failed.value, UnreadableFile)


def test_the_lines_are_a_parquet_file_of_the_fields_of_a_line(tmp_path: Path) -> None:
    read_text(focus_text({}), tmp_path)
    names = pq.read_schema(tmp_path / "lines.parquet").names
    assert names[:2] == ["bill_no", "position"]
    assert {"line_key", "billed_cost", "tags"} <= set(names)


def test_the_benchmark_compares_each_import_with_the_sum_beside_it() -> None:
    imports: list[dict[str, float]] = [
        {"rows": 100, "read_seconds": 2, "text_seconds": 3, "seconds": 10, "peak_mib": 500}
    ]
    floors = [{"seconds": 3.0}]
    csv = result("csv", imports, floors)
    # 3 / 10 = 0.3, 3 / 3 = 1 and 100 rows / 10 s
    assert (csv.met, csv.figures["ratio"], csv.figures["ratio_without_postgres"]) == (True, 0.3, 1.0)
    assert csv.figures["rows_per_second"] == 10
    assert not result("csv", imports, [{"seconds": 2.9}]).met
    assert result("parquet", imports, [{"seconds": 0.01}]).met
    assert not result("parquet", [imports[0] | {"peak_mib": 600}], floors).met
