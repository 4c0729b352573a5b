"""Concurrent requests on the real engines: one invoice for one request, one number for one invoice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.database.engine import create_engine
from local.demo.api_client import ApiClient, RequestRefused, until
from local.demo_data.contracts import CONTRACTS
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.values.period import Period
from tests.acceptance.conftest import ANSWER_SECONDS
from workflows.client.connection import connect
from workflows.client.invoices import generate
from workflows.invoice.messages import Opened

pytestmark = pytest.mark.timeout(600)

SERIES, DRAFTS = "AT-ONCE", 40
# Only finalizing must be concurrent.
OPENED_TOGETHER = 20
TIMEOUT = timedelta(seconds=ANSWER_SECONDS)
AGAIN_AFTER_SECONDS = 0.2
# A fixed-price contract: each past day is a separate period that bills the same amount.
CONTRACT = "APP-007"


@pytest.fixture
async def engine(described: dict[str, Any]) -> AsyncIterator[AsyncEngine]:
    made = create_engine(described["postgres"])
    yield made
    await made.dispose()


@pytest.fixture
async def temporal(described: dict[str, Any]) -> Client:
    return await connect(described["temporal"], "default")


async def test_the_same_generate_fifty_times_makes_one_invoice(editor: ApiClient, engine: AsyncEngine) -> None:
    body = {"application_key": CONTRACT, "period_start": "2025-02-01", "period_end": "2025-02-28"}
    answers = await asyncio.gather(*(editor.http.post("/invoices/generate", json=body) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200, 201}
    assert [answer.status_code for answer in answers].count(201) == 1
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    async with engine.connect() as connection:
        rows = await connection.scalar(text("SELECT count(*) FROM invoices WHERE period_start = '2025-02-01'"))
    assert rows == 1


async def test_forty_finalised_at_once_are_numbered_without_a_gap(
    temporal: Client, editor: ApiClient, engine: AsyncEngine
) -> None:
    assert any(each.application_key == CONTRACT for each in CONTRACTS)
    async with engine.begin() as connection:
        await connection.execute(text(f"INSERT INTO number_series VALUES ('{SERIES}', '{SERIES}-{{seq}}', 0)"))
        await connection.execute(
            text("UPDATE client_invoice_config SET series = :series WHERE application_key = :key"),
            {"series": SERIES, "key": CONTRACT},
        )
    opened: list[Opened] = []
    for first in range(0, DRAFTS, OPENED_TOGETHER):
        some = [request(n) for n in range(first, first + OPENED_TOGETHER)]
        opened += await asyncio.gather(*(generate(temporal, each, timeout=TIMEOUT) for each in some))
    finalised = await asyncio.gather(*(finalise(editor, each.invoice_id) for each in opened))
    assert {each["status"] for each in finalised} == {"needs_review"}
    numbers = sorted(int(each["display_number"].removeprefix(f"{SERIES}-")) for each in finalised)
    assert numbers == list(range(1, DRAFTS + 1))


async def finalise(desk: ApiClient, invoice_id: str) -> dict[str, Any]:
    """As a caller should: with the same key again, for as long as the API says to try again in a moment."""
    while True:
        key = {"Idempotency-Key": f"finalise-{invoice_id}"}
        answer = await desk.http.post(f"/invoices/{invoice_id}/finalize", json={}, headers=key)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            assert answer.is_success, answer.text
            return dict(answer.json()["data"])
        await asyncio.sleep(AGAIN_AFTER_SECONDS)


def request(n: int) -> DraftRequest:
    day = date(2025, 3, 1) + timedelta(days=n)
    return DraftRequest(subject=ContractPeriod(application_key=CONTRACT, period=Period(start=day, end=day)), by="test")


async def test_concurrent_edits_one_wins_and_the_other_is_refused(editor: ApiClient) -> None:
    draft = await editor.generate(application_key=CONTRACT, period_start="2025-08-01", period_end="2025-08-31")
    edits = [editor.edit(draft["id"], expected_revision=draft["revision"], legal_text=text) for text in ("a", "b")]
    results = await asyncio.gather(*edits, return_exceptions=True)
    refused = [each for each in results if isinstance(each, RequestRefused)]
    assert [each.status for each in refused] == [409]
    won = next(each for each in results if isinstance(each, dict))
    kept = await until(lambda: editor.invoice(draft["id"]), lambda i: i["revision"] == won["revision"], "the edit")
    assert kept["legal_text"] == won["legal_text"]
