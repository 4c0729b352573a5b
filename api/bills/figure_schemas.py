"""What the routes of sums of vendor bills answer. Costs are texts with all decimals."""

from collections.abc import Sequence
from datetime import date
from typing import Self

from pydantic import BaseModel, Field

from api.bills.schemas import Cost
from api.http.number_formats import Quantity
from models.bills.monthly_costs import CurrencyMonths, MonthsBy, change_of
from models.values.currencies import Currency


class BillSum(BaseModel):
    """The sums of the bills in one currency."""

    currency: Currency
    bills: int
    net: Cost
    tax: Cost
    gross: Cost
    net_minor: int = Field(description="the sum of the amounts in minor units, which are rounded by bill")
    tax_minor: int
    gross_minor: int


class BillSums(BaseModel):
    """The sums of all bills that match, by currency. Amounts of different currencies are never added up."""

    totals: list[BillSum]


class CostRow(BaseModel):
    """The costs of one group, one for each month. `change` is that of the last month to the one before."""

    name: str | None = Field(description="null: bills that are not allocated yet, or the smallest groups together")
    is_others: bool = Field(description="the smallest groups together")
    costs: list[Cost]
    change: Cost
    percent: Quantity | None = Field(description="of the month before; null where it had no cost")


class CurrencyCosts(BaseModel):
    """The costs in one currency."""

    currency: Currency
    groups: list[CostRow] = Field(description="the greatest first")
    costs: list[Cost] = Field(description="the sums of the groups, one for each month")
    bills: list[int] = Field(description="how many bills, one number for each month")
    change: Cost
    percent: Quantity | None

    @classmethod
    def of(cls, found: CurrencyMonths) -> Self:
        groups = [
            _row(group.costs, name=group.name, is_others=group.is_others) | {"costs": list(group.costs)}
            for group in found.groups
        ]
        return cls.model_validate(
            _row(found.costs) | {"currency": found.currency, "groups": groups, "bills": list(found.bills)}
        )


class MonthlyCosts(BaseModel):
    """The costs of vendors' bills without tax, by month and by currency."""

    by: MonthsBy
    months: list[date] = Field(description="the first days of the months, the last one last")
    currencies: list[CurrencyCosts]


def _row(costs: Sequence[object], **fields: object) -> dict[str, object]:
    change, percent = change_of(costs)  # type: ignore[arg-type]
    return {**fields, "costs": list(costs), "change": change, "percent": percent}
