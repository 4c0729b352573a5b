"""What the API reads and computes itself: contracts and worklogs in ClickHouse, a draft that nobody stores, a page.

These reads change nothing and need no workflow, so they work without Temporal and its worker and leave nothing in its
histories. Each one has a time limit. ClickHouse and pages have a bounded number of threads each: a read that finds them
taken is refused after a short wait, and all else goes on.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import date
from typing import Final, Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.billing.drafting import DraftReader
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.error_mapping import FAULTS, REFUSALS
from activities.contracts.line_worklogs import LineWorklogsReader
from activities.contracts.lookups import Contracts
from activities.contracts.terms_reader import ContractTermsReader
from activities.documents import pages as document_pages
from activities.documents.override_reader import OverrideReader
from activities.documents.pages import PageUnavailable
from activities.runtime.threads import BoundedThreadPool, Busy
from models.contracts.ports import (
    ContractDetail,
    ContractPage,
    ContractQuery,
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

Answer = TypeVar("Answer")

# Several questions to ClickHouse, of which each one has its own limit (AKTUM_CLICKHOUSE__TIMEOUT_SECONDS).
LONGEST_SECONDS: Final = 40
# A page is computed, so more threads than cores would only wait for each other.
PAGES_AT_ONCE: Final = 2

_CODES: Final[Mapping[type[Exception], str]] = {**REFUSALS, **FAULTS, PageUnavailable: Failure.RENDERING_REFUSED}


class Reads:
    """Every method raises RequestFailed, with a code of `models.values.failure_codes.Failure`."""

    def __init__(
        self,
        warehouse: Warehouse,
        terms: ContractTermsReader,
        pages: BoundedThreadPool,
        longest_seconds: float = LONGEST_SECONDS,
    ) -> None:
        self._warehouse = warehouse
        self._pages = pages
        self._overrides = OverrideReader()
        self._longest_seconds = longest_seconds
        self._contracts = Contracts(warehouse, terms)
        self._line_worklogs = LineWorklogsReader(warehouse)
        self._drafts = DraftReader(warehouse, terms)

    @classmethod
    def at(cls, settings: Settings, engine: AsyncEngine) -> Self:
        """Nothing is opened before the first read."""
        clickhouse = settings.clickhouse
        warehouse = Warehouse.at(clickhouse.url.get_secret_value(), clickhouse.timeout_seconds)
        return cls(warehouse, ContractTermsReader(engine), BoundedThreadPool("pages", PAGES_AT_ONCE))

    def close(self) -> None:
        self._warehouse.close()
        self._pages.close()
        self._overrides.close()

    async def clients(self, query: ContractQuery) -> ContractPage:
        return await self._answer(self._contracts.clients(query))

    async def client(self, application_key: str) -> ContractDetail:
        return await self._answer(self._contracts.client(application_key))

    async def worklogs(self, query: WorklogQuery) -> WorklogPage:
        return await self._answer(self._contracts.worklogs(query))

    async def line_worklogs(self, query: LineWorklogsQuery) -> LineWorklogs:
        return await self._answer(self._line_worklogs.line_worklogs(query))

    async def draft(self, application_key: str, period: Period, invoice_date: date) -> Content:
        """What a draft would say; it is not stored."""
        return await self._answer(self._drafts.draft(application_key, period, invoice_date))

    async def page(self, previewing: PreviewInput) -> PreviewPage:
        return await self._answer(self._preview(previewing))

    async def objections(self, override: str) -> tuple[str, ...]:
        """What a page written by a person may not hold, in words for its author."""
        return (await self._answer(self._overrides.check(override))).objections

    async def _preview(self, previewing: PreviewInput) -> PreviewPage:
        override = document_pages.override_of(previewing)
        checked = await self._overrides.check(override) if override else None
        return await self._pages.run(lambda: document_pages.preview(previewing, checked))

    async def _answer(self, reading: Awaitable[Answer]) -> Answer:
        try:
            async with asyncio.timeout(self._longest_seconds) as limit:
                return await reading
        except TimeoutError as error:
            if not limit.expired():
                raise
            late = f"There was no answer within {self._longest_seconds:.0f} s; try again."
            raise RequestFailed(Failure.NO_ANSWER, late) from error
        except Busy as busy:
            raise RequestFailed(Failure.NO_ANSWER, f"The pages wait for {busy}; try again in a moment.") from busy
        except tuple(_CODES) as error:
            raise RequestFailed(_CODES[type(error)], str(error)) from error
