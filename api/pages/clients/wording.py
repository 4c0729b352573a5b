"""The words for the terms of contracts: why work is not billed, how far a period is invoiced."""

from collections.abc import Mapping
from types import MappingProxyType

from api.pages.languages import N_
from models.billing.period_state import PeriodState
from models.contracts.terms import NotBilled

STATES: Mapping[PeriodState, str] = MappingProxyType(
    {
        PeriodState.NONE: N_("not invoiced"),
        PeriodState.DRAFT: N_("has a draft"),
        PeriodState.ISSUED: N_("invoiced"),
    }
)
NOT_BILLED: Mapping[NotBilled, str] = MappingProxyType(
    {
        NotBilled.EXCLUDED: N_("this person's work is left out"),
        NotBilled.OVERHEAD_ONLY: N_("this person's work is overhead"),
        NotBilled.INTERNAL: N_("internal project"),
        NotBilled.OVERHEAD: N_("overhead project"),
        NotBilled.NO_TIME: N_("no time logged"),
    }
)
