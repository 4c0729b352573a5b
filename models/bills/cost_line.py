"""A line of a vendor's bill, in the terms of FOCUS. See docs/specification/bills.md 2.3.

The costs are exact: they keep all decimals of the file and are never rounded by the line.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from models.values.base_models import Frozen


class ChargeCategory(StrEnum):
    """What a line charges for, as FOCUS names it."""

    USAGE = "Usage"
    PURCHASE = "Purchase"
    TAX = "Tax"
    CREDIT = "Credit"
    ADJUSTMENT = "Adjustment"


class CostLine(Frozen):
    """A line of a bill. `position` counts the records of the file from 1; `line_key` is stable across versions.

    `charge_period_end` is exclusive. `billed_cost` is the only cost that is paid; the others are for analysis.
    """

    position: int
    line_key: str
    charge_category: ChargeCategory
    charge_class: str | None = None
    description: str = ""
    billed_cost: Decimal
    effective_cost: Decimal | None = None
    list_cost: Decimal | None = None
    contracted_cost: Decimal | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    charge_period_start: datetime | None = None
    charge_period_end: datetime | None = None
    provider_name: str | None = None
    publisher_name: str | None = None
    service_category: str | None = None
    service_name: str | None = None
    resource_id: str | None = None
    resource_name: str | None = None
    resource_type: str | None = None
    region: str | None = None
    sku_id: str | None = None
    sub_account_id: str | None = None
    sub_account_name: str | None = None
    project_name: str | None = None
    tags: dict[str, str] = {}

    @property
    def is_tax(self) -> bool:
        return self.charge_category is ChargeCategory.TAX
