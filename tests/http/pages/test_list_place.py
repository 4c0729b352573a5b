"""The list that one came from: previous, next and the way back on an invoice, also after a command."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from models.access.roles import Role
from models.invoice.invoice import Invoice
from tests.http.callers import Rules, draft_of
from tests.http.pages.desk_visits import Visitor

Visits = Callable[[Role], Visitor]


@pytest.fixture
async def drafts(rules: Rules, key: str) -> list[Invoice]:
    return [await rules.put(draft_of(f"{key}-{letter}")) for letter in "ABC"]


def listed(link: str) -> dict[str, list[str]]:
    return parse_qs(parse_qs(urlsplit(link).query)["list"][0])


async def test_the_filter_goes_along(drafts: list[Invoice], key: str, visitor: Visits) -> None:
    editor = visitor(Role.EDITOR)
    rows = (await editor.get(f"/invoices?q={key}&sort=customer_name")).links("table.registry tbody td.c-number a")
    assert len(rows) == 3
    assert all(listed(link) == {"q": [key], "sort": ["customer_name"]} for link in rows)
    middle = await editor.get(rows[1])
    assert middle.links(".neighbours a[rel=prev]") == [rows[0]]
    assert middle.links(".neighbours a[rel=next]") == [rows[2]]
    back, _, row = middle.links(".neighbours a")[0].partition("#")
    invoice_id = rows[1].partition("?")[0].removeprefix("/invoices/")
    assert (back, row) == (f"/invoices?q={key}&sort=customer_name", f"row-{invoice_id}")
    first, last = await editor.get(rows[0]), await editor.get(rows[2])
    assert (first.links("a[rel=prev]"), last.links("a[rel=next]")) == ([], [])


async def test_the_way_back_leads_to_the_page_that_one_came_from(
    drafts: list[Invoice], key: str, visitor: Visits
) -> None:
    """The order by creation has no page of two rows here, so the page stands in the address as the list gives it."""
    editor = visitor(Role.EDITOR)
    [row, *_] = (await editor.get(f"/invoices?q={key}")).links("table.registry tbody td.c-number a")
    page = await editor.get(f"{row}%26cursor%3Dabc")
    assert page.links(".neighbours a")[0].partition("#")[0] == f"/invoices?q={key}&cursor=abc"
    assert all(listed(link)["cursor"] == ["abc"] for link in page.links(".neighbours a[rel]"))


async def test_without_a_list_there_is_no_place_in_one(drafts: list[Invoice], visitor: Visits) -> None:
    editor = visitor(Role.EDITOR)
    for suffix in ("", "?list=", "?list=min_total%3Dmuch", "?list=%00"):
        page = await editor.get(f"/invoices/{drafts[0].id}{suffix}")
        assert page.status == 200, suffix
        assert page.all(".neighbours") == []


@pytest.mark.parametrize("form", ["edit", "html", "commands/finalize"])
async def test_a_command_keeps_the_list(drafts: list[Invoice], key: str, visitor: Visits, form: str) -> None:
    editor = visitor(Role.EDITOR)
    [link, *_] = (await editor.get(f"/invoices?q={key}")).links("table.registry tbody td.c-number a")
    address = next(each for each in (await editor.get(link)).links("a") if each.partition("?")[0].endswith(form))
    page = await editor.get(address)
    typed = {"edit": {"payment_days": "10"}, "html": {"html": "<p>Own</p>"}}.get(form, {})
    done = await editor.post(address.partition("?")[0], {**page.fields(), **typed})
    assert done.status == 303, done.text
    assert listed(done.response.headers["Location"]) == {"q": [key]}
    shown = await editor.get(done.response.headers["Location"])
    assert shown.all(".panel.done")
    assert shown.links(".neighbours a")[0].partition("#")[0] == f"/invoices?q={key}"
