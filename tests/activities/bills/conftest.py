"""The push against the sandbox of finance, and a second client of it without a network."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.finance_push import FinancePush
from activities.clients import finance
from activities.clients.finance import Finance
from activities.ledger.ledger import Ledger
from models.bills.bill import Bill
from tests.activities.bills.pushing import IDENTITY, TIMEOUT_SECONDS
from tests.fixtures.pushed_bills import april_lines, bill_of, write
from tests.fixtures.sandboxes import Sandbox


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
