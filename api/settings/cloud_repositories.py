"""The repositories of the settings of cloud costs."""

from typing import Any

from api.settings.cloud_inputs import AllocationRuleInput, CloudResourceInput
from api.settings.partner_repositories import DatedRepository
from models.bills.allocation.tables import AllocationRuleRow
from models.bills.matching.tables import CloudResourceRow
from models.contracts.resale import ResaleRuleInput
from models.contracts.tables import ResaleRuleRow
from models.settings.area import Area


class AllocationRuleRepository(DatedRepository[AllocationRuleInput]):
    """The rules of allocation, whose shares are stored as JSON."""

    def __init__(self) -> None:
        super().__init__(Area.ALLOCATION_RULES, AllocationRuleInput, AllocationRuleRow, "id")

    def _columns(self, after: AllocationRuleInput) -> dict[str, Any]:
        return super()._columns(after) | {"shares": [share.model_dump(mode="json") for share in after.shares]}


CLOUD_RESOURCES = DatedRepository(Area.CLOUD_RESOURCES, CloudResourceInput, CloudResourceRow, "id")
ALLOCATION_RULES = AllocationRuleRepository()
RESALE_RULES = DatedRepository(Area.RESALE_RULES, ResaleRuleInput, ResaleRuleRow, "id")
