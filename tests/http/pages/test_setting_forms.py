"""The forms of settings: add, correct, remove, conflicts of two people, limits of roles."""

from collections.abc import Callable
from typing import Any

import pytest

from api.pages.settings.areas import AREAS
from models.access.roles import Role
from tests.http.callers import Caller, data_of
from tests.http.pages.desk_visits import Page, Visitor
from tests.http.settings.partner_settings import ISSUER
from tests.http.settings.set_settings import ANY, changes

Visits = Callable[[Role], Visitor]
Callers = Callable[[Role], Caller]


@pytest.fixture
async def series(caller: Callers, key: str) -> str:
    name = f"S-{key}"
    new = {"key": name, "pattern": f"{key}-{{seq:05d}}", "last_number": 0}
    data_of(await caller(Role.ADMIN).post("/settings/number-series", new), 201)
    return name


@pytest.fixture
async def config(caller: Callers, series: str, key: str) -> str:
    """The key of a contract that is configured."""
    data_of(await caller(Role.MANAGER).put(f"/settings/client-config/{key}", {"series": series}))
    return key


async def edited(visitor: Visits, area: str, key: str, **typed: str) -> Page:
    """Return the answer to a form that was opened now and in which these fields were typed."""
    manager = visitor(Role.MANAGER)
    opened = await manager.get(f"/settings/{area}/edit?key={key}")
    assert opened.status == 200, opened.text
    return await manager.post(f"/settings/{area}/edit", {**opened.fields(), **typed})


async def value_of(caller: Callers, area: str, key: str) -> dict[str, Any]:
    found: dict[str, Any] = data_of(await caller(Role.ADMIN).get(f"/settings/{area}/{key}"))["value"]
    return found


async def test_a_setting_is_added_corrected_and_removed(
    visitor: Visits, caller: Callers, series: str, key: str
) -> None:
    manager = visitor(Role.MANAGER)
    fields = (await manager.get("/settings/client-config/new")).fields()
    typed = {"key": key, "series": series, "payment_days": "30", "recipients": "a@acme.uz; b@acme.uz", "cc": ""}
    added = await manager.post("/settings/client-config/new", {**fields, **typed})
    assert added.status == 303, added.text
    done = await manager.get(added.response.headers["Location"])
    assert done.texts(".panel.done")[0].startswith(f"Added {key} · marat")
    value = await value_of(caller, "client-config", key)
    assert (value["payment_days"], value["recipients"]) == (30, ["a@acme.uz", "b@acme.uz"])
    assert value["reminder_days"] == [-7, 0, 1, 7, 15]

    saved = await edited(visitor, "client-config", key, payment_days="10", show_overtime="false")
    assert saved.status == 303, saved.text
    value = await value_of(caller, "client-config", key)
    assert (value["payment_days"], value["show_overtime"], value["cc"]) == (10, False, [])
    shown = await manager.get(f"/settings/client-config/edit?key={key}")
    assert shown.texts(".history .change del") == ["30", "yes"]
    assert shown.texts(".history .change ins")[:2] == ["10", "no"]

    asked = await manager.get(f"/settings/client-config/remove?key={key}")
    removal = asked.fields()
    for _ in range(2):  # the second time it is gone already
        removed = await manager.post("/settings/client-config/remove", removal)
        assert removed.status == 303, removed.text
    assert [each["after"] is None for each in await changes(caller(Role.ADMIN), "client-config", key)] == [
        True,
        False,
        False,
    ]


async def test_the_same_form_sent_twice_adds_one(visitor: Visits, caller: Callers, series: str, key: str) -> None:
    manager = visitor(Role.MANAGER)
    fields = (await manager.get("/settings/client-config/new")).fields() | {"key": key, "series": series}
    answers = [await manager.post("/settings/client-config/new", fields) for _ in range(2)]
    assert [each.status for each in answers] == [303, 303]
    assert answers[0].response.headers["Location"] == answers[1].response.headers["Location"]
    other = await manager.post("/settings/client-config/new", fields | {"payment_days": "7"})
    assert other.status == 409
    assert "has been set or changed" in other.texts("[role=alert]")[0]
    assert other.fields()["payment_days"] == "7"
    assert len(await changes(caller(Role.ADMIN), "client-config", key)) == 1


