"""`docs/permissions.md` has the text that is generated from the tables of roles and statuses."""

from pathlib import Path

from tests.architecture.permissions_page import page

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
WRITE = "import sys; from tests.architecture.permissions_page import page; sys.stdout.write(page())"


def test_the_page_is_generated() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f'write it again: python -c "{WRITE}" > docs/permissions.md'


def test_the_table_agrees_with_the_specification() -> None:
    """docs/specification/lifecycle.md 3."""
    rows = {line.split("|")[1].strip(): line for line in page().splitlines() if line.startswith("| `")}
    assert rows["`approve`"].startswith("| `approve` |  |  | yes | yes | needs review |")
    assert rows["`edit`"].startswith("| `edit` |  | yes | yes | yes | draft |")
    assert "service: never; partner: approved" in rows["`mark_uploaded`"]
    assert "| any |" in rows["`retry_effect`"]
