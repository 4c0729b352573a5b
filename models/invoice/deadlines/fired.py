"""The deadlines that have passed, as the state of an invoice keeps them, so that each message goes out once."""

from enum import StrEnum

from pydantic import Field

from models.values.base_models import Frozen


class Step(StrEnum):
    """What happens at a deadline: the role that must act is reminded, later the next role is told."""

    REMINDER = "reminder"
    ESCALATION = "escalation"


class FiredDeadline(Frozen):
    """A deadline of one wait that has passed."""

    wait: str = Field(description="the key of the wait")
    step: Step
