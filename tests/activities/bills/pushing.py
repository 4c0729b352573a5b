"""What the tests of the push share: the identity of the client, requests, and what the sandbox has."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.bills.finance_push import FinancePush
from activities.clients.errors import ClientError
from activities.clients.finance import Identity
from models.bills.bill import Bill
from models.bills.finance.ports import PushRequest, PushResult
from tests.fixtures.sandboxes import FINANCE_SECRET, Sandbox

TIMEOUT_SECONDS = 30.0
IDENTITY = Identity(
    secret=FINANCE_SECRET,
    algorithm="HS512",
    issuer="aktum",
    audience="aktum",
    tenant="platform-admin",
    roles=("admin",),
    lifetime=timedelta(seconds=60),
)
MOST_ATTEMPTS = 10


def request(bill: Bill, *, forced: bool = False) -> PushRequest:
    return PushRequest(bill_id=bill.id, version=bill.version, forced=forced)


async def until_done(push: FinancePush, asked: PushRequest) -> tuple[PushResult, int]:
    """Return the result, and how many attempts it took; Temporal repeats an attempt that fails."""
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            return await push.push(asked), attempt
        except ClientError:
            continue
        except ApplicationError as error:
            if error.non_retryable:
                raise
    raise AssertionError("the push is never done")


def invoices(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [effect["record"] for effect in sandbox.effects() if effect["kind"] == "invoice"]


def imports(sandbox: Sandbox) -> int:
    """Return how many imports were sent."""
    return sum(1 for each in sandbox.requests() if each["method"] == "POST")


async def ledger_states(engine: AsyncEngine, bill: Bill) -> list[tuple[str, int]]:
    query = text("SELECT state, attempts FROM external_effects WHERE invoice_id = :bill ORDER BY key")
    async with engine.connect() as connection:
        return [(row[0], row[1]) for row in await connection.execute(query, {"bill": bill.id})]
