"""The reads that the API does without a workflow: contracts and worklogs in ClickHouse, draft previews, page previews.

They change nothing, work without Temporal and its worker, and leave nothing in Temporal's histories
(docs/decisions/0010-reads-do-not-go-through-workflows.md). Each read has a time limit. ClickHouse and page rendering
have a bounded number of threads each. A read that finds no free thread is refused after a short wait; other requests
are not affected.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import date
from typing import Annotated, Final, Self, TypeVar

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.billing.cloud_costs import CloudCostReader
from activities.billing.drafting import DraftReader
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.error_mapping import FAULTS, REFUSALS
from activities.contracts.lookups import ContractLookups
from activities.contracts.terms_reader import ContractTermsReader
from activities.database.neighbours import Beside
from activities.documents import pages as document_pages
from activities.documents.override_reader import OverrideReader
from activities.documents.pages import PageUnavailable
from activities.invoice.billed_work import BilledWorkReader
from activities.runtime.threads import BoundedThreadPool, Busy
from models.contracts.ports import (
    ContractDetail,
    ContractPage,
    ContractQuery,
    ContractSearch,
    ContractsWork,
    ContractsWorkQuery,
    LineWorklogs,
    LineWorklogsQuery,
    WorklogPage,
    WorklogQuery,
)
from models.documents.ports import PreviewInput, PreviewPage
from models.invoice.content.content import Content
from models.values.failure_codes import Failure
from models.values.period import Period
from settings import Settings
from workflows.client.errors import RequestFailed

Result = TypeVar("Result")

# A read may send several queries to ClickHouse. Each query has its own limit (AKTUM_CLICKHOUSE__TIMEOUT_SECONDS).
LONGEST_SECONDS: Final = 40
# Rendering a page is computation, so more threads than cores would not make it faster.
PAGES_AT_ONCE: Final = 2

_CODES: Final[Mapping[type[Exception], str]] = {**REFUSALS, **FAULTS, PageUnavailable: Failure.RENDERING_REFUSED}


class Reads:
    """The reads. Every method raises RequestFailed with a code of `models.values.failure_codes.Failure`."""

    def __init__(
        self,
        warehouse: Warehouse,
        terms: ContractTermsReader,
        billed: BilledWorkReader,
        pages: BoundedThreadPool,
        cloud: CloudCostReader | None = None,
        longest_seconds: float = LONGEST_SECONDS,
    ) -> None:
        self._warehouse = warehouse
        self._pages = pages
        self._overrides = OverrideReader()
        self._longest_seconds = longest_seconds
        self._contracts = ContractLookups(warehouse, terms)
        self._drafts = DraftReader(warehouse, terms, billed, cloud)

    @classmethod
    def at(cls, settings: Settings, engine: AsyncEngine) -> Self:
        """Return the reads for these settings. No connection is opened before the first read."""
        clickhouse = settings.clickhouse
        warehouse = Warehouse.at(clickhouse.url.get_secret_value(), clickhouse.timeout_seconds)
        pages = BoundedThreadPool("pages", PAGES_AT_ONCE)
        terms, billed, cloud = ContractTermsReader(engine), BilledWorkReader(engine), CloudCostReader(engine)
        return cls(warehouse, terms, billed, pages, cloud)

    def close(self) -> None:
        self._warehouse.close()
        self._pages.close()
        self._overrides.close()

    async def clients(self, query: ContractQuery) -> ContractPage:
        return await self._run(self._contracts.clients(query))

    async def clients_beside(self, application_key: str, search: ContractSearch) -> Beside:
        return await self._run(self._contracts.beside(application_key, search))

    async def client(self, application_key: str) -> ContractDetail:
        return await self._run(self._contracts.client(application_key))

    async def worklogs(self, query: WorklogQuery) -> WorklogPage:
        return await self._run(self._contracts.worklogs(query))

    async def line_worklogs(self, query: LineWorklogsQuery) -> LineWorklogs:
        return await self._run(self._contracts.line_worklogs(query))

    async def work(self, query: ContractsWorkQuery) -> ContractsWork:
        return await self._run(self._contracts.work(query))

    async def draft(self, application_key: str, period: Period, invoice_date: date) -> Content:
        """Return the content of a new draft without storing it."""
        return await self._run(self._drafts.draft(application_key, period, invoice_date))

    async def page(self, preview: PreviewInput) -> PreviewPage:
        return await self._run(self._preview(preview))

    async def override_objections(self, override: str) -> tuple[str, ...]:
        """Return a message for each part of an HTML override that is not allowed."""
        return (await self._run(self._overrides.check(override))).objections

    async def _preview(self, preview: PreviewInput) -> PreviewPage:
        override = document_pages.shown_override(preview)
        checked = await self._overrides.check(override) if override else None
        return await self._pages.run(lambda: document_pages.preview(preview, checked))

    async def _run(self, read: Awaitable[Result]) -> Result:
        """Return the result of the read, and translate its failures and the time limit into RequestFailed."""
        try:
            async with asyncio.timeout(self._longest_seconds) as limit:
                return await read
        except TimeoutError as error:
            if not limit.expired():
                raise
            message = f"There was no answer within {self._longest_seconds:.0f} s; try again."
            raise RequestFailed(Failure.NO_ANSWER, message) from error
        except Busy as busy:
            message = f"Too many pages are being rendered ({busy}); try again in a moment."
            raise RequestFailed(Failure.NO_ANSWER, message) from busy
        except tuple(_CODES) as error:
            raise RequestFailed(_CODES[type(error)], str(error)) from error


async def reads(request: Request) -> Reads:
    found = request.app.state.reads
    assert isinstance(found, Reads)
    return found


ReadsDep = Annotated[Reads, Depends(reads)]
