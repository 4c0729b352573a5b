"""Which format a file has, by the names of its columns. See docs/specification/bills.md 4.2."""

from collections.abc import Sequence

from models.bills.file_content import UnreadableFile
from models.bills.formats.aws_cur import AWS_CUR
from models.bills.formats.azure import AZURE
from models.bills.formats.digitalocean import DIGITALOCEAN
from models.bills.formats.focus import FOCUS, INVOICE_DETAIL
from models.bills.formats.google import BIGQUERY, COST_TABLE
from models.bills.formats.hetzner import HETZNER
from models.bills.formats.layout import Layout, columns_by_name, plain_name
from models.bills.formats.oracle import ORACLE

# The first whose columns are there counts: a file may have more columns than its format needs.
LAYOUTS = (INVOICE_DETAIL, FOCUS, AWS_CUR, BIGQUERY, COST_TABLE, DIGITALOCEAN, HETZNER, ORACLE, AZURE)
MOST_NAMES = 12
LONGEST_NAME = 40


def layout_of(header: Sequence[str]) -> Layout | None:
    """Return the layout whose columns the header has; None if there is none."""
    names = columns_by_name(tuple(header)).keys()
    return next((layout for layout in LAYOUTS if any(s <= names for s in layout.signatures)), None)


def detected(header: Sequence[str]) -> Layout:
    """Return the layout of the header. Raises UnreadableFile, which names the columns found."""
    layout = layout_of(header)
    if layout is None:
        found = ", ".join(name.strip()[:LONGEST_NAME] for name in header[:MOST_NAMES]) or "no column"
        more = f" and {len(header) - MOST_NAMES} more" if len(header) > MOST_NAMES else ""
        known = "; ".join(f"{each.format}: {each.sample}" for each in LAYOUTS)
        raise UnreadableFile(
            f"The file is no bill of a known format. Found: {found}{more}. Known formats have these columns: {known}."
        )
    return layout


def check_costs(layout: Layout, header: Sequence[str]) -> None:
    """Raise UnreadableFile if the cost has two columns of one name, because nobody knows which of them is paid."""
    plain = [plain_name(column) for column in header]
    for name in layout.amounts["billed_cost"]:
        if plain.count(name) > 1:
            written = header[plain.index(name)]
            raise UnreadableFile(f"{written} stands twice in the header. Export the file with one column of this name.")