async def test_an_untouched_form_changes_nothing(visitor: Visits, caller: Callers, config: str) -> None:
    answer = await edited(visitor, "client-config", config)
    assert answer.response.headers["Location"].endswith("?done=0")
    assert len(await changes(caller(Role.ADMIN), "client-config", config)) == 1


@pytest.mark.parametrize("area", [name for name, page in AREAS.items() if page.kind.is_single])
async def test_an_untouched_form_of_a_single_setting_changes_nothing(
    visitor: Visits, caller: Callers, area: str
) -> None:
    admin, api = visitor(Role.ADMIN), caller(Role.ADMIN)
    if area == "issuer":
        data_of(await api.put("/settings/issuer", ISSUER | {"review": {"admin_above": {"UZS": "5"}}}, headers=ANY))
    before = (await api.get("/settings/history", params={"area": area})).json()["meta"]["total"]
    fields = (await admin.get(f"/settings/{area}")).fields()
    answer = await admin.post(f"/settings/{area}/edit", fields)
    assert answer.response.headers["Location"].endswith("?done=0")
    assert (await api.get("/settings/history", params={"area": area})).json()["meta"]["total"] == before


async def test_two_people_change_one_setting(visitor: Visits, caller: Callers, config: str) -> None:
    """What only one has changed is taken over; what both have changed is decided by the second one."""
    manager, admin = visitor(Role.MANAGER), visitor(Role.ADMIN)
    path = "/settings/client-config/edit"
    mine = (await manager.get(f"{path}?key={config}")).fields()
    theirs = (await admin.get(f"{path}?key={config}")).fields()
    assert (await admin.post(path, {**theirs, "payment_days": "10", "legal_text": "By law"})).status == 303
    page = await manager.post(path, {**mine, "payment_days": "30", "cc": "boss@acme.uz"})
    assert page.status == 409
    rows = {
        cells[0]: cells[1:]
        for row in page.all("table.three tbody tr")
        if (cells := [" ".join(cell.text(separator=" ").split()) for cell in row.css("th, td")])
    }
    assert rows == {
        "Payment days": ["45", "10", "30"],
        "Copies to": ["empty", "empty", "boss@acme.uz"],
        "Legal text": ["empty", "By law", "—"],
    }
    assert "anna" in page.texts("thead th")[2]
    saved = await manager.post(path, {**page.fields(), "payment_days": "30"})
    assert saved.status == 303, saved.text
    value = await value_of(caller, "client-config", config)
    assert (value["payment_days"], value["cc"], value["legal_text"]) == (30, ["boss@acme.uz"], "By law")


async def test_what_cannot_be_read_is_named_and_kept(visitor: Visits, config: str) -> None:
    page = await edited(
        visitor, "client-config", config, payment_days="soon", series="", reminder_days="1, x", tax_note="by law"
    )
    assert page.status == 400
    told = page.texts("[role=alert]")[0]
    assert "Payment days: must be a whole number" in told
    assert "Number series: is required" in told
    assert "Reminders, days after the due date: must be a whole number" in told
    assert page.fields()["payment_days"] == "soon"
    refused = await edited(visitor, "client-config", config, series="S-none", tax_note="by law")
    assert refused.status == 400
    assert "prints no legal text" in refused.texts("[role=alert]")[0]
    unknown = await edited(visitor, "client-config", config, series="S-none")
    assert "Number series: there is no number series S-none" in unknown.texts("[role=alert]")[0]


