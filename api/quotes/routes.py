"""Routes of the pricing calculator, and of saved calculations.

Whoever does not see costs gets prices that no cost rate was read for.
"""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query

from api.access.deps import DrafterDep
from api.deps import TodayDep
from api.errors import NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Meta, Page
from api.http.error_responses import errors
from api.http.parameters import Paging
from api.quotes.calculating import results_of
from api.quotes.deps import CalculationId, CalculationsDep
from api.quotes.schemas import Calculation, CalculationRow, CalculationView, NewCalculation, SavedCalculationView
from api.settings.cost_access import SeesCosts, require_costs
from api.settings.deps import Reader, SettingsStoreDep

router = APIRouter(tags=["calculator"], route_class=DecimalJsonRoute)


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
