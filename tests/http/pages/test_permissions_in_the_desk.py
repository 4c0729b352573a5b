"""The table of docs/permissions.md against the desk: who may give a command there, and nobody else."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.access.roles import Role
from models.invoice.status import CommandName
from tests.http.callers import Rules, draft_of
from tests.http.pages.desk_visits import Visitor

Visits = Callable[[Role], Visitor]
PAGE = Path(__file__).parents[3] / "docs" / "permissions.md"
ROW = re.compile(r"^\| `(?P<command>[a-z_]+)` \| (?P<roles>[^|]*\|[^|]*\|[^|]*\|[^|]*) \|", re.MULTILINE)


def documented() -> Iterator[tuple[str, Role, bool]]:
    """Yield each command of an invoice with each role, and whether the table allows it."""
    invoices = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    for row in ROW.finditer(invoices):
        for role, cell in zip(Role, row["roles"].split("|"), strict=True):
            yield row["command"], role, cell.strip() == "yes"


def test_the_table_has_all_commands() -> None:
    assert {command for command, _, _ in documented()} == set(CommandName)


@pytest.mark.parametrize(("command", "role", "may"), list(documented()))
async def test_a_command_is_given_by_exactly_the_roles_of_the_table(
    rules: Rules, key: str, visitor: Visits, command: str, role: Role, may: bool
) -> None:
    """Both the page of the form and the form itself, whatever the state of the invoice says about the command."""
    draft = await rules.put(draft_of(key))
    address = f"/invoices/{draft.id}/{'edit' if command == CommandName.EDIT else f'commands/{command}'}"
    desk = visitor(role)
    shown = await desk.get(address)
    sent = await desk.post(address, {"key": "k1", "was": "{}", "revision": str(draft.revision)})
    assert (shown.status == 403) is not may, shown.text
    assert (sent.status == 403) is not may, sent.text
    if not may:
        assert rules.sent == []
