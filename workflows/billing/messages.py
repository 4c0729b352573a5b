"""The input of a billing run."""

from datetime import timedelta

from pydantic import Field

from models.billing.billing_run import MonthlyReport
from models.values.base_models import Frozen
from models.values.period import Period


class MonthlyStart(Frozen):
    """Without a period it is the month before the *scheduled* time of the run (docs/specification/temporal.md 6)."""

    period: Period | None = None
    by: str = "the monthly schedule"
    application_keys: tuple[str, ...] | None = Field(default=None, description="None: every active contract")
    report: MonthlyReport | None = None
    patience: timedelta = Field(
        default=timedelta(minutes=10), description="how long drafts are waited for before they are reported as pending"
    )
