"""A settings file is read back as it was written, and a spreadsheet runs no cell of it as a formula."""

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.settings import csv_sheet
from models.settings.area import Area
from models.settings.csv_columns import SHEETS

SHEET = SHEETS[Area.EXCLUSIONS]
FORMULA_STARTS = "=+-@\t\r\n\uff0b\uff0d\uff1d\uff20"  # the last four are the full-width forms

# Many of these texts begin as a formula does, some with apostrophes in front.
texts = st.one_of(
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    st.from_regex(re.compile(r"'{0,3}[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]?[ '=\-0-9,;\"\r\n]{0,5}"), fullmatch=True),
)


def exported(note: str) -> str:
    return csv_sheet.write(SHEET, [{"account_id": "a", "exclusion_type": "excluded", "note": note}])


@given(texts)
@example("'=SUM(1)")
@example("''=SUM(1)")
@example("'")
@example("-2+3+cmd|' /C calc'!A0")
@example("-7 -3")
@example("one\r\ntwo\rthree\nfour")
@example("\uff0b1")
@example("'\n=SUM(1)")
def test_any_text_is_read_back_as_it_was_written(text: str) -> None:
    [row] = csv_sheet.read(exported(text).encode(), SHEET)
    assert row.cells == {"account_id": "a", "exclusion_type": "excluded", "note": text}


@given(texts)
@example("-1")
@example("\uff1dSUM(1)")
@example("\n=SUM(1)")
@example("\x85=")
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    lines = io.StringIO(exported(text).removeprefix("\ufeff"), newline="")
    cells = [cell for record in csv.reader(lines) for cell in record]
    assert not [cell for cell in cells if cell.startswith(tuple(FORMULA_STARTS))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_read(end: str) -> None:
    text = end.join(["account_id;exclusion_type;note", 'a;excluded;"two', 'lines"', "", "b;excluded;-5"])
    rows = csv_sheet.read(text.encode(), SHEET)
    assert [(row.number, row.cells["note"]) for row in rows] == [(2, f"two{end}lines"), (4, "-5")]
