"""Attempts of one effect at the same time, and the lock that keeps them apart."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.clients.errors import Permanent
from activities.ledger.entry import Found
from activities.ledger.ledger import Ledger
from models.invoice.effects import Receipt
from models.values.failure_codes import Failure
from tests.fixtures.vendor import Vendor, WorkerKilled


async def test_two_concurrent_attempts_create_once(connect: Callable[..., AsyncEngine]) -> None:
    """A worker without heartbeats still runs the attempt while another worker starts one: two engines."""
    vendor, inside, go_on = Vendor(Ledger(connect())), asyncio.Event(), asyncio.Event()
    other = Vendor(Ledger(connect()), request=vendor.request)

    async def slow() -> Found:
        inside.set()
        await go_on.wait()
        return await vendor.create()

    first = asyncio.create_task(vendor.execute(on_create=slow))
    await inside.wait()
    with pytest.raises(ApplicationError) as caught:
        await other.execute()
    assert (caught.value.type, caught.value.non_retryable) == (Failure.ATTEMPT_RUNNING, False)
    go_on.set()
    receipt = await first
    assert await other.execute() == receipt
    assert (vendor.created, other.created) == (["v-1"], [])


async def test_50_concurrent_attempts_create_once(connect: Callable[..., AsyncEngine]) -> None:
    vendor = Vendor(Ledger(connect(pool_size=20, max_overflow=0)))
    results = await asyncio.gather(*(vendor.execute() for _ in range(50)), return_exceptions=True)
    assert vendor.created == ["v-1"]
    receipts = [result for result in results if isinstance(result, Receipt)]
    assert receipts
    assert all(
        isinstance(result, Receipt) or (isinstance(result, ApplicationError) and result.type == Failure.ATTEMPT_RUNNING)
        for result in results
    )


async def test_effects_of_one_pool_do_not_wait_for_each_other(connect: Callable[..., AsyncEngine]) -> None:
    """Each attempt needs one connection, so the whole pool can be used and no attempt waits for a second connection."""
    engine = connect(pool_size=4, max_overflow=0)
    together = asyncio.Barrier(4)

    async def one() -> Receipt:
        vendor = Vendor(Ledger(engine))

        async def create() -> Found:
            await together.wait()
            return await vendor.create()

        return await vendor.execute(on_create=create)

    async with asyncio.timeout(60):
        assert [receipt.vendor_id for receipt in await asyncio.gather(*(one() for _ in range(4)))] == ["v-1"] * 4


@pytest.mark.parametrize("end", ["cancelled", "killed", "refused"])
async def test_no_lock_outlives_its_attempt(connect: Callable[..., AsyncEngine], end: str) -> None:
    """The connection returns to the pool and stays open; a lock on it would block the effect for ever."""
    engine = connect(pool_size=1, max_overflow=0)
    vendor, inside = Vendor(Ledger(engine)), asyncio.Event()

    async def create() -> Found:
        inside.set()
        match end:
            case "cancelled":
                await asyncio.Event().wait()
            case "killed":
                raise WorkerKilled
        raise Permanent("refused", vendor_message="refused")

    attempt = asyncio.create_task(vendor.execute(on_create=create))
    await inside.wait()
    if end == "cancelled":
        attempt.cancel()
    with pytest.raises((asyncio.CancelledError, WorkerKilled, ApplicationError)):
        await attempt
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")) == 0
    assert (await Vendor(Ledger(connect()), request=vendor.request).execute()).vendor_id == "v-1"
