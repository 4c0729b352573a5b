"""Files in other encodings, packings and shapes, and what is no bill (docs/specification/bills.md 4.10)."""

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from activities.bills.file_reader import read_bill_file
from models.bills.file_content import FileHints, UnreadableFile
from tests.fixtures.bill_files import focus_text, read_text


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), id="UTF-8 with a mark"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16"),
        pytest.param(lambda text: text.encode("utf-16-be"), id="UTF-16 without a mark"),
        pytest.param(lambda text: text.encode("cp1252"), id="Windows-1252"),
        pytest.param(lambda text: gzip.compress(text.encode()), id="gzip"),
        pytest.param(lambda text: gzip.compress(text.encode("utf-16")), id="UTF-16 in gzip"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(lambda text: text.replace("\n", "\n\n").encode(), id="blank lines"),
        pytest.param(lambda text: b"sep=,\n" + text.encode(), id="a line for Excel"),
    ],
)
def test_a_file_in_another_wrapping_is_the_same_file(encoded: object, tmp_path: Path) -> None:
    assert callable(encoded)
    text = focus_text({"ChargeDescription": "Größe é"}, {"BilledCost": "2.5"})
    found = read_text(encoded(text), tmp_path)
    assert (found.content.rows, found.bill.net, found.content.problems) == (2, Decimal("3.5"), ())
    assert found.lines[0]["description"] == "Größe é"
    assert found.content.header[0] == "BilledCost"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(delimiter: str, tmp_path: Path) -> None:
    found = read_text(focus_text({}, {}, delimiter=delimiter), tmp_path)
    assert found.bill.net == 2


def test_semicolons_with_decimal_commas(tmp_path: Path) -> None:
    rows = ({"BilledCost": "1.234,50"}, {"BilledCost": "1.234"}, {"BilledCost": "0,5"})
    comma = {"EffectiveCost": "0,90", "ListCost": "1,20", "ContractedCost": "1,00"}
    found = read_text(focus_text(*({**comma, **row} for row in rows), delimiter=";"), tmp_path)
    # 1234.50 + 1234 + 0.5 = 2469.00
    assert found.bill.net == Decimal("2469")
    assert found.lines[0]["effective_cost"] == "0.90"
    assert found.content.problems == ()


def test_a_comma_between_semicolons_must_have_one_reading(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="'1,500' may have a decimal comma"):
        read_text(focus_text({"BilledCost": "1,500"}, delimiter=";").encode("utf-16"), tmp_path)
    found = read_text(focus_text({"BilledCost": "1,500"}, {"BilledCost": "0.5"}, delimiter=";"), tmp_path)
    assert found.bill.net == Decimal("1500.5")


def test_a_record_of_another_length_is_named_and_never_shifted(tmp_path: Path) -> None:
    text = focus_text({}, {"BilledCost": "2"}, {"BilledCost": "4"}, {"BilledCost": "8"})
    lines = text.splitlines()
    lines[2] = lines[2].rpartition(",")[0].rpartition(",")[0]  # two fields fewer
    lines[4] += ",more"
    found = read_text("\n".join(lines), tmp_path)
    assert [(each.code, each.row, each.contradicts_total) for each in found.content.problems] == [
        ("record_length", 2, True),
        ("record_length", 4, True),
    ]
    # 1 + 4: the records 2 and 4 are left out
    assert found.bill.net == 5
    assert any(problem.contradicts_total for problem in found.bill.problems)
    assert found.content.rows == 4


def test_a_record_without_its_last_field_is_completed(tmp_path: Path) -> None:
    lines = focus_text({}, {"BilledCost": "2", "Tags": ""}).splitlines()
    lines[2] = lines[2].rpartition(",")[0]
    found = read_text("\n".join(lines), tmp_path)
    assert (found.bill.net, found.content.problems) == (Decimal(3), ())


def test_a_name_with_a_pattern_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "bill2.csv").write_text(focus_text({}, {}))
    assert read_text(focus_text({}), tmp_path, "bill[12].csv").content.rows == 1


def test_a_file_without_any_usable_row_is_refused_with_the_first_reason(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"In row 1, BilledCost: 'abc'"):
        read_text(focus_text({"BilledCost": "abc"}, {"BilledCost": "x"}), tmp_path)
    with pytest.raises(UnreadableFile, match=r"invoice_id .* longer than 200"):
        read_text(focus_text({"InvoiceId": "x" * 201}), tmp_path)


def test_a_file_may_have_a_thousand_bills(tmp_path: Path) -> None:
    text = focus_text(*({"InvoiceId": f"INV-{number}"} for number in range(1001)))
    with pytest.raises(UnreadableFile, match="1,001 bills, and 1,000 are the most"):
        read_text(text, tmp_path)


def test_names_of_columns_reach_no_statement(tmp_path: Path) -> None:
    text = focus_text({"x'); DROP TABLE lines; --": "1", "x_Größe": "2"})
    assert read_text(text, tmp_path).bill.net == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"PAR1 but not really", "Parquet"),
        (b"\x1f\x8bgarbage", "damaged"),
        (b"a,b\n1,2\n", "Found: a, b"),
        (focus_text().encode(), "no row"),
    ],
)
def test_what_is_no_bill_is_refused_with_a_reason(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read_text(content, tmp_path)


def test_progress_counts_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(focus_text(*[{}] * 50))
    told: list[int] = []
    read_bill_file(tmp_path / "a.csv", FileHints(), tmp_path / "lines.parquet", told.append)
    assert told[-1] == 50
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".bill-")] == []
