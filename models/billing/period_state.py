"""Whether a contract is invoiced for a period, in three steps: not at all, a draft, a document."""

from enum import StrEnum

from models.invoice.status import WITHDRAWN, Status


class PeriodState(StrEnum):
    NONE = "none"
    DRAFT = "draft"
    ISSUED = "issued"


def period_state(status: Status | None) -> PeriodState:
    """Return the state that the contract's invoice for the period gives it; `None` stands for no invoice.

    A declined document is to be corrected, so it counts as a draft.
    """
    if status is None or status in WITHDRAWN:
        return PeriodState.NONE
    return PeriodState.DRAFT if status in (Status.DRAFT, Status.DECLINED) else PeriodState.ISSUED
