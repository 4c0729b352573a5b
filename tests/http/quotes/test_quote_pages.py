"""The pages of quotes: the list, a draft that is made and edited, its commands, and what each role may do."""

from collections.abc import Callable

import httpx
import pytest

from api.access.tokens import Tokens
from api.deps import AppState
from models.access.roles import Role
from models.quotes.quote.status import LEAST_ROLE, QuoteCommandName
from tests.http.callers import user_of
from tests.http.pages.desk_visits import Page, Visitor
from tests.http.pages.list_walk import assert_rows_lead_on

pytestmark = pytest.mark.usefixtures("quote_rules")
Visits = Callable[[Role], Visitor]
FORM = "form[data-command-form]"
BY_CLIENT = {QuoteCommandName.OPEN}


@pytest.fixture
def visit(http: httpx.AsyncClient, state: AppState, tokens: Tokens) -> Visits:
    return lambda role: Visitor(http, tokens.issue(user_of(role), state.started)[0])


async def drafted(visitor: Visitor, title: str = "Migration", **changes: str) -> str:
    """Make a draft with one line of 1,000.00 and an option of 250.00, and return the address of its page."""
    fields = (await visitor.get("/quotes/new")).fields(FORM)
    typed = {
        "title": title,
        "customer.name": "Acme Corp",
        "currency": "USD",
        "recipients": "nodira@example.com, tim@example.com",
        "lines.0.description": "Design",
        "lines.0.unit_price": "1 000,00",
        "lines.1.description": "Training",
        "lines.1.unit_price": "250",
        "lines.1.optional": "true",
    }
    made = await visitor.post("/quotes/new", {**fields, **typed, **changes})
    assert made.status == 303, made.text
    return made.response.headers["Location"]


async def given(visitor: Visitor, address: str, command: str, **typed: str) -> Page:
    fields = (await visitor.get(f"{address}/commands/{command}")).fields(FORM)
    return await visitor.post(f"{address}/commands/{command}", {**fields, **typed})


def amounts(page: Page, selector: str) -> list[str]:
    return [str(each.attributes["data-amount"]) for each in page.all(selector)]


async def test_a_draft_is_made_from_typed_lines(visit: Visits) -> None:
    manager = visit(Role.MANAGER)
    page = await manager.get(await drafted(manager))
    assert page.texts("h1") == ["no number"]
    assert "Acme Corp" in page.texts(".summary")[0]
    # The option of 250.00 counts only when the client chooses it.
    assert amounts(page, ".summary data") == ["1000.00"]
    assert page.texts(".actions a") == ["Edit", "Send the quote", "Withdraw"]


async def test_the_page_of_a_quote_leads_on_in_its_list(visit: Visits) -> None:
    """A withdrawn quote leaves this list, and keeps its place by the day on which it was made."""
    manager = visit(Role.MANAGER)
    for number in (1, 2, 3):
        await drafted(manager, f"Walking {number}")
    address = "/quotes?search=walking&status=draft"
    rows = await assert_rows_lead_on(manager, address, "table tbody td.at-1 a")
    [link] = [each for each in (await manager.get(rows[1])).links("a[data-command]") if "/withdraw" in each]
    form = await manager.get(link)
    assert form.links("a[data-close]") == [rows[1]]
    done = await manager.post(link, {**form.fields(), "reason": "Another offer"})
    assert done.status == 303, done.text
    shown = await manager.get(done.response.headers["Location"])
    assert shown.links(".neighbours a[rel]") == [rows[0], rows[2]]


async def test_the_same_form_sent_twice_makes_one_draft(visit: Visits) -> None:
    editor = visit(Role.EDITOR)
    fields = (await editor.get("/quotes/new")).fields(FORM)
    typed = {"title": "Once", "customer.name": "Acme", "currency": "USD", "lines.0.description": "Design"}
    typed |= {"lines.0.unit_price": "10"}
    made = [await editor.post("/quotes/new", {**fields, **typed}) for _ in range(2)]
    assert made[0].response.headers["Location"] == made[1].response.headers["Location"]


