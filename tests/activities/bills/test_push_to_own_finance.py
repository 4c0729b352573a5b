"""The push to our own finance side over HTTP: the figures of April end to end, one invoice and one vendor."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
import uvicorn
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.finance_push import SAME_CONTENT, FinancePush
from activities.bills.wiring import identity_of
from activities.clients import finance
from activities.clients.finance import Finance
from activities.ledger.ledger import Ledger
from api.app import create_app
from models.bills.bill import Bill, PushState
from settings import AuthSettings, FinanceSettings, Settings
from tests.activities.bills.pushing import TIMEOUT_SECONDS, request
from tests.fixtures.pushed_bills import bill_of, lines_of, recorded, write
from tests.fixtures.sandboxes import FINANCE_SECRET

SETTINGS = FinanceSettings(jwt_secret=FINANCE_SECRET)


@pytest.fixture(scope="module")
def address(database_url: str) -> Iterator[str]:
    """The address of an API that receives imports."""
    settings = Settings(
        database_url=SecretStr(database_url),
        auth=AuthSettings(jwt_secret=SecretStr("a secret for tests that is long enough")),
        finance=SETTINGS,
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning", lifespan="on"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        while not server.started:
            assert thread.is_alive()
        yield "http://{}:{}".format(*listener.getsockname())
        server.should_exit = True
        thread.join()


@pytest.fixture
def tenant() -> str:
    return f"tenant-{uuid4().hex[:12]}"


@pytest.fixture
async def push(address: str, engine: AsyncEngine, ledger: Ledger, tenant: str) -> AsyncIterator[FinancePush]:
    async with finance.connect(address, TIMEOUT_SECONDS) as http:
        client = Finance(http, replace(identity_of(SETTINGS), tenant=tenant))
        yield FinancePush(engine, ledger, client)


async def counted(engine: AsyncEngine, tenant: str, bill: Bill) -> dict[str, object]:
    query = text("""
        SELECT count(*) AS payables, max(net_minor) AS net, max(tax_minor) AS tax, max(gross_minor) AS gross,
            max(source) AS source, max(line_count) AS lines,
            (SELECT count(*) FROM vendors WHERE tenant_id = :tenant) AS vendors,
            (SELECT count(*) FROM payable_lines l JOIN payables p ON p.id = l.payable_id
                WHERE p.tenant_id = :tenant) AS stored
        FROM payables WHERE tenant_id = :tenant AND external_id = :external_id
    """)
    key = {"tenant": tenant, "external_id": bill.key.provider_invoice_id}
    async with engine.connect() as connection:
        return dict((await connection.execute(query, key)).mappings().one())


async def test_the_bill_of_april(push: FinancePush, engine: AsyncEngine, april: Bill, tenant: str) -> None:
    expected = {
        "payables": 1,
        "net": 7902,
        "tax": 790,
        "gross": 8692,
        "source": "digitalocean",
        "lines": 33,
        "vendors": 1,
        "stored": 33,
    }
    first = await push.push(request(april))
    assert (first.state, first.action) == (PushState.PUSHED, "created")
    assert await counted(engine, tenant, april) == expected
    assert (await push.push(request(april))).note == SAME_CONTENT
    forced = await push.push(request(april, forced=True))
    assert (forced.action, forced.finance_invoice_id) == ("updated", first.finance_invoice_id)
    assert await counted(engine, tenant, april) == expected
    assert (await recorded(engine, april))["finance_invoice_id"] == first.finance_invoice_id


async def test_a_hundred_forced_pushes_at_once(
    push: FinancePush, engine: AsyncEngine, april: Bill, tenant: str
) -> None:
    """The ledger lets one attempt of an effect run at a time; the others are told so, and are repeated."""
    results = await asyncio.gather(
        *(push.push(request(april, forced=True)) for _ in range(100)), return_exceptions=True
    )
    pushed = [result for result in results if not isinstance(result, BaseException)]
    assert pushed
    assert {result.state for result in pushed} == {PushState.PUSHED}
    found = await counted(engine, tenant, april)
    assert (found["payables"], found["vendors"], found["stored"]) == (1, 1, 33)


async def test_finance_finds_what_it_has_after_a_lost_answer(
    push: FinancePush, engine: AsyncEngine, april: Bill, address: str, tenant: str
) -> None:
    """The digests of both sides are the same, so the look finds the content and nothing is sent again."""
    first = await push.push(request(april))
    row = await recorded(engine, april)
    async with finance.connect(address, TIMEOUT_SECONDS) as http:
        client = Finance(http, replace(identity_of(SETTINGS), tenant=tenant))
        held = await client.find("digitalocean", april.key.provider_invoice_id)
    assert held is not None
    assert (held.invoice_id, held.content_digest) == (first.finance_invoice_id, row["pushed_digest"])


async def test_the_text_of_a_refusal_names_the_difference(
    push: FinancePush, engine: AsyncEngine, april: Bill, tenant: str
) -> None:
    first = await push.push(request(april))
    lock = text("UPDATE payables SET lock_reason = 'in dispute' WHERE id = :id")
    async with engine.begin() as connection:
        await connection.execute(lock, {"id": first.finance_invoice_id})
    corrected = lines_of(("2.47",) * 31 + ("3.45",), "7.90")
    second = await write(engine, bill_of(corrected, id=april.id, key=april.key, version=2), corrected)
    refused = await push.push(request(second))
    assert refused.state is PushState.FAILED
    assert "locked (in dispute)" in (refused.note or "")
    assert "has net 79.02 and tax 7.90 USD; the import has net 80.02 and tax 7.90 USD" in (refused.note or "")
