"""Routes of the pricing calculator, and of saved calculations.

Whoever does not see costs gets prices that no cost rate was read for.
"""

import asyncio
from datetime import date
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Path, Query
from pydantic import StringConstraints

from api.access.deps import DrafterDep
from api.deps import StateDep, TodayDep
from api.errors import Invalid, NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Meta, Page
from api.http.error_responses import errors
from api.http.parameters import Paging
from api.quotes.repository import Calculations
from api.quotes.schemas import Calculation, CalculationRow, CalculationView, NewCalculation, SavedCalculationView
from api.settings.cost_access import SeesCosts, require_costs
from api.settings.cost_repositories import COST_RATES, EXCHANGE_RATES, OVERHEAD_RULES
from api.settings.deps import Reader, SettingsStoreDep
from api.settings.store import SettingsStore
from models.quotes.calculator.calculation import ScenarioResult, prices_only, with_margin
from models.quotes.calculator.cost_book import CalculationRefused, CostBook
from models.quotes.calculator.scenario import Scenario

router = APIRouter(tags=["calculator"], route_class=DecimalJsonRoute)

CalculationId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$"), Path()]


async def calculations(state: StateDep) -> Calculations:
    return Calculations(state.engines.settings)


CalculationsDep = Annotated[Calculations, Depends(calculations)]


@router.post("/calculator", summary="Price deals and compare them", responses=errors(400, 401, 403, 503))
async def calculate(
    body: Calculation, store: SettingsStoreDep, user: Reader, sees_costs: SeesCosts, today: TodayDep
) -> Envelope[CalculationView]:
    """Prices up to five scenarios by the rules that make invoices, and explains every figure. Nothing is stored.

    Whoever has the permission `finance` gets costs and margins, too: break-even hours, sensitivity, and the price for a
    target margin.
    """
    if body.asks_for_costs:
        await require_costs(store, user)
    return Envelope(data=CalculationView.of(await results_of(store, body.scenarios, today, sees_costs=sees_costs)))


@router.get("/calculations", summary="Saved calculations", responses=errors(400, 401, 503))
async def list_calculations(
    paging: Annotated[Paging, Query()], saved: CalculationsDep, _: Reader
) -> Page[CalculationRow]:
    rows, total = await saved.page(paging.offset, paging.per_page)
    return Page(
        data=[CalculationRow.model_validate(row) for row in rows],
        meta=Meta(total=total, page=paging.page, per_page=paging.per_page),
    )


@router.post("/calculations", status_code=201, summary="Save a calculation", responses=errors(400, 401, 403, 503))
async def save_calculation(
    body: NewCalculation,
    store: SettingsStoreDep,
    saved: CalculationsDep,
    user: DrafterDep,
    sees_costs: SeesCosts,
    today: TodayDep,
) -> Envelope[SavedCalculationView]:
    """Stores the inputs and the results with every rate that was used; later rates do not change them."""
    if body.asks_for_costs:
        await require_costs(store, user)
    results = await results_of(store, body.scenarios, today, sees_costs=sees_costs)
    row = await saved.add(uuid4().hex, body.name, body.scenarios, results, user.username)
    return Envelope(data=SavedCalculationView.of_row(row, sees_costs=sees_costs))


@router.get("/calculations/{calculation_id}", summary="A saved calculation", responses=errors(400, 401, 404, 503))
async def get_calculation(
    calculation_id: CalculationId, saved: CalculationsDep, _: Reader, sees_costs: SeesCosts
) -> Envelope[SavedCalculationView]:
    row = await saved.find(calculation_id)
    if row is None:
        raise NotFound(f"There is no calculation {calculation_id}.")
    return Envelope(data=SavedCalculationView.of_row(row, sees_costs=sees_costs))


async def known_rates(store: SettingsStore, *, sees_costs: bool) -> CostBook:
    """Return the rates for a calculation. For those who do not see costs no cost rate is read."""
    exchange_rates = tuple(each.exchange_rate() for each in (await store.all(EXCHANGE_RATES)).values())
    if not sees_costs:
        return CostBook(exchange_rates=exchange_rates)
    return CostBook(
        cost_rates=tuple(each.rate(key) for key, each in (await store.all(COST_RATES)).items()),
        overhead_rules=tuple(each.rule(key) for key, each in (await store.all(OVERHEAD_RULES)).items()),
        exchange_rates=exchange_rates,
    )


def result_of(scenario: Scenario, today: date, book: CostBook, *, sees_costs: bool) -> ScenarioResult:
    """Return the result of a scenario. Raise CalculationRefused at the field for which a rate is missing."""
    return with_margin(scenario, today, book) if sees_costs else prices_only(scenario, today, book.exchange_rates)


async def results_of(
    store: SettingsStore, scenarios: tuple[Scenario, ...], today: date, *, sees_costs: bool
) -> tuple[ScenarioResult, ...]:
    """Return the result of each scenario. Raise Invalid at the field for which a rate is missing."""
    book = await known_rates(store, sees_costs=sees_costs)

    def computed() -> tuple[ScenarioResult, ...]:
        results = []
        for place, scenario in enumerate(scenarios):
            try:
                results.append(result_of(scenario, today, book, sees_costs=sees_costs))
            except CalculationRefused as refused:
                raise Invalid.at(f"scenarios.{place}.{refused.path}", refused.message) from refused
        return tuple(results)

    return await asyncio.to_thread(computed)