async def test_a_rate_rule_ends_the_one_before(visitor: Visits, caller: Callers, key: str) -> None:
    manager = visitor(Role.MANAGER)
    fields = (await manager.get("/settings/rate-rules/new")).fields()
    first = {"key": key, "valid_from": "2025-01-01", "base_hourly_rate": "1 500,50", "monthly_limit_hours": "0"}
    second = {**first, "valid_from": "2026-04-01", "overtime_multiplier": "1,5", "weekend_days": ""}
    for typed in (first, second, second):  # the last one twice, as by a double click
        answer = await manager.post("/settings/rate-rules/new", {**fields, **typed})
        assert answer.status == 303, answer.text
    rules = (await value_of(caller, "rate-rules", key))["rules"]
    assert [(each["valid_from"], each["valid_to"], each["base_hourly_rate"]) for each in rules] == [
        ("2025-01-01", "2026-03-31", "1500.50"),
        ("2026-04-01", None, "1500.50"),
    ]
    assert (rules[1]["overtime_multiplier"], rules[1]["weekend_days"]) == ("1.5", [])
    corrected = await edited(visitor, "rate-rules", f"{key}.2026-04-01", base_hourly_rate="1600")
    assert corrected.status == 303, corrected.text
    listed = await manager.get(f"/settings/rate-rules?search={key}")
    assert listed.texts("main tbody .pill") == ["valid", "begins later"]  # today is 1 March 2026
    assert listed.texts(".history .change del")[0] == "1,500.50"
    begun = (await manager.get(f"/settings/rate-rules/remove?key={key}.2025-01-01")).fields()
    refused = await manager.post("/settings/rate-rules/remove", begun)
    assert refused.status == 400
    assert "has begun" in refused.text


async def test_an_exchange_rate_keeps_what_its_key_is_made_of(visitor: Visits, caller: Callers) -> None:
    manager = visitor(Role.MANAGER)
    fields = (await manager.get("/settings/exchange-rates/new")).fields()
    typed = {
        "from_currency": "USD",
        "to_currency": "XPF",
        "rate": "12 650,4",
        "source": "Bank",
        "valid_from": "2024-05-06",
    }
    assert (await manager.post("/settings/exchange-rates/new", {**fields, **typed})).status == 303
    key = "USD.XPF.2024-05-06"
    assert (await value_of(caller, "exchange-rates", key))["rate"] == "12650.4"
    opened = await manager.get(f"/settings/exchange-rates/edit?key={key}")
    assert "from_currency" not in opened.fields()
    saved = await edited(visitor, "exchange-rates", key, rate="12700", from_currency="EUR")
    assert saved.status == 303, saved.text
    value = await value_of(caller, "exchange-rates", key)
    assert (value["rate"], value["from_currency"]) == ("12700", "USD")


async def test_a_manager_changes_a_series_but_not_its_last_number(
    visitor: Visits, caller: Callers, series: str, key: str
) -> None:
    opened = await visitor(Role.MANAGER).get(f"/settings/number-series/edit?key={series}")
    assert "last_number" not in opened.fields()
    saved = await edited(visitor, "number-series", series, pattern=f"{key}/{{seq:04d}}", last_number="9")
    assert saved.status == 400  # no slash
    assert "Pattern" in saved.texts("[role=alert]")[0]
    saved = await edited(visitor, "number-series", series, pattern=f"{key}-{{seq:04d}}", last_number="9")
    assert saved.status == 303
    admin, path = visitor(Role.ADMIN), f"/settings/number-series/edit?key={series}"
    fields = (await admin.get(path)).fields()
    assert fields["last_number"] == "0"
    done = await admin.post("/settings/number-series/edit", {**fields, "last_number": "12", "reason": "old system"})
    assert done.status == 303, done.text
    value = await value_of(caller, "number-series", series)
    assert (value["pattern"], value["last_number"]) == (f"{key}-{{seq:04d}}", 12)
    listed = await admin.get(f"/settings/number-series?search={series}")
    assert f"{key}-0013" in listed.texts("main tbody td")


async def test_only_who_may_change_a_setting_can_send_its_form(visitor: Visits, config: str) -> None:
    for role, path in ((Role.EDITOR, "client-config"), (Role.MANAGER, "issuer"), (Role.MANAGER, "cost-access")):
        answer = await visitor(role).post(f"/settings/{path}/edit", {"key": config, "was": "{}"})
        assert answer.status == 403, path
    for path in ("client-config/new", "client-config/remove", "client-config/import"):
        assert (await visitor(Role.EDITOR).post(f"/settings/{path}", {"key": config})).status == 403, path
