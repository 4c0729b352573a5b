"""The pages of the settings: every area of the API has its page, and every field of a body its control."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from api.pages.settings.area_page import LinkedPage
from api.pages.settings.areas import ACCESS, AREAS, SECTIONS
from api.pages.settings.delegation_routes import form_of
from api.pages.settings.fields import Control, SettingField
from api.pages.settings.forms import SettingForm, model_of
from api.settings.routes import (
    api_keys,
    cloud_costs,
    contracts,
    costs,
    csv_files,
    delegations,
    exchange_rates,
    exclusions,
    installers,
    issuer,
    kpi,
    partners,
    rate_cards,
    resale,
    users,
)
from models.access.roles import Role
from models.invoice.delegations.delegation import NewDelegation
from models.settings.csv_columns import SHEETS
from tests.http.pages.desk_visits import Visitor

Visits = Callable[[Role], Visitor]
ROUTES: tuple[ModuleType, ...] = (
    *(api_keys, cloud_costs, contracts, costs, csv_files, delegations, exchange_rates, exclusions, installers),
    *(issuer, kpi, partners, rate_cards, resale, users),
)
# What the routes of the API show that is no area: the history beside each area, the overview, the set-up.
NO_AREAS = {"history", "areas", "setup", "{sheet}.csv"}


def routes() -> Iterator[APIRoute]:
    for module in ROUTES:
        yield from (route for route in module.router.routes if isinstance(route, APIRoute))


def area_of(route: APIRoute) -> str:
    return route.path.removeprefix("/settings/").split("/")[0]


def leaves(model: type[BaseModel], form: SettingForm, beginning: str = "") -> Iterator[str]:
    """Yield the paths of the fields that need a control: those of a model inside one, unless a table holds them."""
    names = {field.name for field in form.fields}
    for name, field in model.model_fields.items():
        path = f"{beginning}{name}"
        inner = model_of(field.annotation)
        if inner is not None and path not in names:
            yield from leaves(inner, form, f"{path}.")
        else:
            yield path


def columns_of(model: type[BaseModel], table: SettingField) -> set[str]:
    """Return the fields of the rows of a table, empty for one that is an object of the API."""
    annotation: Any = model
    for name in table.name.split("."):
        annotation = model_of(annotation).model_fields[name].annotation  # type: ignore[union-attr]
    rows = [each for each in get_args(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]
    return set(rows[0].model_fields) if rows else set()


def test_every_area_of_the_api_has_its_page() -> None:
    linked = {each.area.value for each in ACCESS}
    found = {area_of(route) for route in routes()} - NO_AREAS
    assert found == (set(AREAS) | linked) - {"webhook-endpoints"}  # these have no routes in `settings`


@pytest.mark.parametrize("route", [r for r in routes() if r.body_field], ids=lambda r: f"{sorted(r.methods)} {r.path}")
def test_every_field_of_a_body_has_a_control(route: APIRoute) -> None:
    body = model_of(route.body_field.field_info.annotation)  # type: ignore[union-attr]
    assert body is not None
    if body is NewDelegation:
        form = form_of(Role.ADMIN)
    elif area_of(route) in AREAS:
        page = AREAS[area_of(route)]
        form = page.form_of(Role.ADMIN, is_new="POST" in (route.methods or ()))
    else:
        pytest.skip("its pages have forms of their own")
    assert sorted(leaves(body, form)) == sorted({field.name for field in form.fields} - set(form.beside))
    for field in form.fields:
        if field.control is Control.ROWS and not field.keys:
            assert {column.name for column in field.columns} == columns_of(body, field)


def test_every_csv_file_of_the_api_has_its_page() -> None:
    assert set(SHEETS) == {page.area for page in AREAS.values() if page.has_csv}


def test_a_choice_has_words_for_each_value() -> None:
    for page in AREAS.values():
        for form in (page.form, page.new_form or page.form):
            for field in form.fields:
                assert bool(field.options) == (field.control in (Control.SELECT, Control.CHOICES)), field.name
                assert field.control is not Control.ROWS or field.columns, field.name


@pytest.mark.parametrize("area", list(AREAS))
async def test_each_area_has_a_page_for_who_may_see_it(visitor: Visits, area: str) -> None:
    page = await visitor(Role.ADMIN).get(f"/settings/{area}")
    assert page.status == 200
    assert "%(" not in page.text
    seen = await visitor(Role.VIEWER).get(f"/settings/{area}")
    assert seen.status == (403 if AREAS[area].is_confidential else 200)
    assert seen.all("form[method=post]:not([action='/logout'], [action='/look'])") == []


@pytest.mark.parametrize("area", [name for name, page in AREAS.items() if page.new_form])
async def test_each_list_has_a_form_for_who_may_add_to_it(visitor: Visits, area: str) -> None:
    page = await visitor(Role.MANAGER).get(f"/settings/{area}/new")
    assert page.status == 200
    form = AREAS[area].form_of(Role.MANAGER, is_new=True)
    posted = set(page.fields())
    for field in form.fields:
        assert any(name == field.name or name.startswith(f"{field.name}.") for name in posted), field.name
    assert (await visitor(Role.EDITOR).get(f"/settings/{area}/new")).status == 403


async def test_the_overview_shows_what_a_person_may_see(visitor: Visits) -> None:
    admin = await visitor(Role.ADMIN).get("/settings")
    links = set(admin.links("main tbody th a"))
    assert {f"/settings/{area}" for area in AREAS} <= links
    assert "/settings/delegations" in links
    viewer = await visitor(Role.VIEWER).get("/settings")
    hidden = links - set(viewer.links("main tbody th a"))
    assert {"/settings/cost-rates", "/settings/cost-assignments", "/settings/overhead-rules"} <= hidden
    assert viewer.texts("main tbody td:nth-child(4)").count("you") == 1  # everybody may delegate


async def test_the_overview_links_only_pages_that_the_desk_has(visitor: Visits, app: FastAPI) -> None:
    linked = {page.address for section in SECTIONS for page in section.pages if isinstance(page, LinkedPage)}
    shown = set((await visitor(Role.ADMIN).get("/settings")).links("main tbody th a"))
    assert linked & shown == linked & app.state.pages


async def test_an_unknown_area_is_no_page(visitor: Visits) -> None:
    assert (await visitor(Role.ADMIN).get("/settings/nothing")).status == 404
    assert (await visitor(Role.ADMIN).get("/settings/nothing.csv")).status == 404
    assert (await visitor(Role.ADMIN).get("/settings/issuer.csv")).status == 404


async def test_the_navigation_leads_to_the_settings(visitor: Visits) -> None:
    page = await visitor(Role.VIEWER).get("/settings/issuer")
    entry = page.all("nav.side a[href='/settings']")[0]
    assert (entry.attributes["data-go"], entry.attributes["aria-current"]) == ("e", "page")
    assert entry.text().strip() == "Settings"
