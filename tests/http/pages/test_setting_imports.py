"""Settings from CSV files with a dry run, and delegations, on the pages of the settings."""

from collections.abc import Callable

from models.access.roles import Role
from tests.http.callers import Caller, data_of
from tests.http.pages.desk_visits import Page, Visitor
from tests.http.settings.set_settings import changes

Visits = Callable[[Role], Visitor]
Callers = Callable[[Role], Caller]


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
    stored = data_of(await caller(Role.VIEWER).get(f"/settings/classifications/{key}-a"))
    assert stored["value"]["classification"] == "internal"
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
