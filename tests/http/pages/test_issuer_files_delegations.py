"""The form of the issuer with its tables and its logo, CSV files with a dry run, and delegations."""

from collections.abc import Callable
from typing import Any

from models.access.roles import Role
from tests.http.callers import Caller, data_of
from tests.http.pages.desk_visits import Page, Visitor
from tests.http.settings.partner_settings import ISSUER
from tests.http.settings.set_settings import ANY, changes

Visits = Callable[[Role], Visitor]
Callers = Callable[[Role], Caller]


async def value_of(caller: Callers, area: str, key: str) -> dict[str, Any]:
    found: dict[str, Any] = data_of(await caller(Role.ADMIN).get(f"/settings/{area}/{key}"))["value"]
    return found


async def test_the_issuer_with_its_tables(visitor: Visits, caller: Callers) -> None:
    data_of(await caller(Role.ADMIN).put("/settings/issuer", ISSUER, headers=ANY))
    admin = visitor(Role.ADMIN)
    fields = (await admin.get("/settings/issuer")).fields()
    typed = {
        "accounts.0.currency": "USD",
        "accounts.0.account_number": "123",
        "accounts.1.currency": "",
        "taxes.1.code": "VAT",
        "taxes.1.rate": "0,12",
        "taxes.1.valid_from": "2026-01-01",
        "taxes.1.by_code_only": "true",
        "review.four_eyes": "any_maker",
        "review.admin_above.0.currency": "UZS",
        "review.admin_above.0.amount": "50 000 000",
        "review.write_off_limits.0.role": "editor",
        "review.write_off_limits.0.currency": "UZS",
        "review.write_off_limits.0.amount": "1000",
        "deadlines.review.escalate_after_hours": "12",
    }
    page = await admin.post("/settings/issuer/edit", {**fields, **typed})
    assert page.status == 400
    told = page.texts("[role=alert]")[0]
    assert "Accounts for one currency each, 1, Bank: is required" in told
    assert "must be more than remind_after_hours, 24" in told
    fixed = {**page.fields(), "accounts.0.bank_name": "Bank", "deadlines.review.escalate_after_hours": "48"}
    saved = await admin.post("/settings/issuer/edit", fixed)
    assert saved.status == 303, saved.text
    value = data_of(await caller(Role.ADMIN).get("/settings/issuer"))["value"]
    assert [each["currency"] for each in value["accounts"]] == ["USD"]
    assert [(each["code"], each["rate"]) for each in value["taxes"]] == [("SST", "0.08"), ("VAT", "0.12")]
    assert value["review"]["four_eyes"] == "any_maker"
    assert value["review"]["admin_above"] == {"UZS": "50000000.00"}
    assert value["review"]["write_off_limits"] == {"editor": {"UZS": "1000.00"}}
    assert value["deadlines"]["review"]["escalate_after_hours"] == 48

    image = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'
    fields = (await admin.get("/settings/issuer")).fields()
    answer = await admin.upload("/settings/issuer/edit", {"logo": ("logo.svg", image, "image/svg+xml")}, fields)
    assert answer.status == 303, answer.text
    logo = data_of(await caller(Role.ADMIN).get("/settings/issuer"))["value"]["logo"]
    assert logo.startswith("data:image/svg+xml;base64,")
    kept = {**(await admin.get("/settings/issuer")).fields(), "zone": "Asia/Samarkand"}
    assert (await admin.post("/settings/issuer/edit", kept)).status == 303
    assert data_of(await caller(Role.ADMIN).get("/settings/issuer"))["value"]["logo"] == logo
    gone = {**(await admin.get("/settings/issuer")).fields(), "logo.removed": "true"}
    assert (await admin.post("/settings/issuer/edit", gone)).status == 303
    assert data_of(await caller(Role.ADMIN).get("/settings/issuer"))["value"]["logo"] is None


async def imported(visitor: Visitor, area: str, text: str) -> Page:
    return await visitor.upload(f"/settings/{area}/import", {"file": ("rows.csv", text.encode(), "text/csv")}, {})


async def test_a_csv_file_is_checked_before_it_is_imported(visitor: Visits, caller: Callers, key: str) -> None:
    manager = visitor(Role.MANAGER)
    wrong = await imported(manager, "classifications", f"label,classification\n{key}-a,internal\n{key}-b,nothing\n")
    assert wrong.texts("main tbody .pill") == ["wrong", "new"]
    assert wrong.all("input[name=apply]") == []
    checked = await imported(manager, "classifications", f"label,classification\n{key}-a,internal\n")
    assert checked.texts("main tbody .pill") == ["new"]
    assert await changes(caller(Role.ADMIN), "classifications", f"{key}-a") == []
    done = await manager.post("/settings/classifications/import", checked.fields())
    assert done.status == 303, done.text
    assert (await value_of(caller, "classifications", f"{key}-a"))["classification"] == "internal"
    file = await manager.get("/settings/classifications.csv")
    assert f"{key}-a,internal" in file.response.text
    unreadable = await imported(manager, "classifications", "name\nx\n")
    assert unreadable.status == 400


async def test_a_delegation_is_made_and_ended(visitor: Visits) -> None:
    manager = visitor(Role.MANAGER)
    fields = (await manager.get("/settings/delegations/new")).fields()
    typed = {"delegate": "lena", "commands": ["approve", "void"], "valid_to": "2026-03-05", "reason": "holiday"}
    made = [await manager.post("/settings/delegations/new", {**fields, **typed}) for _ in range(2)]
    assert [each.status for each in made] == [303, 303], made[0].text
    assert made[0].response.headers["Location"] == made[1].response.headers["Location"]
    done = await manager.get(made[0].response.headers["Location"])
    assert done.texts(".panel.done")[0] == "marat → lena valid"
    nobody = await manager.post("/settings/delegations/new", {**fields, **typed, "delegate": "nobody-here"})
    assert nobody.status == 400
    assert "Who acts: there is no active user nobody-here" in nobody.texts("[role=alert]")[0]
    identity = made[0].response.headers["Location"].rpartition("=")[2]
    assert (await visitor(Role.VIEWER).post(f"/settings/delegations/{identity}/end", {})).status == 404
    assert (await visitor(Role.EDITOR).post(f"/settings/delegations/{identity}/end", {})).status == 403
    for _ in range(2):
        ended = await manager.post(f"/settings/delegations/{identity}/end", {})
        assert ended.status == 303
    assert (await manager.get(ended.response.headers["Location"])).texts(".panel.done") == ["marat → lena ended"]
