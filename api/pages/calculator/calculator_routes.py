"""The page of the calculator. Its state is in the address; each change of the form is computed by the server."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import ImmutableMultiDict

from api.access.deps import Actor, require
from api.deps import TodayDep
from api.errors import Invalid
from api.pages.calculator.fields import COST_FIELDS, GROUPS, LETTERS
from api.pages.calculator.results import shown_results
from api.pages.calculator.state import ADDRESS, MOST_ROWS, Draft, address_of, changed, drafts_of, read
from api.pages.forms.keys import form_key
from api.pages.languages import N_
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep
from api.quotes.calculating import known_rates, result_of
from api.quotes.deps import CalculationsDep
from api.quotes.schemas import NewCalculation
from api.settings.cost_access import margin_targets
from api.settings.deps import SettingsStoreDep
from api.settings.store import SettingsStore
from models.access.roles import DRAFTING
from models.quotes.calculator.calculation import ScenarioResult
from models.quotes.calculator.cost_book import CalculationRefused, CostBook
from models.quotes.calculator.scenario import Scenario
from models.quotes.rates.cost_rate import CostOf
from models.settings.dated import is_valid_on

router = APIRouter(include_in_schema=False)

SAVE = f"{ADDRESS}/save"
WHO: Mapping[CostOf, str] = {
    CostOf.ROLE: N_("Roles"),
    CostOf.GRADE: N_("Grades"),
    CostOf.EMPLOYEE: N_("People"),
}


@dataclass(frozen=True)
class Column:
    """One scenario of the page: what was typed, and its result or what is wrong with it."""

    draft: Draft
    name: str
    scenario: Scenario | None
    result: ScenarioResult | None
    errors: Mapping[str, str]

    @property
    def letter(self) -> str:
        return self.draft.letter


@router.get(ADDRESS)
async def calculator_page(
    request: Request, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep, today: TodayDep
) -> Response:
    """Show the form and the results. An action of the form (`do`) leads to the address with its state."""
    drafts = drafts_of(request.query_params)
    if action := request.query_params.get("do"):
        return RedirectResponse(address_of(changed(drafts, action)), 303)
    return await _page(desk, actor, store, drafts, today)


@router.post(SAVE)
async def save_calculation(
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    store: SettingsStoreDep,
    saved: CalculationsDep,
    today: TodayDep,
) -> Response:
    """Store the calculation with its inputs, results and rates. The key of the form makes a repetition harmless."""
    require(actor, DRAFTING, "saving a calculation")
    posted = await request.form()
    key = form_key(posted).replace("-", "")
    drafts = drafts_of(ImmutableMultiDict(parse_qsl(urlsplit(str(posted.get("state", ""))).query)))
    columns = await _columns(desk, drafts, await known_rates(store, sees_costs=desk.sees_costs), today)
    scenarios = tuple(each.scenario for each in columns if each.scenario and each.result)
    results = tuple(each.result for each in columns if each.result)
    name = str(posted.get("save_name", "")).strip()[:100]
    if not name or len(results) != len(columns):
        message = desk.text(N_("Give the calculation a name, and correct the fields that are marked."))
        return await _page(desk, actor, store, drafts, today, status=400, refused=Invalid.at("save_name", message))
    body = NewCalculation(name=name, scenarios=scenarios)
    row = await saved.add(key, body.name, body.scenarios, results, actor.username)
    return RedirectResponse(f"/calculations/{row['id']}", 303)


async def _page(
    desk: Desk,
    actor: Actor,
    store: SettingsStore,
    drafts: Sequence[Draft],
    today: date,
    status: int = 200,
    refused: Invalid | None = None,
) -> Response:
    book = await known_rates(store, sees_costs=desk.sees_costs)
    columns = await _columns(desk, drafts, book, today)
    rows = max(len(each.draft.team) for each in columns)
    costs = max(len(each.draft.costs) for each in columns)
    return desk.page(
        "calculator/calculator.html.j2",
        status=status,
        refused=refused,
        columns=columns,
        groups=_groups(desk),
        opened=_opened(drafts),
        team_rows=range(min(rows + 1, MOST_ROWS)),
        cost_rows=range(min(costs + 1, MOST_ROWS)),
        cost_fields=COST_FIELDS,
        who=_who(book, today),
        who_labels=WHO,
        may_add=len(columns) < len(LETTERS),
        state=address_of(drafts),
        may_save=actor.role.includes(DRAFTING),
        **shown_results(desk, [(each.letter, each.result) for each in columns if each.result]),
        floor=(await margin_targets(store)).floor_percent if desk.sees_costs else None,
    )


async def _columns(desk: Desk, drafts: Sequence[Draft], book: CostBook, today: date) -> list[Column]:
    sees_costs = desk.sees_costs
    names = [
        each.texts.get("name") or desk.text(N_("Scenario %(letter)s"), letter=each.letter.upper()) for each in drafts
    ]

    def computed() -> list[Column]:
        return [_column(each, name, book, today, sees_costs) for each, name in zip(drafts, names, strict=True)]

    return await asyncio.to_thread(computed)


def _column(draft: Draft, name: str, book: CostBook, today: date, sees_costs: bool) -> Column:
    found = read(draft, name, sees_costs=sees_costs)
    if found.scenario is None:
        return Column(draft, name, None, None, found.errors)
    try:
        return Column(draft, name, found.scenario, result_of(found.scenario, today, book, sees_costs=sees_costs), {})
    except CalculationRefused as refused:
        first, _, rest = refused.path.partition(".")
        place = (
            f"team.{rest}.who" if first == "team" else ("currency" if first != "costs" else f"cost.{rest[:1]}.amount")
        )
        return Column(draft, name, found.scenario, None, {place: refused.message})


def _opened(drafts: Sequence[Draft]) -> set[str]:
    """Return the labels of the groups in which something was typed, so that nothing typed is hidden."""
    typed = {name for draft in drafts for name in draft.texts}
    return {group.label for group in GROUPS if typed & {each.name for each in group.fields}}


def _groups(desk: Desk) -> list[Any]:
    """Return the groups of fields, without those of costs for people who do not see them."""
    return [(group, [each for each in group.fields if desk.sees_costs or not each.of_costs]) for group in GROUPS]


def _who(book: CostBook, today: date) -> dict[CostOf, list[str]]:
    """Return the codes that have a cost rate today, by kind."""
    found: dict[CostOf, list[str]] = {}
    for kind in WHO:
        codes = sorted(
            {
                each.code
                for each in book.cost_rates
                if each.kind is kind
                and is_valid_on(today, valid_from=each.valid_from, valid_to=each.valid_to, active=each.active)
            }
        )
        if codes:
            found[kind] = codes
    return found
