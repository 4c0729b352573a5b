"""The words for the terms of contracts: tiers of work, why it is not billed, how far a period is invoiced."""

from collections.abc import Mapping
from types import MappingProxyType

from api.pages.languages import N_
from models.billing.period_state import PeriodState
from models.contracts.rate_rule import Tier
from models.contracts.terms import NotBilled

STATES: Mapping[PeriodState, str] = MappingProxyType(
    {
        PeriodState.NONE: N_("not invoiced"),
        PeriodState.DRAFT: N_("has a draft"),
        PeriodState.ISSUED: N_("invoiced"),
    }
)
TIERS: Mapping[Tier, str] = MappingProxyType(
    {
        Tier.STANDARD: N_("standard"),
        Tier.OVERTIME: N_("overtime"),
        Tier.OFF_HOURS: N_("off hours"),
        Tier.CRITICAL: N_("incident P1–P3"),
        Tier.CRITICAL_OFF_HOURS: N_("incident P1–P3, off hours"),
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
