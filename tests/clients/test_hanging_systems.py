"""A system that accepts a call and never answers delays only its own callers (docs/specification/effects.md 1.2).

The event loop of each test has one default thread for blocking work. A call to another system in this thread would
delay all other work.
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
from activities.invoice.billed_work import BilledWorkReader
from activities.runtime.threads import BoundedThreadPool, Busy
from models.billing.ports import Batch, DraftInput
from models.contracts.ports import ContractQuery, LineWorklogsQuery, WorklogQuery
from models.contracts.terms import BillingRules
from models.documents.ports import PreviewInput
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.values.period import Period
from tests.fixtures.invoices import contract, drafted, workdays

FEBRUARY = Period.month(2026, 2)


class Silent:
    """A server that accepts connections and never answers."""

    def __init__(self) -> None:
        self.called = asyncio.Event()
        self.port = 0
        self._callers: list[asyncio.StreamWriter] = []

    @classmethod
    @asynccontextmanager
    async def listening(cls) -> AsyncIterator["Silent"]:
        silent = cls()
        server = await asyncio.start_server(silent._accept, "127.0.0.1", 0)
        silent.port = server.sockets[0].getsockname()[1]
        try:
            yield silent
        finally:
            server.close()
            for caller in silent._callers:
                caller.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        self.called.set()


class NoTerms:
    """Replaces the terms in PostgreSQL, which do not matter when ClickHouse never answers."""

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
    """Render a page in the default thread, as an example of other blocking work."""
    content = drafted(contract(workdays(8)))
    return (await asyncio.to_thread(pages.preview, PreviewInput(content=content))).html


def archive_at(port: int, **limits: Any) -> ObjectStore:
    s3 = object_store.connect(f"http://127.0.0.1:{port}", "auto", "key", SecretStr("secret"))
    return ObjectStore(s3, "bucket", **limits)


class TestArchive:
    def test_other_work_continues(self) -> None:
        async def scenario() -> None:
            async with Silent.listening() as silent:
                objects = archive_at(silent.port)
                pending = asyncio.create_task(objects.head("key"))
                await silent.called.wait()
                assert "<html" in await preview()
                assert not pending.done()
            with pytest.raises(Transient):
                await pending
            objects.close()

        in_a_loop_with_one_thread(scenario())

    def test_who_finds_every_thread_taken_is_told_so_and_may_repeat(self) -> None:
        async def scenario() -> None:
            async with Silent.listening() as silent:
                objects = archive_at(silent.port, threads=1, wait_seconds=0.5)
                pending = asyncio.create_task(objects.head("key"))
                await silent.called.wait()
                with pytest.raises(Transient, match="The archive is still processing 1 earlier request"):
                    await objects.create("other", b"pdf", "application/pdf", {})
                assert not pending.done()
            with pytest.raises(Transient):
                await pending
            objects.close()

        in_a_loop_with_one_thread(scenario())


def all_reads(warehouse: Warehouse) -> dict[str, Callable[[], Awaitable[object]]]:
    terms = cast(ContractTermsReader, NoTerms())
    drafting = Drafting(warehouse, terms, cast(BilledWorkReader, None), cast(PreparedDrafts, None))
    lookups = ContractLookups(warehouse, terms)
    request = DraftRequest(subject=ContractPeriod(application_key="APP-001", period=FEBRUARY), by="anna")
    batch = Batch(billing_run_id="r", period=FEBRUARY, invoice_date=date(2026, 3, 1), application_keys=("APP-001",))
    line_query = LineWorklogsQuery(application_key="APP-001", period=FEBRUARY, worklog_ids=("1",))
    return {
        "draft": lambda: drafting.fetch_draft(DraftInput(request=request, invoice_date=date(2026, 3, 1))),
        "batch": lambda: drafting.prepare_batch(batch),
        "active": lambda: drafting.active_contracts(ContractQuery()),
        "list": lambda: lookups.clients(ContractQuery()),
        "worklogs": lambda: lookups.worklogs(WorklogQuery(application_key="APP-001", period=FEBRUARY)),
        "behind a line": lambda: lookups.line_worklogs(line_query),
    }


@pytest.mark.parametrize("name", ["draft", "batch", "active", "list", "worklogs", "behind a line"])
def test_pages_are_rendered_while_clickhouse_hangs(name: str) -> None:
    async def scenario() -> None:
        async with Silent.listening() as silent:
            warehouse = Warehouse.at(f"http://default:@127.0.0.1:{silent.port}/default")
            pending = asyncio.ensure_future(all_reads(warehouse)[name]())
            await silent.called.wait()
            assert "<html" in await preview()
            assert not pending.done()
        with pytest.raises(Exception, match="ClickHouse"):
            await pending
        warehouse.close()

    in_a_loop_with_one_thread(scenario())


class TestThreads:
    def test_a_call_that_waited_too_long_is_not_started(self) -> None:
        async def scenario() -> None:
            threads, go, started = BoundedThreadPool("test", 1, wait_seconds=0.5), threading.Event(), []
            first = asyncio.create_task(threads.run(go.wait))
            await asyncio.sleep(0)  # lets the pool receive the call
            with pytest.raises(Busy):
                await threads.run(lambda: started.append("second"))
            go.set()
            assert await first
            assert await threads.run(lambda: "third") == "third"
            assert started == []
            threads.close()

        asyncio.run(scenario())

    def test_closing_does_not_wait_for_a_running_call(self) -> None:
        async def scenario() -> None:
            threads, go = BoundedThreadPool("test", 1), threading.Event()
            hanging = asyncio.create_task(threads.run(go.wait))
            await asyncio.sleep(0)
            threads.close()
            assert not hanging.done()
            go.set()
            assert await hanging

        asyncio.run(scenario())
