"""After an outage the postings that wait drain by themselves within PlanFact's limit of a minute, each once.

Time is simulated: an attempt comes again after the pause that it asks Temporal for, and PlanFact's clock moves with it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from math import ceil

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.accounting.shipments import Accounting
from activities.clients.planfact import client
from activities.clients.planfact.client import PlanFact
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectName, EffectState
from models.invoice.ports import EffectRequest
from tests.activities.accounting.posting import accounting_on, seed
from tests.fixtures.issued_invoices import issue
from tests.fixtures.sandboxes import COMPANY_ID, PLANFACT_KEY, Sandbox

LIMIT = 40
WAITING = 16
CALLS_OF_A_POSTING = 7
LONGEST_MINUTES = 30


@dataclass
class Clock:
    """The simulated time in seconds, which PlanFact's clock follows."""

    sandbox: Sandbox
    now: float = 0.0

    def move_to(self, moment: float) -> None:
        if ahead := ceil(moment) - ceil(self.now):
            self.sandbox.admin("clock", {"seconds": ahead})
        self.now = moment


@dataclass
class Drain:
    """Executes what waits, all that is due at the same time; `sent` counts the requests by the moment."""

    accounting: Accounting
    clock: Clock
    due: dict[str, float] = field(default_factory=dict)
    sent: Counter[float] = field(default_factory=Counter)

    async def run(self, requests: list[EffectRequest]) -> None:
        waiting = {request.key: request for request in requests}
        self.due = dict.fromkeys(waiting, self.clock.now)
        while self.due:
            self.clock.move_to(min(self.due.values()))
            assert self.clock.now < LONGEST_MINUTES * 60, f"{len(self.due)} still wait"
            before = len(self.clock.sandbox.requests())
            await asyncio.gather(*(self._attempt(waiting[key]) for key, at in self.due.items() if at <= self.clock.now))
            self.sent[self.clock.now] += len(self.clock.sandbox.requests()) - before

    async def _attempt(self, request: EffectRequest) -> None:
        try:
            receipt = await ActivityEnvironment().run(self.accounting.post, request)
        except ApplicationError as error:
            if error.next_retry_delay is None:
                raise
            self.due[request.key] = self.clock.now + error.next_retry_delay.total_seconds()
            return
        assert receipt.state is EffectState.DONE
        del self.due[request.key]

    def busiest_minute(self) -> int:
        return max(sum(n for at, n in self.sent.items() if start <= at < start + 60) for start in self.sent)


@pytest.fixture
def clock(planfact_sandbox: Sandbox) -> Clock:
    return Clock(planfact_sandbox)


@pytest.fixture
async def books(clock: Clock) -> AsyncIterator[PlanFact]:
    seed(clock.sandbox)
    async with client.connect(clock.sandbox.url, PLANFACT_KEY, 30) as http:
        yield PlanFact(http, COMPANY_ID, clock=lambda: clock.now)


@pytest.mark.parametrize("is_known", [True, False])
async def test_what_waits_drains_within_the_limit_of_a_minute(
    books: PlanFact, clock: Clock, store: DocumentStore, ledger: Ledger, is_known: bool
) -> None:
    """A worker that knows the limit never exceeds it. One that was restarted learns it from the first answers."""
    clock.sandbox.admin("quota", {"calls": 100_000, "per_minute": LIMIT})
    if is_known:
        await books.find_company()
        clock.move_to(60)
    requests = [(await issue(store)).request(EffectName.ACCOUNTING) for _ in range(WAITING)]
    drain = Drain(accounting_on(books, store, ledger), clock)
    await drain.run(requests)
    assert len(clock.sandbox.effects()) == WAITING
    statuses = Counter(each["status"] for each in clock.sandbox.requests())
    if is_known:
        assert statuses == {200: WAITING * CALLS_OF_A_POSTING + 1}
        assert drain.busiest_minute() <= LIMIT
    else:
        assert statuses[429] <= WAITING  # each was refused once at most, and was paced from then on
