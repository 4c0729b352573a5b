"""The words for billing runs: their states, and what they achieved for a contract."""

from collections.abc import Mapping
from types import MappingProxyType

from api.pages.languages import N_
from models.billing.billing_run import DraftOutcome
from workflows.client.billing_runs import RunState

STATES: Mapping[RunState, str] = MappingProxyType(
    {
        RunState.RUNNING: N_("running"),
        RunState.COMPLETED: N_("completed"),
        RunState.FAILED: N_("ended without a result"),
    }
)
STATE_LOOKS: Mapping[RunState, str] = MappingProxyType(
    {RunState.RUNNING: "sent", RunState.COMPLETED: "paid", RunState.FAILED: "failed"}
)
OUTCOMES: Mapping[DraftOutcome, str] = MappingProxyType(
    {
        DraftOutcome.CREATED: N_("created"),
        DraftOutcome.ALREADY_THERE: N_("was there already"),
        DraftOutcome.REFUSED: N_("no draft"),
        DraftOutcome.PENDING: N_("still being made"),
        DraftOutcome.CANCELLED: N_("cancelled"),
    }
)
OUTCOME_LOOKS: Mapping[DraftOutcome, str] = MappingProxyType(
    {
        DraftOutcome.CREATED: "paid",
        DraftOutcome.ALREADY_THERE: "draft",
        DraftOutcome.REFUSED: "failed",
        DraftOutcome.PENDING: "blocked",
        DraftOutcome.CANCELLED: "void",
    }
)
