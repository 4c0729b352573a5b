"""Unmatched resources on the desk: settled one by one, several at once, by a new resource, and forgotten again."""

from collections.abc import Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.matching import BillMatcher
from models.access.roles import Role
from models.bills.bill import Bill
from models.bills.matching.ports import BillVersion
from tests.fixtures.cloud_bills import line, stored_bill, unique
from tests.http.callers import Caller, data_of
from tests.http.pages.desk_visits import Page, Visitor

Visits = Callable[[Role], Visitor]
SELECTION = "form[action='/bills/unmatched'][method=post]"


@pytest.fixture
def provider() -> str:
    return unique("provider")


@pytest.fixture
async def bill(engine: AsyncEngine, provider: str) -> Bill:
    """A bill with two unmatched keys: `web (s-1vcpu)` of 12.00 and a bandwidth of 0.37."""
    lines = [
        line("12.00", "web (s-1vcpu)", service_name="Droplets"),
        line("0.37", "Bandwidth overage", service_name="Bandwidth"),
    ]
    made = await stored_bill(engine, lines, provider)
    await BillMatcher(engine).match(BillVersion(bill_id=made.id, version=1))
    return made


async def unmatched(visitor: Visitor, provider: str) -> Page:
    return await visitor.get(f"/bills/unmatched?provider={provider}")


def descriptions(page: Page) -> list[str]:
    return page.texts("table.unmatched tbody td:nth-child(2) a")


async def test_the_most_expensive_come_first(visitor: Visits, bill: Bill, provider: str) -> None:
    page = await unmatched(visitor(Role.EDITOR), provider)
    assert descriptions(page) == ["web (s-1vcpu)", "Bandwidth overage"]
    assert page.texts("table.unmatched tbody tr")[0].count("12.00") == 1
    assert "no resource fits" in page.text


async def test_one_key_is_settled_and_its_bills_are_matched_again(visitor: Visits, bill: Bill, provider: str) -> None:
    editor = visitor(Role.EDITOR)
    page = await unmatched(editor, provider)
    form = await editor.get(next(link for link in page.links("a[data-command]") if "Bandwidth" in link))
    fields = {**form.fields(), "outcome": "shared", "note": "of the whole account"}
    answer = await editor.post("/bills/unmatched/settle", fields)
    assert answer.status == 200
    assert "settled Shared: of no single resource" in answer.texts("main tbody tr")[0]
    again = await editor.post("/bills/unmatched/settle", fields)
    assert again.status == 200, "a repetition settles the same"
    matched = await editor.post("/bills/unmatched/match", answer.fields("form[action='/bills/unmatched/match']"))
    assert "matched again 1 unmatched resource" in matched.texts("main tbody tr")[0]
    assert descriptions(await unmatched(editor, provider)) == ["web (s-1vcpu)"]


async def test_several_rows_are_settled_with_an_answer_for_each(visitor: Visits, bill: Bill, provider: str) -> None:
    editor = visitor(Role.EDITOR)
    fields = {**(await unmatched(editor, provider)).fields(SELECTION), "outcome": "ignored"}
    answer = await editor.post("/bills/unmatched", {**fields, "chosen": ["0", "1"]})
    assert answer.texts("main tbody .pill") == ["settled", "settled"]
    assert descriptions(await unmatched(editor, provider)) == []
    wrong = await editor.post(
        "/bills/unmatched", {**fields, "chosen": ["0"], "outcome": "matched", "resource": "no-such"}
    )
    assert (wrong.status, wrong.texts("main tbody .pill")) == (400, ["not settled"])
    assert "there is no cloud resource no-such" in wrong.text
    nothing = await editor.post("/bills/unmatched", {**fields, "chosen": []})
    assert "No row was chosen." in nothing.text


