"""The tables of the matrices in docs/integrations.md, which a test run writes."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

Row = TypeVar("Row", bound=str)
Column = TypeVar("Column", bound=str)

PAGE = Path(__file__).parents[2] / "docs" / "integrations.md"
WRITES = "AKTUM_WRITE_MATRICES"
CRASHES, FAULTS = "crash matrix", "fault matrix"


def print_table(
    title: str,
    corner: str,
    rows: Iterable[Row],
    columns: Mapping[Column, str],
    cells: Mapping[tuple[Row, Column], str],
) -> None:
    """Write the table into the page if the run is asked to; otherwise compare it with the page."""
    head = f"| {corner} | {' | '.join(columns.values())} |\n|---|{'---|' * len(columns)}\n"
    body = "".join(f"| {row} | {' | '.join(cells[row, column] for column in columns)} |\n" for row in rows)
    begin, end = f"<!-- {title}: written by tests/matrices -->\n", f"<!-- end of {title} -->"
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    assert found, f"{PAGE.name} has no place for the {title}"
    written = f"{before}{begin}{head}{body}{end}{after}"
    if os.environ.get(WRITES):
        PAGE.write_text(written, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == written, (
        f"the {title} differs from {PAGE.name}; `make matrices` writes it"
    )