async def test_what_cannot_be_read_is_named_and_kept(visit: Visits) -> None:
    editor = visit(Role.EDITOR)
    fields = (await editor.get("/quotes/new")).fields(FORM)
    typed = {"title": "Twice readable", "customer.name": "Acme", "currency": "USD"}
    typed |= {"lines.0.description": "Design", "lines.0.unit_price": "12.345", "reminder_days": "soon"}
    page = await editor.post("/quotes/new", {**fields, **typed})
    assert page.status == 400
    assert page.all("#f-lines-0-unit_price[aria-invalid=true]")
    kept = page.fields(FORM)
    assert (kept["title"], kept["lines.0.unit_price"], kept["key"]) == ("Twice readable", "12.345", fields["key"])


async def test_an_edit_keeps_changes_and_removes_lines(visit: Visits) -> None:
    editor = visit(Role.EDITOR)
    address = await drafted(editor)
    fields = (await editor.get(f"{address}/edit")).fields(FORM)
    assert (fields["lines.0.description"], fields["lines.0.unit_price"]) == ("Design", "1000.00")
    changed = {"lines.0.quantity": "2,5", "lines.1.remove": "true", "title": "Migration, second thought"}
    done = await editor.post(f"{address}/edit", {**fields, **changed})
    assert done.status == 303, done.text
    page = await editor.get(done.response.headers["Location"])
    assert page.texts(".panel.done")[0].startswith("Edited")
    # 2.5 x 1,000.00
    assert amounts(page, ".summary data") == ["2500.00"]
    assert [each.split(" ")[0] for each in page.texts("main table.wrap tbody tr")] == ["Design"]


async def test_a_discount_of_the_whole_quote_is_typed_shown_and_taken_away(visit: Visits) -> None:
    """10 % of 1,000.00; the option of 250.00 carries a part only when it is chosen."""
    editor = visit(Role.EDITOR)
    address = await drafted(editor, **{"discount.percent": "10", "discount.label": "Spring"})
    page = await editor.get(address)
    assert amounts(page, ".summary data") == ["900.00"]
    assert "Discount of the whole quote: Spring" in page.text
    assert "1000.00 × 10 % = 100.00" in page.text
    fields = (await editor.get(f"{address}/edit")).fields(FORM)
    assert (fields["discount.percent"], fields["discount.label"]) == ("10.00", "Spring")
    refused = await editor.post(f"{address}/edit", {**fields, "discount.label": ""})
    assert refused.all("#f-discount-label[aria-invalid=true]")
    emptied = {"discount.percent": "", "discount.label": ""}
    done = await editor.post(f"{address}/edit", {**fields, **emptied})
    assert amounts(await editor.get(done.response.headers["Location"]), ".summary data") == ["1000.00"]


async def test_two_people_edit_one_draft(visit: Visits) -> None:
    editor, manager = visit(Role.EDITOR), visit(Role.MANAGER)
    address = await drafted(editor)
    mine = (await editor.get(f"{address}/edit")).fields(FORM)
    theirs = (await manager.get(f"{address}/edit")).fields(FORM)
    assert (await manager.post(f"{address}/edit", {**theirs, "title": "Theirs"})).status == 303
    refused = await editor.post(f"{address}/edit", {**mine, "title": "Mine"})
    assert refused.status == 409
    assert refused.fields(FORM)["title"] == "Mine"


