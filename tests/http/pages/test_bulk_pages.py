"""What is done with several invoices at once: their documents, and commands that are given one after another."""

from collections.abc import Callable

import pytest

from models.access.roles import Role
from models.invoice.invoice import Invoice
from models.invoice.status import CommandName
from tests.fixtures.invoices import approved
from tests.http.callers import Rules, draft_of
from tests.http.pages.desk_visits import Visitor
from workflows.client.errors import OutcomeUnknown, TemporalUnavailable

Visits = Callable[[Role], Visitor]


@pytest.fixture
async def three(rules: Rules, key: str) -> list[Invoice]:
    """Two drafts, and an approved invoice between them, which cannot be finalised."""
    made = [draft_of(f"{key}-1"), approved(draft_of(f"{key}-2")), draft_of(f"{key}-3")]
    return [await rules.put(each) for each in made]


def ids(invoices: list[Invoice]) -> list[str]:
    return [each.id for each in invoices]


async def test_the_page_says_for_which_of_them_it_is_possible(three: list[Invoice], visitor: Visits) -> None:
    query = "&".join(f"id={each.id}" for each in three)
    page = await visitor(Role.EDITOR).get(
        f"/invoices/bulk/finalize?{query}", Referer="http://api/invoices?status=draft"
    )
    assert page.status == 200
    assert [each.attributes["value"] for each in page.all("input[name=id]")] == [three[0].id, three[2].id]
    assert page.texts("main .button.primary") == ["Finalise: 2 invoices"]
    assert page.fields()["back"] == "/invoices?status=draft"


async def test_each_invoice_has_its_own_answer(three: list[Invoice], rules: Rules, visitor: Visits) -> None:
    form = {"key": "k1", "back": "/invoices?status=draft", "id": ids(three)}
    page = await visitor(Role.EDITOR).post("/invoices/bulk/finalize", form)
    assert page.status == 200
    assert page.texts("tbody .pill") == ["Done", "Not done", "Done"]
    assert page.texts(".panel h2") == ["2 of 3 done"]
    assert "finalize is not possible" in page.texts("tbody tr")[1]
    assert [command.name for command, _ in rules.sent] == [CommandName.FINALIZE] * 3
    assert [rules.invoices[each.workflow_id].is_busy for each in three] == [True, False, True]


async def test_the_same_form_sent_again_gives_the_same_answers_and_changes_nothing(
    three: list[Invoice], rules: Rules, visitor: Visits
) -> None:
    form = {"key": "k1", "back": "/invoices", "id": ids(three)}
    first = await visitor(Role.EDITOR).post("/invoices/bulk/finalize", form)
    revisions = [rules.invoices[each.workflow_id].revision for each in three]
    again = await visitor(Role.EDITOR).post("/invoices/bulk/finalize", form)
    assert again.texts("tbody .pill") == first.texts("tbody .pill")
    assert [rules.invoices[each.workflow_id].revision for each in three] == revisions


@pytest.mark.parametrize(
    ("failure", "answer"), [(TemporalUnavailable("down"), "Not sent"), (OutcomeUnknown("late"), "Not known yet")]
)
async def test_nothing_more_is_sent_when_the_system_stops_answering(
    three: list[Invoice], rules: Rules, visitor: Visits, failure: Exception, answer: str
) -> None:
    rules.failures.append(failure)
    form = {"key": "k1", "back": "/invoices", "id": [three[0].id, three[2].id]}
    page = await visitor(Role.EDITOR).post("/invoices/bulk/finalize", form)
    assert page.texts("tbody .pill") == [answer, "Not sent"]
    assert page.texts("main .button.primary") == ["Ask again"]
    again = page.fields("form.form-row")
    settled = await visitor(Role.EDITOR).post("/invoices/bulk/finalize", {**again, "id": form["id"]})
    assert settled.texts("tbody .pill") == ["Done", "Done"]


async def test_fields_are_checked_before_anything_is_sent(three: list[Invoice], rules: Rules, visitor: Visits) -> None:
    page = await visitor(Role.MANAGER).post(
        "/invoices/bulk/hold", {"key": "k1", "back": "/invoices", "id": ids(three), "reason": ""}
    )
    assert page.status == 400
    assert page.all("#f-reason[aria-invalid=true]")
    assert rules.sent == []


@pytest.mark.parametrize("command", ["approve", "void", "discard", "record_payment", "nothing"])
async def test_what_needs_a_look_at_each_invoice_is_no_bulk_command(
    three: list[Invoice], visitor: Visits, command: str
) -> None:
    page = await visitor(Role.ADMIN).get(f"/invoices/bulk/{command}?id={three[0].id}")
    assert page.status == 404


async def test_only_a_role_that_may_give_the_command_sees_it(three: list[Invoice], visitor: Visits) -> None:
    offered = {
        role: (await visitor(role).get("/invoices")).texts(".selection button[formaction*=bulk]") for role in Role
    }
    assert offered[Role.VIEWER] == []
    assert offered[Role.EDITOR] == ["Finalise…", "Check for late work…"]
    assert offered[Role.MANAGER] == offered[Role.ADMIN] == ["Send…", *offered[Role.EDITOR], "Hold…", "Release…"]
    form = {"key": "k1", "back": "/invoices", "id": three[1].id}
    refused = await visitor(Role.EDITOR).post(f"/invoices/bulk/{CommandName.DELIVER}", form)
    assert refused.status == 403


async def test_invoices_that_do_not_exist_or_none(three: list[Invoice], visitor: Visits) -> None:
    editor = visitor(Role.EDITOR)
    assert (await editor.get(f"/invoices/bulk/finalize?id={three[0].id}&id=nothing")).status == 404
    assert (await editor.get("/invoices/bulk/finalize")).status == 400
    assert (await editor.post("/invoices/bulk/finalize", {"key": "k", "id": ["nothing"]})).status == 404
    assert (await editor.post("/invoices/bulk/finalize", {"key": "k"})).status == 400


async def test_documents_of_several_invoices(three: list[Invoice], visitor: Visits) -> None:
    viewer = visitor(Role.VIEWER)
    archive = await viewer.get(f"/invoices.zip?id={three[0].id}")
    assert archive.response.headers["Content-Type"] == "application/zip"
    assert (await viewer.get(f"/invoices.pdf?id={three[0].id}")).status == 404  # a draft has no document


async def test_a_browser_keeps_its_columns(three: list[Invoice], visitor: Visits) -> None:
    viewer = visitor(Role.VIEWER)
    usual = (await viewer.get("/invoices")).texts("thead th")
    form = {"back": "/invoices?status=draft", "column": ["paid", "company", "nothing"]}
    chosen = await viewer.post("/invoices/columns", form)
    assert chosen.status == 303
    assert chosen.response.headers["Location"] == "/invoices?status=draft"
    assert "columns=company.paid;" in chosen.response.headers["Set-Cookie"]
    viewer.cookies["columns"] = "company.paid"
    page = await viewer.get("/invoices")
    assert page.texts("thead th") == ["", "Number", "Company", "Paid"]
    assert page.texts("thead th") != usual
    viewer.cookies["columns"] = "nothing"
    assert (await viewer.get("/invoices")).texts("thead th") == ["", "Number"]
