"""A system that takes the call and never answers holds up only those who ask it (docs/specification/effects.md 1.2).

The loop of each test has one thread of its own for blocking work, so that a single call of another system in it would
hold up everything.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, cast

import pytest
from pydantic import SecretStr

from activities.billing.drafting import Drafting
from activities.billing.prepared_drafts import PreparedDrafts
from activities.clients import object_store
from activities.clients.clickhouse.warehouse import Warehouse
from activities.clients.errors import Transient
from activities.clients.object_store import ObjectStore
from activities.contracts.lookups import ContractLookups
from activities.contracts.terms_reader import ContractTermsReader
from activities.documents import pages
from activities.runtime.threads import BoundedThreadPool, Busy
from models.billing.ports import Batch, DraftInput
from models.contracts.ports import ContractQuery, LineWorklogsQuery, WorklogQuery
from models.contracts.terms import BillingRules
from models.documents.ports import PreviewInput
from models.invoice.invoice import ContractPeriod, DraftRequest
from models.values.period import Period
from tests.fixtures.invoices import contract, drafted, workdays

FEBRUARY = Period.month(2026, 2)


class Silent:
    """A real server that takes connections and says nothing."""

    def __init__(self) -> None:
        self.called = asyncio.Event()
        self.port = 0
        self._callers: list[asyncio.StreamWriter] = []

    @classmethod
    @asynccontextmanager
    async def listening(cls) -> AsyncIterator["Silent"]:
        silent = cls()
        server = await asyncio.start_server(silent._hear, "127.0.0.1", 0)
        silent.port = server.sockets[0].getsockname()[1]
        try:
            yield silent
        finally:
            server.close()
            for caller in silent._callers:
                caller.transport.abort()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        self.called.set()


class NoTerms:
    """Without PostgreSQL: what is configured for a contract does not matter where its facts never come."""

    async def terms(self, *_: object) -> None:
        return None

    async def terms_of(self, *_: object) -> dict[str, object]:
        return {}

    async def billing_rules(self, *_: object) -> BillingRules:
        return BillingRules()


def in_a_loop_with_one_thread(test: Coroutine[Any, Any, None]) -> None:
    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        await test

    asyncio.run(run())


async def preview() -> str:
    """Work of our own that blocks, and so runs in a thread."""
    content = drafted(contract(workdays(8)))
    return (await asyncio.to_thread(pages.preview, PreviewInput(content=content))).html


def archive_at(port: int, **limits: Any) -> ObjectStore:
    s3 = object_store.connect(f"http://127.0.0.1:{port}", "auto", "key", SecretStr("secret"))
    return ObjectStore(s3, "bucket", **limits)


class TestArchive:
    def test_others_work_on(self) -> None:
        async def scene() -> None:
            async with Silent.listening() as silent:
                objects = archive_at(silent.port)
                asking = asyncio.create_task(objects.head("key"))
                await silent.called.wait()
                assert "<html" in await preview()
                assert not asking.done()
            with pytest.raises(Transient):
                await asking
            objects.close()

        in_a_loop_with_one_thread(scene())

    def test_who_finds_every_thread_taken_is_told_so_and_may_repeat(self) -> None:
        async def scene() -> None:
            async with Silent.listening() as silent:
                objects = archive_at(silent.port, threads=1, wait_seconds=0.5)
                asking = asyncio.create_task(objects.head("key"))
                await silent.called.wait()
                with pytest.raises(Transient, match="The archive is still processing 1 earlier request"):
                    await objects.create("other", b"pdf", "application/pdf", {})
                assert not asking.done()
            with pytest.raises(Transient):
                await asking
            objects.close()

        in_a_loop_with_one_thread(scene())


def everything_that_asks(warehouse: Warehouse) -> dict[str, Callable[[], Awaitable[object]]]:
    terms = cast(ContractTermsReader, NoTerms())
    drafting = Drafting(warehouse, terms, cast(PreparedDrafts, None))
    lookups = ContractLookups(warehouse, terms)
    request = DraftRequest(subject=ContractPeriod(application_key="APP-001", period=FEBRUARY), by="anna")
    batch = Batch(billing_run_id="r", period=FEBRUARY, invoice_date=date(2026, 3, 1), application_keys=("APP-001",))
    behind = LineWorklogsQuery(application_key="APP-001", period=FEBRUARY, worklog_ids=("1",))
    return {
        "draft": lambda: drafting.fetch_draft(DraftInput(request=request, invoice_date=date(2026, 3, 1))),
        "batch": lambda: drafting.prepare_batch(batch),
        "active": lambda: drafting.active_contracts(ContractQuery()),
        "list": lambda: lookups.clients(ContractQuery()),
        "worklogs": lambda: lookups.worklogs(WorklogQuery(application_key="APP-001", period=FEBRUARY)),
        "behind a line": lambda: lookups.line_worklogs(behind),
    }


@pytest.mark.parametrize("name", ["draft", "batch", "active", "list", "worklogs", "behind a line"])
def test_pages_are_made_while_clickhouse_hangs(name: str) -> None:
    async def scene() -> None:
        async with Silent.listening() as silent:
            warehouse = Warehouse.at(f"http://default:@127.0.0.1:{silent.port}/default")
            asking = asyncio.ensure_future(everything_that_asks(warehouse)[name]())
            await silent.called.wait()
            assert "<html" in await preview()
            assert not asking.done()
        with pytest.raises(Exception, match="ClickHouse"):
            await asking
        warehouse.close()

    in_a_loop_with_one_thread(scene())


class TestThreads:
    def test_work_that_nobody_waits_for_is_not_begun(self) -> None:
        async def scene() -> None:
            threads, go, begun = BoundedThreadPool("test", 1, wait_seconds=0.5), threading.Event(), []
            first = asyncio.create_task(threads.run(go.wait))
            await asyncio.sleep(0)  # until it is handed over
            with pytest.raises(Busy):
                await threads.run(lambda: begun.append("second"))
            go.set()
            assert await first
            assert await threads.run(lambda: "third") == "third"
            assert begun == []
            threads.close()

        asyncio.run(scene())

    def test_closing_does_not_wait_for_what_hangs(self) -> None:
        async def scene() -> None:
            threads, go = BoundedThreadPool("test", 1), threading.Event()
            hanging = asyncio.create_task(threads.run(go.wait))
            await asyncio.sleep(0)
            threads.close()
            assert not hanging.done()
            go.set()
            assert await hanging

        asyncio.run(scene())