async def test_from_the_draft_to_an_accepted_quote(visit: Visits) -> None:
    manager = visit(Role.MANAGER)
    address = await drafted(manager)
    sent = await given(manager, address, "send")
    assert sent.status == 303, sent.text
    page = await manager.get(sent.response.headers["Location"])
    assert page.texts("h1")[0].startswith("Q-2026-")
    assert page.texts(".head .pill") == ["Sent"]
    link = str(page.all("input[readonly]")[0].attributes["value"])
    assert link.startswith("http://api/q/")
    pdf = await manager.get(f"{address}/versions/1/pdf")
    assert pdf.response.headers["Content-Type"] == "application/pdf"
    accepted = await given(
        manager, address, "accept", accepted_by="Nodira K.", position="director", options="L2", order_number="PO-7"
    )
    assert accepted.status == 303, accepted.text
    page = await manager.get(address)
    assert page.texts(".head .pill") == ["Accepted"]
    assert "Nodira K., director" in page.text
    # 1,000.00 and the option of 250.00; nothing is invoiced yet.
    assert amounts(page, ".sums data") == ["1250.00", "0.00", "1250.00"]


async def test_a_revoked_link_has_no_address(visit: Visits) -> None:
    manager = visit(Role.MANAGER)
    address = await drafted(manager)
    await given(manager, address, "send")
    fields = (await manager.get(f"{address}/commands/revoke_link?link=1")).fields(FORM)
    done = await manager.post(f"{address}/commands/revoke_link", {**fields, "reason": "sent to the wrong person"})
    assert done.status == 303, done.text
    page = await manager.get(address)
    assert page.all("input[readonly]") == []
    assert "revoked" in page.texts(".effect .pill")


async def test_a_command_that_the_state_forbids_is_refused(visit: Visits) -> None:
    manager = visit(Role.MANAGER)
    address = await drafted(manager)
    assert (await manager.get(f"{address}/commands/accept")).status == 409
    sent = {"key": "k1", "version": "1", "accepted_by": "Nodira", "position": "director"}
    assert (await manager.post(f"{address}/commands/accept", sent)).status == 409


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", [each for each in QuoteCommandName if each not in BY_CLIENT])
async def test_a_command_is_given_by_exactly_its_roles(visit: Visits, role: Role, name: QuoteCommandName) -> None:
    address = await drafted(visit(Role.ADMIN))
    path = f"{address}/edit" if name is QuoteCommandName.EDIT else f"{address}/commands/{name}"
    may = role.includes(LEAST_ROLE[name])
    assert ((await visit(role).get(path)).status == 403) is not may
    assert ((await visit(role).post(path, {"key": "k1"})).status == 403) is not may


async def test_a_viewer_sees_no_link_and_makes_nothing(visit: Visits) -> None:
    manager, viewer = visit(Role.MANAGER), visit(Role.VIEWER)
    address = await drafted(manager)
    await given(manager, address, "send")
    page = await viewer.get(address)
    assert page.all("input[readonly]") == []
    assert page.texts(".actions a") == []
    assert (await viewer.get("/quotes/new")).status == 403
    assert "/quotes/new" not in (await viewer.get("/quotes")).links("a")


async def test_the_list_has_views_filters_and_sums(visit: Visits, key: str) -> None:
    manager = visit(Role.MANAGER)
    address = await drafted(manager, title=f"Alpha {key}")
    await drafted(manager, title=f"Beta {key}")
    await given(manager, address, "send")
    page = await manager.get(f"/quotes?search={key}")
    assert len(page.all("table[data-rows] tbody tr")) == 2
    assert page.texts(".chips a.chip") == [f"Search: {key}"]
    sums = dict(zip(page.texts("tfoot .pill"), amounts(page, "tfoot data"), strict=True))
    assert sums == {"Draft": "1000.00", "Sent": "1000.00"}
    sent = await manager.get(f"/quotes?search={key}&status=sent")
    rows = sent.links("table[data-rows] tbody td:first-child a")
    assert [row.partition("?")[0] for row in rows] == [address]
    assert sent.texts(".tabs a[aria-current]")[0].startswith("Sent")
    nothing = await manager.get(f"/quotes?search={key}&status=expired")
    assert "Nothing matches" in nothing.text
    assert (await manager.get("/quotes?valid_from=soon")).status == 400


async def test_an_unknown_quote_is_a_page(visit: Visits) -> None:
    page = await visit(Role.VIEWER).get("/quotes/00000000-0000-4000-8000-000000000000")
    assert page.status == 404
