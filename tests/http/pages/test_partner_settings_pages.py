"""The pages of partners: settings with history and conflicts, the rate card with its search, KPI rules."""

from collections.abc import Callable

import pytest

from models.access.roles import Role
from tests.http.callers import Caller, data_of
from tests.http.pages.desk_visits import Visitor
from tests.http.pages.partner_data import made_partner, received

Visits = Callable[[Role], Visitor]


@pytest.fixture
async def partner(manager: Caller, admin: Caller) -> str:
    return await made_partner(manager, admin)


def rate_of(partner: str) -> str:
    return f"{partner}.activation.FTTH.any.MYR.2026-01-01"


async def test_a_partner_shows_its_rates_and_its_work(editor: Caller, partner: str, visitor: Visits) -> None:
    await received(editor, partner)
    listed = await visitor(Role.VIEWER).get("/partners")
    assert f"/partners/{partner}" in listed.links("main a")
    page = await visitor(Role.VIEWER).get(f"/partners/{partner}")
    assert page.status == 200
    assert f"/rate-cards/{rate_of(partner)}" in page.links("#rates a")
    assert "To invoice (1)" in page.texts(".head .actions a")
    assert "Change the settings" not in page.text
    assert (await visitor(Role.EDITOR).get(f"/partners/{partner}/edit")).status == 403
    assert (await visitor(Role.VIEWER).get("/partners/NOBODY")).status == 404


async def test_the_settings_are_changed_with_history_and_once(manager: Caller, partner: str, visitor: Visits) -> None:
    desk, address = visitor(Role.MANAGER), f"/partners/{partner}/edit"
    form = (await desk.get(address)).fields()
    changed = {
        **form,
        "payment_days": "30",
        "contacts": "Aina <aina@time.example> +60 3\nLim <lim@time.example>",
        "portal_url": "https://portal.time.example",
        "order_types.assurance": "true",
        "reminder_days": "-3 0 5",
    }
    for _ in range(2):
        assert (await desk.post(address, changed)).status == 303
    value = data_of(await manager.get(f"/settings/partners/{partner}"))["value"]
    assert (value["payment_days"], value["order_types"]) == (30, ["activation", "assurance"])
    assert [each["name"] for each in value["contacts"]] == ["Aina", "Lim"]
    assert value["reminder_days"] == [-3, 0, 5]
    page = await desk.get(f"/partners/{partner}")
    assert "45 30" in page.texts("section[aria-labelledby=history-title] .change")[0] or any(
        "45 30" in text for text in page.texts("section[aria-labelledby=history-title] .change")
    )
    history = (await manager.get(f"/settings/history?area=partners&key={partner}")).json()["data"]
    assert len(history) == 2  # made, and changed once
    wrong = await desk.post(address, {**(await desk.get(address)).fields(), "payment_days": "soon"})
    assert wrong.status == 400
    assert wrong.all("#f-payment_days")[0].attributes["aria-invalid"] == "true"


async def test_two_people_who_change_a_partner_see_each_other(manager: Caller, partner: str, visitor: Visits) -> None:
    desk, address = visitor(Role.ADMIN), f"/partners/{partner}/edit"
    form = (await desk.get(address)).fields()
    setting = data_of(await manager.get(f"/settings/partners/{partner}"))
    theirs = setting["value"] | {"payment_days": 10}
    data_of(await manager.put(f"/settings/partners/{partner}", theirs, headers={"If-Match": setting["version"]}))
    page = await desk.post(address, {**form, "name": "TIME Berhad"})
    assert page.status == 409
    panel = page.texts(".panel.warning li")
    assert "Payment days: now 10 , yours 45" in panel
    assert (await desk.post(address, {**page.fields(), "payment_days": "10"})).status == 303
    value = data_of(await manager.get(f"/settings/partners/{partner}"))["value"]
    assert (value["name"], value["payment_days"]) == ("TIME Berhad", 10)


async def test_a_new_partner_is_added(manager: Caller, partner: str, visitor: Visits) -> None:
    desk, key = visitor(Role.MANAGER), f"N{partner[1:10]}"
    form = (await desk.get("/partners/new/edit")).fields()
    fields = {**form, "name": "New", "series": f"S-{partner}", "order_types.activation": "true"}
    without_key = await desk.post("/partners/new/edit", fields)
    assert without_key.status == 400
    added = await desk.post("/partners/new/edit", {**fields, "key_of_partner": key.lower()})
    assert added.response.headers["Location"] == f"/partners/{key}"
    assert data_of(await manager.get(f"/settings/partners/{key}"))["value"]["payment_days"] == 45


