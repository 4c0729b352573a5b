"""Parameters and response schema of the finance dashboard."""

from pydantic import BaseModel, Field

from models.accounting.finance_comparison import Difference
from models.accounting.finance_snapshot import FinanceFigures
from models.values.base_models import Strict
from models.values.period import Day


class DashboardQuery(Strict):
    """The day, and a second one to compare it with."""

    as_of: Day | None = Field(
        default=None, description="today by default, which is computed now; a past day is read from its snapshot"
    )
    compare_with: Day | None = Field(default=None, description="another day, whose figures are subtracted")


class FinanceDashboard(BaseModel):
    """The figures of one day, and with `compare_with` those of the other day and the differences."""

    figures: FinanceFigures
    compared_with: FinanceFigures | None = Field(description="null without `compare_with`")
    differences: list[Difference] | None = Field(
        description="`figures` minus `compared_with`, by currency; null without `compare_with`"
    )
