"""The pages of saved calculations: the list, and one as it was saved."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.errors import NotFound
from api.pages.calculator.fields import LETTERS
from api.pages.calculator.results import shown_results
from api.pages.calculator.state import address_of, draft_of
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from api.quotes.deps import CalculationId, CalculationsDep
from api.settings.cost_access import margin_targets
from api.settings.deps import SettingsStoreDep
from models.access.roles import DRAFTING
from models.quotes.calculator.calculation import ScenarioResult
from models.quotes.calculator.scenario import Scenario
from models.values.typed_values import AS_RECORDED

router = APIRouter(include_in_schema=False)

ADDRESS = "/calculations"
PER_PAGE = 50


@router.get(ADDRESS)
async def saved_calculations_page(
    _: PageActorDep,
    desk: DeskDep,
    saved: CalculationsDep,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """Show the saved calculations, the newest first."""
    rows, total = await saved.page((page - 1) * PER_PAGE, PER_PAGE)
    return desk.page(
        "calculator/saved_list.html.j2",
        rows=rows,
        total=total,
        previous=f"{ADDRESS}?page={page - 1}" if page > 1 else None,
        next=f"{ADDRESS}?page={page + 1}" if page * PER_PAGE < total else None,
    )


@router.get(f"{ADDRESS}/{{calculation_id}}")
async def saved_calculation_page(
    calculation_id: CalculationId, actor: PageActorDep, desk: DeskDep, saved: CalculationsDep, store: SettingsStoreDep
) -> Response:
    """Show a calculation as it was saved. Who sees costs may change a copy of its inputs."""
    row = await saved.find(calculation_id)
    if row is None:
        raise NotFound(f"There is no calculation {calculation_id}.")
    results = [ScenarioResult.model_validate(each) for each in row["results"]]
    copy = None
    if desk.sees_costs:
        inputs = [Scenario.model_validate(each, context=AS_RECORDED) for each in row["scenarios"]]
        copy = address_of([draft_of(each, letter) for letter, each in zip(LETTERS, inputs, strict=False)])
    return desk.page(
        "calculator/saved.html.j2",
        row=row,
        may_quote=actor.role.includes(DRAFTING),
        copy=copy,
        **shown_results(desk, list(zip(LETTERS, results, strict=False))),
        floor=(await margin_targets(store)).floor_percent if desk.sees_costs else None,
    )
