"""The ingest on the tests' PostgreSQL and object store, and the push against the sandbox of finance."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.finance_push import FinancePush
from activities.bills.ingest.stored_bill_files import BillFiles
from activities.clients import finance
from activities.clients.finance import Finance
from activities.clients.stored_files import FileStore
from activities.ledger.ledger import Ledger
from local.stack.stack import Stack
from models.bills.bill import Bill
from tests.activities.bills.pushing import IDENTITY, TIMEOUT_SECONDS
from tests.activities.conftest import s3_at
from tests.fixtures.ingested_bills import Ingest
from tests.fixtures.pushed_bills import april_lines, bill_of, write
from tests.fixtures.sandboxes import Sandbox


@pytest.fixture
def bill_store(stack: Stack, bucket: str) -> FileStore:
    return FileStore(s3_at(stack, stack.env["AKTUM_S3__URL"]), bucket)


@pytest.fixture
def ingest(engine: AsyncEngine, bill_store: FileStore) -> Iterator[Ingest]:
    files = BillFiles(bill_store)
    yield Ingest(engine, bill_store, files)
    files.close()


@pytest.fixture
async def service(finance_sandbox: Sandbox) -> AsyncIterator[Finance]:
    async with finance.connect(finance_sandbox.url, TIMEOUT_SECONDS) as http:
        yield Finance(http, IDENTITY)


@pytest.fixture
def push(engine: AsyncEngine, ledger: Ledger, service: Finance) -> FinancePush:
    return FinancePush(engine, ledger, service)


@pytest.fixture
async def april(engine: AsyncEngine) -> Bill:
    lines = april_lines()
    return await write(engine, bill_of(lines), lines)


@pytest.fixture
def queue() -> str:
    """A task queue for this test alone."""
    return str(uuid4())
