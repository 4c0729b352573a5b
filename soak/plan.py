"""What the seed of a run decides: the lives, the disturbances and the faults, in their order. Pure.

The same seed gives the same plan. What happens also depends on the answers and their order, which no seed decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from models.values.document_options import Channel

# APP-011 has ended, so it bills nothing. Didox serves local clients with an agreement.
CONTRACTS = (*(f"APP-{n:03}" for n in range(1, 11)), "APP-012", "APP-013")
DIDOX = frozenset({"APP-001", "APP-002", "APP-005", "APP-006", "APP-007", "APP-010", "APP-013"})
DAYS_BACK = 170  # the demo has worklogs of six months
LONGEST_PERIOD = 3
FEWEST_STEPS, MOST_STEPS = 4, 18
MOST_BETWEEN = 9  # steps of lives between two disturbances


@dataclass(frozen=True)
class LifePlan:
    """One invoice to be made: of which contract and days, and how many steps are taken with it at most."""

    number: int
    contract: str
    first_day: date
    last_day: date
    channel: Channel
    steps: int
    seed: str

    @property
    def mailbox(self) -> str:
        """The client's address, of this life only."""
        return f"client-{self.number}@soak.example"


def life(seed: int, number: int, today: date) -> LifePlan:
    """Return the plan of a life. Periods of two lives may overlap or be the same, as people's are."""
    own = f"{seed}:life:{number}"
    random = Random(own)
    contract = random.choice(CONTRACTS)
    first_day = today - timedelta(days=random.randint(1, DAYS_BACK))
    channels = (Channel.EMAIL, Channel.DIDOX) if contract in DIDOX else (Channel.EMAIL,)
    return LifePlan(
        number=number,
        contract=contract,
        first_day=first_day,
        last_day=first_day + timedelta(days=random.randint(0, LONGEST_PERIOD - 1)),
        channel=random.choice(channels),
        steps=random.randint(FEWEST_STEPS, MOST_STEPS),
        seed=own,
    )


class DisturbanceKind(StrEnum):
    FAULT = "fault"
    SIGNAL = "signal"
    RESET = "reset"
    CANCEL = "cancel"
    TERMINATE = "terminate"
    DELETE = "delete"
    PAUSE_ACTIVITY = "activity paused"
    FAIL_ACTIVITY = "activity failed by hand"
    COMPLETE_ACTIVITY = "activity completed with junk"
    KILL_WORKER = "worker killed"
    KILL_API = "API killed"
    RESTART_API = "API restarted"
    RESTART_TEMPORAL = "Temporal restarted"
    RESTART_POSTGRES = "PostgreSQL restarted"
    KILL_CLICKHOUSE = "ClickHouse killed"
    KILL_OBJECT_STORE = "object store killed"


# Each round of the deck holds every kind, so that a short run meets all of them.
DECK = {
    DisturbanceKind.FAULT: 24,
    DisturbanceKind.SIGNAL: 12,
    DisturbanceKind.RESET: 4,
    DisturbanceKind.CANCEL: 2,
    DisturbanceKind.TERMINATE: 2,
    DisturbanceKind.DELETE: 1,
    DisturbanceKind.PAUSE_ACTIVITY: 3,
    DisturbanceKind.FAIL_ACTIVITY: 3,
    DisturbanceKind.COMPLETE_ACTIVITY: 2,
    DisturbanceKind.KILL_WORKER: 2,
    DisturbanceKind.KILL_API: 1,
    DisturbanceKind.RESTART_API: 1,
    DisturbanceKind.RESTART_TEMPORAL: 1,
    DisturbanceKind.RESTART_POSTGRES: 1,
    DisturbanceKind.KILL_CLICKHOUSE: 1,
    DisturbanceKind.KILL_OBJECT_STORE: 1,
}


@dataclass(frozen=True)
class Disturbance:
    """What happens `after` so many steps of lives since the disturbance before it; `seed` decides its details."""

    after: int
    kind: DisturbanceKind
    seed: str


def disturbances(seed: int) -> Iterator[Disturbance]:
    """Yield the disturbances without an end."""
    random, number = Random(f"{seed}:disturbances"), 0
    while True:
        deck = [kind for kind, count in DECK.items() for _ in range(count)]
        random.shuffle(deck)
        for kind in deck:
            number += 1
            yield Disturbance(random.randint(1, MOST_BETWEEN), kind, f"{seed}:disturbance:{number}")


REFUSALS = (400, 403, 422)
OUTAGES = (429, 500, 503)
# A request that is executed late is executed before the settle time of the sandboxes (5 s) has passed. A delay of 12 s
# is longer than the clients wait.
LATE_SECONDS = (0.5, 1.0, 1.5)
DELAY_SECONDS = (0.3, 1.0, 12.0)
WITHOUT_PARAMETERS = ("reset_before", "commit_then_reset", "html_502", "empty_200", "malformed_body", "one_writer_lock")


def vendor_fault(random: Random) -> tuple[str, dict[str, Any]]:
    """Return the vendor and the fault that its sandbox shall have."""
    vendor = random.choice(("planfact", "didox", "mailbox"))
    return vendor, _mail_fault(random) if vendor == "mailbox" else _http_fault(random, vendor)


def _http_fault(random: Random, vendor: str) -> dict[str, Any]:
    # A refused password is never sent twice, so faults of Didox spare the login.
    requests = {"path_contains": "/documents"} if vendor == "didox" else {}
    if random.random() < 0.6:
        requests["method"] = "POST"
    kind = random.choice(("refused", "outage", "delay", "late_commit", *WITHOUT_PARAMETERS))
    fault: dict[str, Any] = {"match": requests, "kind": kind, "times": random.randint(1, 3)}
    match kind:
        case "refused" | "outage":
            statuses = REFUSALS if kind == "refused" else OUTAGES
            return fault | {"kind": "status", "status": random.choice(statuses)}
        case "late_commit":
            return fault | {"seconds": random.choice(LATE_SECONDS)}
        case "delay":
            return fault | {"seconds": random.choice(DELAY_SECONDS)}
    return fault


def _mail_fault(random: Random) -> dict[str, Any]:
    kind = random.choice(("reply", "reply", "accept_then_drop", "delay_after_data"))
    fault: dict[str, Any] = {"kind": kind, "times": random.randint(1, 2)}
    if kind == "reply":
        stage = random.choice(("mail", "rcpt", "data"))
        return fault | {"stage": stage, "code": random.choice((421, 451, 550, 554))}
    return fault | ({"seconds": random.choice((0.5, 2.0))} if kind == "delay_after_data" else {})
