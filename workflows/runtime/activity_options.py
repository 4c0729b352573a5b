"""The timeouts and retry policies of all activities.

None has a `schedule_to_close_timeout`: an outage of days only delays an effect, and an operator may pause an activity
for any time (docs/specification/temporal.md 4.1).
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio.common import RetryPolicy


@dataclass(frozen=True)
class Options:
    """The timeout of one attempt and the retry policy."""

    start_to_close: timedelta
    retry: RetryPolicy


# A worker sends heartbeats three times as often. A dead worker is detected after this time, whatever the activity's own
# timeout is.
HEARTBEAT = timedelta(seconds=15)

PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=10))

# PostgreSQL: short transactions on which everything else depends, so the retries come soon.
RECORDS = Options(
    timedelta(seconds=30), RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
)
# ClickHouse aborts a query after 15 s (docs/specification/pricing.md 2.6); the rest is for pricing and PostgreSQL.
PREFILL = Options(timedelta(seconds=40), PATIENT)
# A caller is waiting: one attempt, and the reason for a failure at once.
PREFILL_NOW = Options(timedelta(seconds=40), RetryPolicy(maximum_attempts=1))
# A person who wants to sign is waiting: a second attempt after a lost connection, then the reason.
TO_SIGN = Options(timedelta(seconds=20), RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=2))
BATCH = Options(timedelta(minutes=5), PATIENT)
# Longer than the limits of Gotenberg and its client, so that Gotenberg's own answer is reported.
RENDER = Options(timedelta(minutes=3), PATIENT)
EFFECT = Options(timedelta(minutes=2), PATIENT)
# One page of a sweep reads hundreds of files, which may take a second each.
SWEEP = Options(timedelta(minutes=10), PATIENT)
# Longer than an attempt may take by its setting. The workflow waits between the attempts of a delivery.
WEBHOOK = Options(timedelta(seconds=90), PATIENT)
# The activity itself sets the delay of its next attempt.
WATCH = Options(timedelta(seconds=60), PATIENT)
# One page of documents; the next sweep comes within the hour.
ACT_SWEEP = Options(timedelta(minutes=2), RetryPolicy(maximum_interval=timedelta(minutes=5), maximum_attempts=10))
# A million lines are read, or written with COPY. A worker that dies is noticed by its heartbeats long before.
BILL_LINES = Options(timedelta(hours=2), PATIENT)
