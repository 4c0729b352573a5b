"""Computes scenarios with the rates of the settings, for the routes and for the pages."""

import asyncio
from datetime import date

from api.errors import Invalid
from api.settings.cost_repositories import cost_book, exchange_rates
from api.settings.store import SettingsStore
from models.quotes.calculator.calculation import ScenarioResult, prices_only, with_margin
from models.quotes.calculator.cost_book import CalculationRefused, CostBook
from models.quotes.calculator.scenario import Scenario


async def known_rates(store: SettingsStore, *, sees_costs: bool) -> CostBook:
    """Return the rates for a calculation. For those who do not see costs no cost rate is read."""
    async with store.reading() as connection:
        if sees_costs:
            return await cost_book(connection)
        return CostBook(exchange_rates=await exchange_rates(connection))


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
