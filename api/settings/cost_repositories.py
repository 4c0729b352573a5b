"""The repositories of cost rates, overhead rules, exchange rates, who sees costs, and the margins that are wanted."""

from sqlalchemy.ext.asyncio import AsyncConnection

from api.settings.partner_repositories import DatedRepository
from api.settings.repositories import SettingRepository
from models.access.cost_access import CostAccess
from models.access.tables import CostAccessRow
from models.quotes.margins.targets import MarginTargets
from models.quotes.rates.cost_rate import CostRateInput
from models.quotes.rates.overhead_rule import OverheadRuleInput
from models.quotes.rates.tables import CostRateTable, OverheadRuleTable
from models.quotes.tables import MarginTargetsRow
from models.settings.area import Area
from models.settings.exchange_rate import ExchangeRateInput
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
OVERHEAD_RULES = DatedRepository(Area.OVERHEAD_RULES, OverheadRuleInput, OverheadRuleTable, "id")
EXCHANGE_RATES = DatedRepository(Area.EXCHANGE_RATES, ExchangeRateInput, ExchangeRateRow, "id")
COST_ACCESS = CostAccessRepository()
MARGIN_TARGETS = MarginTargetsRepository()