async def test_which_rate_applies_and_why(partner: str, visitor: Visits) -> None:
    """A prelaid job takes the row of its method; the row for any method is less specific."""
    desk = visitor(Role.VIEWER)
    asked = f"/rate-cards/explain?partner={partner}&order_type=activation&category=FTTH&on=2026-02-26"
    page = await desk.get(f"{asked}&method=PRELAID")
    assert "145.00" in page.texts(".panel.done")[0]
    first, second, *_ = page.texts("main table tbody tr")
    assert "decides" in first
    assert "PRELAID" in first
    assert "is less specific than" in second
    plain = await desk.get(asked)
    assert "75.00" in plain.texts(".panel.done")[0]
    none = await desk.get(f"/rate-cards/explain?partner={partner}&order_type=activation&category=FTTO&on=2026-02-26")
    assert "has no rate" in none.texts(".panel.danger")[0]
    early = await desk.get(asked.replace("2026-02-26", "2025-12-31"))
    assert "is valid from 2026-01-01 on" in early.text
    wrong = await desk.get(asked.replace("FTTH", "ft th"))
    assert wrong.status == 400


async def test_a_rate_is_followed_by_another_from_a_day_on(manager: Caller, partner: str, visitor: Visits) -> None:
    """75.00 until 31 March, 80.00 from 1 April on."""
    desk, key = visitor(Role.MANAGER), rate_of(partner)
    address = f"/rate-cards/{key}/follow"
    form = (await desk.get(address)).fields()
    assert (form["amount"], form["valid_from"]) == ("75.00", "")
    fields = {**form, "valid_from": "2026-04-01", "amount": "80,00"}
    following = key.replace("2026-01-01", "2026-04-01")
    for _ in range(2):
        answer = await desk.post(address, fields)
        assert (answer.status, answer.response.headers["Location"]) == (303, f"/rate-cards/{following}")
    before = data_of(await manager.get(f"/settings/rate-cards/{key}"))["value"]
    after = data_of(await manager.get(f"/settings/rate-cards/{following}"))["value"]
    assert (before["valid_to"], before["amount"], after["amount"]) == ("2026-03-31", "75.00", "80.00")
    shown = await desk.get(f"/rate-cards/{key}")
    assert "31 Mar 2026" in shown.texts("dl.facts")[0]
    earlier = await desk.post(address, {**fields, "valid_from": "2025-01-01", "version": ""})
    assert earlier.status in (400, 409)


async def test_overlapping_rates_are_refused_with_both(partner: str, visitor: Visits) -> None:
    desk = visitor(Role.MANAGER)
    form = (await desk.get(f"/rate-cards/new?partner={partner}")).fields()
    fields = {**form, "order_type": "activation", "category": "FTTH", "amount": "90", "valid_from": "2026-02-01"}
    page = await desk.post("/rate-cards/new", fields)
    assert page.status == 400
    assert f"overlaps {rate_of(partner)}" in page.texts("[role=alert]")[0]
    assert page.fields()["amount"] == "90"


async def test_a_future_rate_can_be_deleted_and_a_begun_one_not(partner: str, visitor: Visits) -> None:
    desk, key = visitor(Role.MANAGER), rate_of(partner)
    begun = (await desk.get(f"/rate-cards/{key}/delete")).fields()
    page = await desk.post(f"/rate-cards/{key}/delete", begun)
    assert page.status == 400
    assert "has begun" in page.texts("[role=alert]")[0]
    fields = (await desk.get(f"/rate-cards/{key}/follow")).fields() | {"valid_from": "2027-01-01"}
    following = (await desk.post(f"/rate-cards/{key}/follow", fields)).response.headers["Location"]
    form = (await desk.get(f"{following}/delete")).fields()
    for _ in range(2):
        assert (await desk.post(f"{following}/delete", form)).status == 303
    assert (await desk.get(following)).status == 404


