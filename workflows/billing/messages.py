"""The input of a billing run, and the message that cancels its rest."""

from datetime import timedelta

from pydantic import Field

from models.billing.billing_run import MonthlyReport
from models.values.base_models import Frozen
from models.values.period import Period
from workflows.runtime.start_input import StartInput


class MonthlyStart(StartInput):
    """The input of a billing run.

    Without a period, the run bills the month before its *scheduled* time (docs/specification/temporal.md 6). `report`
    holds the results so far after a continue-as-new.
    """

    period: Period | None = None
    by: str = "the monthly schedule"
    application_keys: tuple[str, ...] | None = Field(default=None, description="None: every active contract")
    report: MonthlyReport | None = None
    patience: timedelta = Field(
        default=timedelta(minutes=10), description="how long the run waits for drafts before it reports them as pending"
    )


class CancelRest(Frozen):
    """The request to cancel the contracts that a run has not reached."""

    by: str = Field(min_length=1)
