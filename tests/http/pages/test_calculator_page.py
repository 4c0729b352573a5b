"""The calculator of the desk: state in the address, results and mistakes, scenarios, saving, and who sees costs."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from models.access.roles import Role
from tests.http.callers import Caller, data_of
from tests.http.pages.desk_visits import Page, Visitor

Fields = dict[str, str]
# 100 h x 90.00 = 9,000.00 a month.
DEAL: Fields = {"a.name": "Support", "a.currency": "USD", "a.hourly_rate": "90", "a.standard": "100"}


@pytest.fixture
async def code(manager: Caller, key: str) -> str:
    """The role of a cost rate of its own: 2,400.00 USD for 128 hours, 18.75 an hour."""
    rate = {
        "kind": "role",
        "code": key,
        "currency": "USD",
        "gross": "2400.00",
        "hours_per_month": "160",
        "utilisation_percent": "80",
        "valid_from": "2026-01-01",
    }
    data_of(await manager.post("/settings/cost-rates", rate), 201)
    return key


def team(code: str, hours: str = "100", letter: str = "a") -> Fields:
    return {f"{letter}.team.0.who": f"role:{code}", f"{letter}.team.0.hours": hours}


def address(**fields: str) -> str:
    return f"/calculator?{urlencode(fields)}"


def results(page: Page) -> dict[str, list[str]]:
    """Return the cells of each row of the results."""
    found = {}
    for row in page.all("table.results tbody tr"):
        head, *cells = [" ".join(each.text(separator=" ").split()) for each in row.css("th, td")]
        found[head] = cells
    return found


@pytest.fixture
def marat(visitor: Callable[[Role], Visitor]) -> Visitor:
    return visitor(Role.MANAGER)


@pytest.fixture
def lena(visitor: Callable[[Role], Visitor]) -> Visitor:
    return visitor(Role.EDITOR)


async def test_a_deal_is_priced_with_its_margin(marat: Visitor, code: str) -> None:
    """9,000.00 - 100 x 18.75 = 7,125.00; 79.17 %."""
    page = await marat.get(address(**DEAL, **team(code)))
    assert page.status == 200
    found = results(page)
    assert found["Revenue of the term"] == ["9,000.00"]
    assert found["Direct cost"] == ["1,875.00"]
    assert found["Net margin"] == ["7,125.00"]
    assert found["Net margin in per cent"] == ["79.17"]
    assert "100 × 2400.00 / 128 = 1875.00" in page.text
    assert len(page.all("svg.lines circle")) == 10


async def test_the_form_keeps_what_stands_in_the_address(marat: Visitor, code: str) -> None:
    given = {**DEAL, **team(code, "50%"), "a.cost.0.name": "licence", "a.cost.0.amount": "1 500,00"}
    fields = (await marat.get(address(**given))).fields("form.calculator")
    assert {name: fields[name] for name in given} == given


async def test_a_share_of_a_month_and_a_comma(marat: Visitor, code: str) -> None:
    """Half a month is 64 hours: 64 x 18.75 = 1,200.00. The rate is typed with a comma: 90,50 x 100 = 9,050.00."""
    found = results(await marat.get(address(**{**DEAL, "a.hourly_rate": "90,50", **team(code, "50%")})))
    assert (found["Revenue of the term"], found["Direct cost"]) == (["9,050.00"], ["1,200.00"])


async def test_the_price_for_a_target(marat: Visitor, code: str) -> None:
    """1,875.00 / 0.2 / 100 = 93.75."""
    found = results(await marat.get(address(**{**DEAL, **team(code), "a.target_percent": "80"})))
    assert found["Price for the target margin"] == ["93.75 an hour, 80.00 %"]


async def test_a_margin_below_the_floor_is_amber(marat: Visitor, code: str) -> None:
    """20 h x 90 = 1,800.00 for 1,500.00: 16.67 % is below 25 %; at 10 % off there are 7.41 %."""
    page = await marat.get(address(**{**DEAL, "a.standard": "20", **team(code, "80")}))
    assert [each.text(deep=True).split()[0] for each in page.all("table.results .pill.blocked")] == ["16.67"]


async def test_scenarios_beside_each_other(marat: Visitor, code: str) -> None:
    second = {"b.currency": "USD", "b.hourly_rate": "100", "b.standard": "100", **team(code, letter="b")}
    page = await marat.get(address(**DEAL, **team(code), **second))
    found = results(page)
    assert found["Revenue of the term"] == ["9,000.00", "10,000.00 +1,000.00"]
    assert found["Net margin"] == ["7,125.00", "8,125.00 +1,000.00"]
    assert len(page.all("svg.lines polyline")) == 2


async def test_scenarios_are_added_and_removed_in_the_address(marat: Visitor, code: str) -> None:
    added = await marat.get(address(**DEAL, **team(code), do="add"))
    assert added.status == 303
    query = parse_qs(urlsplit(added.response.headers["Location"]).query)
    assert query["b.hourly_rate"] == ["90"]
    assert query["b.team.0.who"] == [f"role:{code}"]
    assert "do" not in query
    both = {name: value[0] for name, value in query.items()}
    removed = await marat.get(address(**both, do="remove.a"))
    query = parse_qs(urlsplit(removed.response.headers["Location"]).query)
    assert {name.split(".")[0] for name in query} == {"a"}
    five = {f"{letter}.hourly_rate": "1" for letter in "abcde"}
    full = await marat.get(address(**five))
    assert len(full.all("table.results thead th")) == 6
    assert 'value="add"' not in full.response.text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"a.hourly_rate": "12.345"}, "can mean"),
        ({"a.hourly_rate": "much"}, "amount"),
        ({"a.term_months": "0"}, "1"),
        ({"a.discount_percent": "5", "a.discount_amount": "5"}, "not both"),
        ({"a.team.0.who": "role:nobody-knows", "a.team.0.hours": "10"}, "has no cost rate"),
        ({"a.team.0.hours": "10"}, "give an employee, a role or a grade"),
        ({"a.cost.0.name": "licence"}, "required"),
    ],
)
async def test_a_mistake_stands_at_its_field_and_nothing_is_lost(marat: Visitor, given: Fields, message: str) -> None:
    page = await marat.get(address(**{**DEAL, **given}))
    assert page.status == 200
    assert message in " ".join(page.texts(".deal-table .wrong")), page.texts(".wrong")
    assert page.all("[aria-invalid=true]")
    fields = page.fields("form.calculator")
    assert {name: fields[name] for name in given if not name.endswith("who")} == {
        name: text for name, text in given.items() if not name.endswith("who")
    }


async def test_a_mistake_in_one_scenario_does_not_hide_the_other(marat: Visitor) -> None:
    page = await marat.get(address(**DEAL, **{"b.hourly_rate": "x"}))
    assert results(page)["Revenue of the term"] == ["9,000.00"]


async def test_who_does_not_see_costs_sees_prices(lena: Visitor, code: str) -> None:
    page = await lena.get(address(**{**DEAL, **team(code), "a.target_percent": "80"}))
    found = results(page)
    assert found["Revenue of the term"] == ["9,000.00"]
    assert found.keys().isdisjoint({"Direct cost", "Net margin", "Price for the target margin"})
    for secret in ("1,875", "18.75", "2400", "2,400", "7,125", code):
        assert secret not in " ".join(page.texts("#result, .deals"))
    assert page.all("select[name='a.team.0.who']") == []
    assert page.all("svg.lines") == []


async def test_saving_keeps_the_results_and_a_repetition_is_harmless(marat: Visitor, code: str) -> None:
    page = await marat.get(address(**DEAL, **team(code)))
    form = page.fields("form.save")
    assert form["save_name"] == "Support"
    saved = await marat.post("/calculator/save", form | {"save_name": f"Offer {code}"})
    assert saved.status == 303
    again = await marat.post("/calculator/save", form | {"save_name": f"Offer {code}"})
    assert again.response.headers["Location"] == saved.response.headers["Location"]
    shown = await marat.get(saved.response.headers["Location"])
    assert shown.texts("h1") == [f"Offer {code}"]
    assert results(shown)["Net margin"] == ["7,125.00"]
    [copy] = [each for each in shown.links(".actions a") if each.startswith("/calculator?")]
    assert results(await marat.get(copy))["Net margin"] == ["7,125.00"]
    listed = await marat.get("/calculations")
    assert f"Offer {code}" in listed.text


async def test_a_saved_calculation_hides_costs_from_others(marat: Visitor, lena: Visitor, code: str) -> None:
    form = (await marat.get(address(**DEAL, **team(code)))).fields("form.save")
    saved = (await marat.post("/calculator/save", form)).response.headers["Location"]
    page = await lena.get(saved)
    assert results(page)["Revenue of the term"] == ["9,000.00"]
    assert "7,125" not in page.response.text
    assert not [each for each in page.links(".actions a") if each.startswith("/calculator?")]


async def test_what_cannot_be_computed_is_not_saved(marat: Visitor) -> None:
    form = {"key": "0" * 32, "save_name": "Offer", "state": address(**{"a.hourly_rate": "x"})}
    page = await marat.post("/calculator/save", form)
    assert page.status == 400
    assert "Give the calculation a name" in page.text


async def test_a_viewer_computes_and_does_not_save(visitor: Callable[[Role], Visitor]) -> None:
    vera = visitor(Role.VIEWER)
    page = await vera.get(address(**DEAL))
    assert results(page)["Revenue of the term"] == ["9,000.00"]
    assert page.all("form.save") == []
    refused = await vera.post("/calculator/save", {"key": "1" * 32, "save_name": "x", "state": address(**DEAL)})
    assert refused.status == 403


async def test_an_unknown_calculation(marat: Visitor) -> None:
    assert (await marat.get(f"/calculations/{'0' * 32}")).status == 404


async def test_russian(marat: Visitor, code: str) -> None:
    page = await marat.speaking("ru").get(address(**DEAL, **team(code)))
    assert results(page)["Чистая маржа"] == ["7 125,00"]