async def test_the_list_of_rates_is_filtered_by_its_address(partner: str, visitor: Visits) -> None:
    desk = visitor(Role.VIEWER)
    page = await desk.get(f"/rate-cards?owner={partner}")
    assert len(page.all("main table tbody tr")) == 2
    assert page.texts(".chips a.chip") == [f"Whose rates: {partner}"]
    none = await desk.get(f"/rate-cards?owner={partner}&on=2025-01-01")
    assert "Nothing matches" in none.text
    assert "Add a rate" not in page.text


async def test_a_kpi_rule_is_added_ended_and_shown(partner: str, visitor: Visits) -> None:
    desk = visitor(Role.MANAGER)
    form = (await desk.get(f"/partners/kpi-rules/new?partner={partner}")).fields()
    nothing = await desk.post("/partners/kpi-rules/new", form)
    assert nothing.status == 400
    fields = {**form, "exceeded_penalty": "20", "unit": "percent", "valid_from": "2026-01-01"}
    address = (await desk.post("/partners/kpi-rules/new", fields)).response.headers["Location"]
    assert address == f"/partners/kpi-rules/{partner}.any.2026-01-01"
    page = await desk.get(f"/partners/{partner}")
    assert "20.00 %" in page.texts("#kpi tbody tr")[0]
    edited = (await desk.get(f"{address}/edit")).fields() | {"valid_to": "2026-06-30"}
    assert (await desk.post(f"{address}/edit", edited)).status == 303
    assert "30 Jun" in (await desk.get(f"/partners/{partner}")).texts("#kpi tbody tr")[0]


async def test_the_api_supersedes_a_rate(manager: Caller, editor: Caller, partner: str) -> None:
    path = f"/settings/rate-cards/{rate_of(partner)}"
    setting = data_of(await manager.get(path))
    match = {"If-Match": f'"{setting["version"]}"'}
    following = setting["value"] | {"valid_from": "2026-05-01", "amount": "85"}
    assert (await editor.post(f"{path}/supersede", following, headers=match)).status_code == 403
    other = await manager.post(f"{path}/supersede", following | {"category": "FTTO"}, headers=match)
    assert (other.status_code, other.json()["error"]["details"][0]["path"]) == (400, "partner")
    same_day = await manager.post(f"{path}/supersede", setting["value"], headers=match)
    assert same_day.json()["error"]["details"][0]["path"] == "valid_from"
    made = data_of(await manager.post(f"{path}/supersede", following, headers=match), 201)
    assert made["key"].endswith("2026-05-01")
    assert data_of(await manager.get(path))["value"]["valid_to"] == "2026-04-30"
    stale = await manager.post(f"{path}/supersede", following | {"valid_from": "2026-07-01"}, headers=match)
    assert stale.status_code == 409


async def test_names_of_partners_are_data_and_no_markup(manager: Caller, admin: Caller, visitor: Visits) -> None:
    partner = await made_partner(manager, admin, name="<b>100% Fibre</b> & Sons")
    desk = visitor(Role.MANAGER)
    for path in (f"/rate-cards/new?partner={partner}", "/rate-cards/explain", f"/partners/{partner}", "/partners"):
        page = await desk.get(path)
        assert page.status == 200, path
        assert "<b>100%" not in page.response.text, path
        assert "100% Fibre" in page.tree.text(), path


async def test_two_people_who_correct_a_rate_see_each_other(manager: Caller, partner: str, visitor: Visits) -> None:
    """Somebody else sets 78.00 while the form is open; saving again writes one's own 79.00."""
    desk, key = visitor(Role.ADMIN), rate_of(partner)
    address = f"/rate-cards/{key}/edit"
    form = (await desk.get(address)).fields()
    setting = data_of(await manager.get(f"/settings/rate-cards/{key}"))
    theirs = setting["value"] | {"amount": "78"}
    data_of(await manager.put(f"/settings/rate-cards/{key}", theirs, headers={"If-Match": setting["version"]}))
    page = await desk.post(address, {**form, "amount": "79"})
    assert page.status == 409
    assert page.texts(".panel.warning li") == ["Amount for one job, before tax: now 78.00 , yours 79"]
    assert (await desk.post(address, page.fields())).status == 303
    history = (await manager.get(f"/settings/history?area=rate-cards&key={key}")).json()["data"]
    assert [each["after"]["amount"] for each in history] == ["79.00", "78.00", "75.00"]