async def test_a_new_resource_takes_the_key_for_a_project(visitor: Visits, bill: Bill, provider: str) -> None:
    manager, name = visitor(Role.MANAGER), unique("web")
    page = await unmatched(manager, provider)
    form = await manager.get(next(link for link in page.links("table a") if "/resource" in link and "web" in link))
    fields = form.fields()
    assert (fields["name"], fields["size"], fields["provider"]) == ("web", "s-1vcpu", provider)
    wrong = await manager.post("/bills/unmatched/resource", {**fields, "resource": "not a name"})
    assert (wrong.status, wrong.links("[role=alert] a")) == (400, ["#f-resource"])
    answer = await manager.post("/bills/unmatched/resource", {**fields, "resource": name, "project": "shop"})
    assert name in answer.texts("main tbody tr")[0]
    await manager.post("/bills/unmatched/match", answer.fields("form[action='/bills/unmatched/match']"))
    shown = await manager.get(f"/bills/{bill.id}")
    assert "Project shop 12.00" in shown.texts("section[aria-labelledby=allocation-title] tbody tr")
    twice = await manager.post("/bills/unmatched/resource", {**fields, "resource": name, "project": "shop"})
    assert twice.status == 409


async def test_a_rule_allocates_a_service(visitor: Visits, bill: Bill, provider: str) -> None:
    manager, name = visitor(Role.MANAGER), unique("rule")
    fields = (await manager.get(f"/bills/unmatched/rule?provider={provider}&service=Droplets")).fields()
    given = {**fields, "rule": name, "kind.1": "contract", "key.1": "APP-9", "percent.1": "60", "kind.2": "project"}
    wrong = await manager.post("/bills/unmatched/rule", given)
    assert (wrong.status, wrong.links("[role=alert] a")) == (400, ["#f-key-2"])
    wrong = await manager.post("/bills/unmatched/rule", {**given, "key.2": "shop", "percent.2": "30"})
    assert "add up to 90" in wrong.text
    done = await manager.post("/bills/unmatched/rule", {**given, "key.2": "shop", "percent.2": "40,00"})
    assert (done.status, done.response.headers["Location"]) == (303, "/bills/unmatched?added=rule")
    await manager.post(f"/bills/{bill.id}/match", (await manager.get(f"/bills/{bill.id}/match")).fields())
    targets = (await manager.get(f"/bills/{bill.id}")).texts("section[aria-labelledby=allocation-title] tbody tr")
    assert "Contract APP-9 no resale rule 7.20" in targets  # 60 % of 12.00
    assert "Project shop 4.80" in targets


async def test_what_was_settled_can_be_forgotten(visitor: Visits, editor: Caller, bill: Bill, provider: str) -> None:
    body = {"provider": provider, "resource_key": "name:web (s-1vcpu)", "outcome": "ignored"}
    data_of(await editor.post("/cloud-costs/settled", body))
    lena = visitor(Role.EDITOR)
    page = await lena.get("/bills/unmatched/settled")
    assert provider in page.texts("main tbody tr")[0]
    key = page.fields("form[action='/bills/unmatched/forget']")["key"]
    given = {"key": key, "provider": provider, "resource_key": body["resource_key"]}
    done = await lena.post("/bills/unmatched/forget", given)
    assert (done.status, done.response.headers["Location"]) == (303, "/bills/unmatched/settled?forgotten=true")
    assert (await lena.post("/bills/unmatched/forget", given)).status == 404


async def test_who_may_settle(visitor: Visits, bill: Bill, provider: str) -> None:
    vera, lena = visitor(Role.VIEWER), visitor(Role.EDITOR)
    page = await unmatched(vera, provider)
    assert (page.status, page.all("[name=chosen]"), page.all("a[data-command]")) == (200, [], [])
    for path in ("settle", "match", "forget", "resource", "rule"):
        assert (await vera.post(f"/bills/unmatched/{path}", {"key": "k"})).status == 403, path
    assert (await vera.post("/bills/unmatched", {"key": "k"})).status == 403
    assert [link for link in (await unmatched(lena, provider)).links("a") if "/resource" in link] == []
    for path in ("resource", "rule"):
        assert (await lena.get(f"/bills/unmatched/{path}")).status == 403
