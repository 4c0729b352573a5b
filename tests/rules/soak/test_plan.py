"""The plan of a soak: what its seed decides, and that what it decides is carried out by the sandboxes."""

from collections import Counter
from datetime import date
from itertools import islice
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from local.engines.mailbox import Fault as MailFault
from local.sandboxes.faults import Fault
from soak import plan

TODAY = date(2026, 3, 15)
SETTLE_SECONDS = 5  # of the sandboxes


def test_a_seed_repeats_its_plan() -> None:
    assert [plan.life(7, n, TODAY) for n in range(20)] == [plan.life(7, n, TODAY) for n in range(20)]
    assert list(islice(plan.disturbances(7), 100)) == list(islice(plan.disturbances(7), 100))


def test_another_seed_has_another_plan() -> None:
    assert [plan.life(7, n, TODAY) for n in range(20)] != [plan.life(8, n, TODAY) for n in range(20)]
    assert list(islice(plan.disturbances(7), 100)) != list(islice(plan.disturbances(8), 100))


def test_each_deck_holds_every_disturbance() -> None:
    deck = islice(plan.disturbances(3), sum(plan.DECK.values()))
    assert Counter(each.kind for each in deck) == plan.DECK
    assert set(plan.DECK) == set(plan.DisturbanceKind)


@given(seed=st.integers(), number=st.integers(1, 10**6))
def test_a_life_is_in_the_past_and_goes_through_didox_only_with_an_agreement(seed: int, number: int) -> None:
    life = plan.life(seed, number, TODAY)
    assert life.first_day < TODAY
    assert life.first_day <= life.last_day
    assert life.channel == "email" or life.contract in plan.DIDOX


@given(seed=st.integers())
def test_each_fault_is_one_of_its_vendor_and_executes_nothing_after_the_settle_time(seed: int) -> None:
    vendor, fault = plan.vendor_fault(Random(seed))
    if vendor == "mailbox":
        MailFault.model_validate(fault)
        return
    found = Fault.model_validate(fault)
    assert found.kind != "late_commit" or (found.seconds or 0) < SETTLE_SECONDS
    # Didox locks an account whose login fails, so its faults spare the login.
    assert vendor == "planfact" or not found.match.matches("POST", "/v1/auth/309630523/password/ru")
