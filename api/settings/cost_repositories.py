"""The repositories of cost rates and their assignments, overhead rules, exchange rates, who sees costs, and targets."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from api.settings.partner_repositories import DatedRepository
from api.settings.repositories import SettingRepository
from models.access.cost_access import CostAccess
from models.access.tables import CostAccessRow
from models.quotes.calculator.cost_book import CostBook
from models.quotes.margins.targets import MarginTargets
from models.quotes.rates.cost_assignment import CostAssignmentInput
from models.quotes.rates.cost_rate import CostRateInput
from models.quotes.rates.overhead_rule import OverheadRuleInput
from models.quotes.rates.tables import CostAssignmentTable, CostRateTable, OverheadRuleTable
from models.quotes.tables import MarginTargetsRow
from models.settings.area import Area
from models.settings.exchange_rate import ExchangeRate, ExchangeRateInput
from models.settings.tables import ExchangeRateRow


class CostAccessRepository(SettingRepository[CostAccess]):
    """Who sees costs: one row with the key `costs`, which is absent until an admin sets it."""

    KEY = "costs"

    def __init__(self) -> None:
        super().__init__(Area.COST_ACCESS, CostAccess, CostAccessRow, "id")

    async def current(self, connection: AsyncConnection) -> CostAccess:
        """Return the setting, or its default."""
        return (await self.read(connection)).get(self.KEY, CostAccess())


class MarginTargetsRepository(SettingRepository[MarginTargets]):
    """The margins that are wanted: one row with the key `margins`, which is absent until somebody sets them."""

    KEY = "margins"

    def __init__(self) -> None:
        super().__init__(Area.MARGIN_TARGETS, MarginTargets, MarginTargetsRow, "id")

    async def current(self, connection: AsyncConnection) -> MarginTargets:
        """Return the setting, or its default."""
        return (await self.read(connection)).get(self.KEY, MarginTargets())


COST_RATES = DatedRepository(Area.COST_RATES, CostRateInput, CostRateTable, "id")
COST_ASSIGNMENTS = DatedRepository(Area.COST_ASSIGNMENTS, CostAssignmentInput, CostAssignmentTable, "id")
OVERHEAD_RULES = DatedRepository(Area.OVERHEAD_RULES, OverheadRuleInput, OverheadRuleTable, "id")
EXCHANGE_RATES = DatedRepository(Area.EXCHANGE_RATES, ExchangeRateInput, ExchangeRateRow, "id")
COST_ACCESS = CostAccessRepository()
MARGIN_TARGETS = MarginTargetsRepository()


async def cost_book(connection: AsyncConnection) -> CostBook:
    """Return all dated rates and rules by which costs are computed."""
    return CostBook(
        cost_rates=tuple(each.rate(key) for key, each in (await COST_RATES.read(connection)).items()),
        assignments=tuple(each.assignment(key) for key, each in (await COST_ASSIGNMENTS.read(connection)).items()),
        overhead_rules=tuple(each.rule(key) for key, each in (await OVERHEAD_RULES.read(connection)).items()),
        exchange_rates=await exchange_rates(connection),
    )


async def exchange_rates(connection: AsyncConnection) -> tuple[ExchangeRate, ...]:
    """Return all exchange rates, which everybody may read.

    There is one for each day and pair of currencies, so they are not read as settings, which are checked again.
    """
    row = ExchangeRateRow
    others = [getattr(row, name) for name in ExchangeRate.model_fields if name != "rate"]
    query = select(*others, func.trim_scale(col(row.rate)).label("rate")).order_by(col(row.id))
    return tuple(ExchangeRate.model_validate(dict(each)) for each in (await connection.execute(query)).mappings())
