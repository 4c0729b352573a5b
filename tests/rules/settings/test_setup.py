"""The steps of the set-up: what is missing, and when a system is ready to issue invoices."""

import pytest

from models.settings.setup import Lack, SetupFacts, SetupStep, is_ready, setup_steps

READY = SetupFacts(has_issuer=True, has_account=True, series=1, series_with_a_start=1, approvers=1, makers=1)


def lacks(facts: SetupFacts) -> dict[SetupStep, tuple[Lack, ...]]:
    return {each.step: each.lacks for each in setup_steps(facts) if each.lacks}


def test_an_empty_system_lacks_all_that_is_required() -> None:
    assert lacks(SetupFacts()) == {
        SetupStep.ISSUER: (Lack.ISSUER,),
        SetupStep.NUMBER_SERIES: (Lack.SERIES,),
        SetupStep.USERS: (Lack.APPROVER,),
    }
    assert not is_ready(setup_steps(SetupFacts()))


def test_each_step_is_there_once_in_its_order() -> None:
    assert [each.step for each in setup_steps(READY)] == list(SetupStep)
    assert lacks(READY) == {}
    assert is_ready(setup_steps(READY))


@pytest.mark.parametrize(
    ("changes", "step", "lack"),
    [
        ({"has_account": False}, SetupStep.ISSUER, Lack.ACCOUNT),
        ({"series_with_a_start": 0}, SetupStep.NUMBER_SERIES, Lack.LAST_NUMBER),
        ({"approvers": 0, "makers": 3}, SetupStep.USERS, Lack.APPROVER),
        ({"needs_two_people": True}, SetupStep.USERS, Lack.SECOND_PERSON),
    ],
)
def test_what_is_half_done_is_named(changes: dict[str, object], step: SetupStep, lack: Lack) -> None:
    facts = READY.model_copy(update=changes)
    assert lacks(facts) == {step: (lack,)}
    assert not is_ready(setup_steps(facts))


def test_two_people_are_enough_for_four_eyes() -> None:
    assert lacks(READY.model_copy(update={"needs_two_people": True, "makers": 2})) == {}


def test_a_system_works_without_integrations() -> None:
    facts = READY.model_copy(update={"unset": {SetupStep.PLANFACT: ("AKTUM_PLANFACT__URL",)}})
    steps = setup_steps(facts)
    planfact = next(each for each in steps if each.step is SetupStep.PLANFACT)
    assert (planfact.lacks, planfact.variables, planfact.is_required) == (
        (Lack.VARIABLES,),
        ("AKTUM_PLANFACT__URL",),
        False,
    )
    assert is_ready(steps)
