"""Timeouts and retry policies of the activities, in one place.

No `schedule_to_close_timeout` anywhere: an outage of days delays an effect, and an operator may pause one for as long
as it takes (docs/specification/temporal.md 4.1).
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio.common import RetryPolicy


@dataclass(frozen=True)
class Options:
    start_to_close: timedelta
    retry: RetryPolicy


# A worker beats three times as often; one that died is noticed after this, whatever the activity's own time is.
HEARTBEAT = timedelta(seconds=15)

PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=10))

# A local activity: what it cannot do at once and within this time is done by an ordinary one (activity_call.py).
ONCE = RetryPolicy(maximum_attempts=1)
SHORTLY = timedelta(seconds=3)
# PostgreSQL: short transactions, needed for everything else, so tried again soon.
RECORDS = Options(
    timedelta(seconds=30), RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
)
# ClickHouse gives up after 15 s by itself (docs/specification/pricing.md 2.6); the rest is pricing and PostgreSQL.
PREFILL = Options(timedelta(seconds=40), PATIENT)
# Somebody is waiting for the answer: one try, and the reason at once.
PREFILL_NOW = Options(timedelta(seconds=40), ONCE)
BATCH = Options(timedelta(minutes=5), PATIENT)
# Above Gotenberg's own limit and the client's, so that the server's answer is the one that counts.
RENDER = Options(timedelta(minutes=3), PATIENT)
EFFECT = Options(timedelta(minutes=2), PATIENT)
# The activity itself says when to look again.
WATCH = Options(timedelta(seconds=60), PATIENT)
