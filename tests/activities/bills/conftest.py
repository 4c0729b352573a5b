"""The ingest of vendor bills on the tests' PostgreSQL and object store."""

from collections.abc import Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.ingest.stored_bill_files import BillFiles
from activities.clients.stored_files import FileStore
from local.stack.stack import Stack
from tests.activities.conftest import s3_at
from tests.fixtures.bill_files import Ingest


@pytest.fixture
def bill_store(stack: Stack, bucket: str) -> FileStore:
    return FileStore(s3_at(stack, stack.env["AKTUM_S3__URL"]), bucket)


@pytest.fixture
def ingest(engine: AsyncEngine, bill_store: FileStore) -> Iterator[Ingest]:
    files = BillFiles(bill_store)
    yield Ingest(engine, bill_store, files)
    files.close()
