"""What a new system needs before it issues invoices, and what it works with (docs/specification/settings.md 2.6)."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from models.values.base_models import Frozen


class SetupStep(StrEnum):
    """The steps, in the order in which they are taken."""

    ISSUER = "issuer"
    NUMBER_SERIES = "number_series"
    USERS = "users"
    ARCHIVE = "archive"
    PLANFACT = "planfact"
    DIDOX = "didox"
    MAIL = "mail"
    TELEGRAM = "telegram"


class Lack(StrEnum):
    """What is missing."""

    ISSUER = "issuer"
    ACCOUNT = "account"
    SERIES = "series"
    LAST_NUMBER = "last_number"
    APPROVER = "approver"
    SECOND_PERSON = "second_person"
    VARIABLES = "variables"


class SetupFacts(Frozen):
    """What is configured. `unset` holds the variables that each integration still needs; none for one that is on."""

    has_issuer: bool = False
    has_account: bool = False
    series: int = 0
    series_with_a_start: int = 0
    approvers: int = 0
    makers: int = 0
    needs_two_people: bool = False
    unset: Mapping[SetupStep, tuple[str, ...]] = {}


class StepState(Frozen):
    """One step. A system without the required ones issues no invoices; the others are systems that it works without."""

    step: SetupStep
    is_required: bool
    lacks: tuple[Lack, ...] = ()
    variables: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        return not self.lacks


def setup_steps(facts: SetupFacts) -> tuple[StepState, ...]:
    """Return all steps with what each lacks.

    An approver is an active manager or admin, a maker an active person who may draft. Makers include the approvers.
    """
    own = {SetupStep.ISSUER: _issuer, SetupStep.NUMBER_SERIES: _series, SetupStep.USERS: _users}
    steps = [StepState(step=step, is_required=True, lacks=tuple(lacks(facts))) for step, lacks in own.items()]
    for step in SetupStep:
        if step not in own:
            variables = facts.unset.get(step, ())
            lacks = (Lack.VARIABLES,) if variables else ()
            steps.append(StepState(step=step, is_required=False, lacks=lacks, variables=variables))
    return tuple(steps)


def is_ready(steps: tuple[StepState, ...]) -> bool:
    """Return whether all required steps are done."""
    return all(each.is_done for each in steps if each.is_required)


def _issuer(facts: SetupFacts) -> Iterator[Lack]:
    if not facts.has_issuer:
        yield Lack.ISSUER
    elif not facts.has_account:
        yield Lack.ACCOUNT


def _series(facts: SetupFacts) -> Iterator[Lack]:
    if not facts.series:
        yield Lack.SERIES
    elif not facts.series_with_a_start:
        yield Lack.LAST_NUMBER


def _users(facts: SetupFacts) -> Iterator[Lack]:
    if not facts.approvers:
        yield Lack.APPROVER
    elif facts.needs_two_people and facts.makers < 2:
        yield Lack.SECOND_PERSON
