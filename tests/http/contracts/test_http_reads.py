"""The API's own reads: each failure has its status, every read has a time limit, and a hanging read blocks no other.

A stand-in for ClickHouse produces each failure. tests/http/contracts/test_http_clients.py and
tests/http/invoice/test_documented_prefill.py use the real engine.
"""

import asyncio
import threading
from collections.abc import Callable
from datetime import date
from typing import Any, cast

import pytest
from fastapi import FastAPI

from activities.clients.clickhouse.errors import WarehouseRefused, WarehouseTimeout, WarehouseUnavailable
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.terms_reader import ContractTermsReader
from activities.documents import pages as document_pages
from activities.documents.pages import PageUnavailable
from activities.invoice.billed_work import BilledWorkReader
from activities.runtime.threads import BoundedThreadPool, Busy
from api.reads import Reads
from api.reads import reads as reads_dependency
from models.contracts.contract import ContractKeyAmbiguous, ContractNotFound, ContractUnreadable, CustomerNotFound
from models.contracts.terms import TermsMissing
from models.contracts.worklog import WorklogUnreadable
from models.documents.ports import PreviewInput, PreviewPage
from models.invoice.errors import AlreadyInvoiced, DraftRefused
from tests.http.callers import Caller, Rules, draft_of, error_of


class StandInWarehouse:
    """A stand-in for ClickHouse that calls `answer` for every query, in a real thread pool."""

    def __init__(self, answer: Callable[[], Any], at_once: int = 2, wait_seconds: float = 10) -> None:
        self._answer = answer
        self._threads = BoundedThreadPool("readings", at_once, wait_seconds)

    async def in_thread(self, _: Callable[[], Any]) -> Any:
        try:
            return await self._threads.run(self._answer)
        except Busy as busy:
            raise WarehouseUnavailable(f"ClickHouse still works on {busy}") from None

    def close(self) -> None:
        self._threads.close()


class NoTerms:
    async def terms(self, *_: object) -> None:
        return None


@pytest.fixture
def reading(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the API read what `answer` returns or raises."""

    def use(
        answer: Callable[[], Any], *, at_once: int = 2, wait_seconds: float = 10, longest_seconds: float = 40
    ) -> None:
        warehouse = cast(Warehouse, StandInWarehouse(answer, at_once, wait_seconds))
        pages = BoundedThreadPool("pages", at_once, wait_seconds)
        billed = cast(BilledWorkReader, None)
        reads = Reads(warehouse, cast(ContractTermsReader, NoTerms()), billed, pages, longest_seconds=longest_seconds)
        monkeypatch.setitem(app.dependency_overrides, reads_dependency, lambda: reads)

    return use


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (ContractNotFound("APP-1"), 404, "NOT_FOUND"),
        (CustomerNotFound("CUST-1", "APP-1"), 404, "NOT_FOUND"),
        (ContractUnreadable("APP-1", "deal_type is 'XXL'"), 400, "VALIDATION_ERROR"),
        (WorklogUnreadable("w-1", "PROJ-1", date(2026, 2, 3), "seconds is empty"), 400, "VALIDATION_ERROR"),
        (AlreadyInvoiced("worklog w-1 is on ACT-9"), 409, "CONFLICT"),
        (ContractKeyAmbiguous(("APP-1", "App-1")), 400, "VALIDATION_ERROR"),
        (DraftRefused("APP-1 bills in 'XAU'"), 400, "VALIDATION_ERROR"),
        (TermsMissing("The company is not configured."), 400, "VALIDATION_ERROR"),
        (WarehouseTimeout(15), 500, "INTERNAL_ERROR"),
        (WarehouseUnavailable("ClickHouse cannot be reached"), 503, "UNAVAILABLE"),
        (WarehouseRefused("ClickHouse answered with an error"), 503, "UNAVAILABLE"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_each_failure_has_its_status(
    editor: Caller, reading: Callable[..., None], failure: Exception, status: int, code: str
) -> None:
    def fail() -> None:
        raise failure

    reading(fail)
    for response in (
        await editor.post("/invoices/prefill", {"application_key": "APP-1"}),
        await editor.get("/clients/APP-1"),
    ):
        error = error_of(response, status, code)
        assert str(failure) in error["message"]
        if status == 400:
            assert error["details"][0]["path"] == "application_key"


async def test_a_read_that_takes_too_long_is_aborted(viewer: Caller, reading: Callable[..., None]) -> None:
    go = threading.Event()
    reading(go.wait, longest_seconds=0.3)
    response = await viewer.get("/clients")
    assert "no answer within" in error_of(response, 503, "UNAVAILABLE")["message"]
    assert response.headers["Retry-After"] == "5"
    go.set()


async def test_a_read_without_a_free_thread_is_refused_and_the_registry_answers(
    viewer: Caller, reading: Callable[..., None]
) -> None:
    begun, go = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hang() -> None:
        loop.call_soon_threadsafe(begun.set)
        go.wait()
        raise ContractNotFound("APP-1")

    reading(hang, at_once=1, wait_seconds=0.3)
    first = asyncio.create_task(viewer.get("/clients/APP-1"))
    await begun.wait()
    error = error_of(await viewer.get("/clients/APP-2"), 503, "UNAVAILABLE")
    assert "still works on 1 earlier request" in error["message"]
    assert (await viewer.get("/invoices")).status_code == 200
    go.set()
    error_of(await first, 404, "NOT_FOUND")


async def test_content_that_cannot_be_rendered(
    viewer: Caller, rules: Rules, reading: Callable[..., None], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise PageUnavailable("There is no page of this invoice: the reason")

    reading(lambda: None)
    monkeypatch.setattr(document_pages, "preview", fail)
    draft = await rules.put(draft_of(key))
    error = error_of(await viewer.get(f"/invoices/{draft.id}/preview-html"), 500, "INTERNAL_ERROR")
    assert "the reason" in error["message"]


async def test_a_preview_without_a_free_thread_is_refused(
    viewer: Caller, rules: Rules, reading: Callable[..., None], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = asyncio.Event(), threading.Event()
    loop, page = asyncio.get_running_loop(), document_pages.preview

    def hang(preview: PreviewInput, _: object) -> PreviewPage:
        loop.call_soon_threadsafe(begun.set)
        go.wait()
        return page(preview)

    monkeypatch.setattr(document_pages, "preview", hang)
    reading(lambda: None, at_once=1, wait_seconds=0.3)
    draft = await rules.put(draft_of(key))
    path = f"/invoices/{draft.id}/preview-html"
    first = asyncio.create_task(viewer.get(path))
    await begun.wait()
    error_of(await viewer.get(path), 503, "UNAVAILABLE")
    go.set()
    assert (await first).status_code == 200
