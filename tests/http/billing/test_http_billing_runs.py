"""Billing runs over HTTP, with the real Temporal, PostgreSQL, ClickHouse engine and worker.

The tests share one API with its worker. Each drafts a month of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from temporalio.client import Client

from models.values.period import Period
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.postgres import scratch_database
from tests.fixtures.temporal import new_namespace
from tests.http.callers import Caller, data_of, error_of
from tests.http.whole_api import seeded, user, whole_api
from workflows.runtime import ids

# The demo has thirteen contracts; APP-011 is closed.
ACTIVE = [f"APP-{n:03}" for n in range(1, 14) if n != 11]
FEBRUARY = {"period_start": "2026-02-01", "period_end": "2026-02-28"}
JANUARY = {"period_start": "2026-01-01", "period_end": "2026-01-31"}
DECEMBER = {"period_start": "2025-12-01", "period_end": "2025-12-31"}
NOVEMBER = {"period_start": "2025-11-01", "period_end": "2025-11-30"}


@pytest.fixture(scope="module")
async def http(
    temporal: Client, postgres_url: str, _migrated_template: str, demo_clickhouse_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    with scratch_database(postgres_url, _migrated_template) as (_, url):
        settings = await seeded(await new_namespace(temporal), url, demo_clickhouse_url)
        async with whole_api(settings) as client:
            yield client


@pytest.fixture(scope="module")
async def editor(http: httpx.AsyncClient) -> Caller:
    return await user(http, "editor")


@pytest.fixture(scope="module")
async def idle_http(temporal: Client, registry_url: str, demo_clickhouse_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """An API for all requests of this module that start nothing."""
    async with whole_api(await seeded(temporal, registry_url, demo_clickhouse_url), with_worker=False) as client:
        yield client


@pytest.fixture(scope="module")
async def idle_editor(idle_http: httpx.AsyncClient) -> Caller:
    return await user(idle_http, "editor")


async def bulk(caller: Caller, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = await caller.post("/invoices/generate-bulk", body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_active_contract_gets_a_draft(editor: Caller) -> None:
    first = await bulk(editor, FEBRUARY)
    assert [(row["application_key"], row["outcome"], row["status"]) for row in first["data"]] == [
        (key, "created", "draft") for key in ACTIVE
    ]
    assert first["meta"] == {
        "run_id": "monthly-drafts.2026-02",
        "state": "completed",
        **FEBRUARY,
        "created": 12,
        "already_there": 0,
        "refused": 0,
        "pending": 0,
        "cancelled": 0,
        "remaining": 0,
    }
    # The draft is that of prefill: 15,000,000 + 5.50 h x 150,000
    acme = data_of(await editor.get(f"/invoices/{first['data'][0]['id']}"))
    assert [acme["total_amount"], acme["created"]["by"]] == ["15825000.00", "editor"]

    # The same run again, after one draft was finalised and one discarded
    finalised = data_of(await editor.post(f"/invoices/{acme['id']}/finalize"))
    data_of(await editor.post(f"/invoices/{first['data'][1]['id']}/discard"))
    again = await bulk(editor, FEBRUARY)
    assert [row["outcome"] for row in again["data"]] == ["already_there", "refused", *["already_there"] * 10]
    assert again["data"][0] == {
        "application_key": "APP-001",
        "outcome": "already_there",
        "id": acme["id"],
        "display_number": finalised["display_number"],
        "status": "needs_review",
    }
    assert [again["data"][1]["code"], again["data"][1]["status"]] == ["Withdrawn", "discarded"]
    assert "generate a new draft by hand" in again["data"][1]["message"]
    assert [row["id"] for row in again["data"]] == [row["id"] for row in first["data"]]

    # A draft created by hand replaces the discarded one, and later runs find it
    by_hand = data_of(await editor.post("/invoices/generate", {"application_key": "APP-002", **FEBRUARY}), 201)
    last = await bulk(editor, FEBRUARY)
    assert [last["data"][1]["outcome"], last["data"][1]["id"]] == ["already_there", by_hand["id"]]
    registry = (await editor.get("/invoices", params={"period": "2026-02"})).json()
    assert registry["meta"]["total"] == 13  # twelve, and the discarded one


async def test_only_the_named_contracts_are_drafted(editor: Caller) -> None:
    keys = ["APP-999", "APP-003", "APP-001", "APP-003"]
    found = await bulk(editor, {**JANUARY, "application_keys": keys})
    assert [(row["application_key"], row["outcome"]) for row in found["data"]] == [
        ("APP-001", "created"),
        ("APP-003", "created"),
        ("APP-999", "refused"),
    ]
    refused = found["data"][2]
    assert [refused["code"], refused["message"]] == [
        "ApplicationNotFound",
        "There is no contract APP-999 in ClickHouse.",
    ]
    same = await bulk(editor, {**JANUARY, "application_keys": sorted(set(keys))})
    assert same["meta"]["run_id"] == found["meta"]["run_id"] != "monthly-drafts.2026-01"
    run = f"/invoices/runs/{found['meta']['run_id']}"
    assert (await editor.get(run)).json() == same
    ended = error_of(await editor.post(f"{run}/cancel"), 409, "CONFLICT")
    assert (ended["details"]["reason"], ended["details"]["allowed"]) == ("RunEnded", [])


async def test_the_newest_runs_are_listed(editor: Caller) -> None:
    """Visibility of Temporal follows a moment later, so the list is asked for until it has the run."""
    october = {"period_start": "2025-10-01", "period_end": "2025-10-31"}
    made = await bulk(editor, {**october, "application_keys": ["APP-001", "APP-999"]})
    await bulk(editor, {**october, "application_keys": ["APP-001", "APP-999"]})

    async def look() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = data_of(await editor.get("/invoices/runs", params={"limit": 50}))
        return [run for run in found if run["run_id"] == made["meta"]["run_id"]]

    [run] = await eventually(look, lambda runs: bool(runs) and runs[0]["already_there"] == 1)
    assert [run["state"], run["refused"], run["remaining"], run["period_start"]] == ["completed", 1, 0, "2025-10-01"]
    assert run["started_at"] <= run["ended_at"]
    error_of(await editor.get("/invoices/runs", params={"limit": 0}), 400, "VALIDATION_ERROR")


async def test_ten_simultaneous_requests_join_one_run(editor: Caller) -> None:
    answers = await asyncio.gather(*(bulk(editor, DECEMBER) for _ in range(10)))
    assert {answer["meta"]["run_id"] for answer in answers} == {"monthly-drafts.2025-12"}
    ids_of_drafts = {tuple(row["id"] for row in answer["data"]) for answer in answers}
    assert len(ids_of_drafts) == 1
    assert (await editor.get("/invoices", params={"period": "2025-12"})).json()["meta"]["total"] == len(ACTIVE)


async def test_a_long_run_is_answered_with_202_and_can_be_read_later(
    own_temporal: Client, empty_database_url: str, demo_clickhouse_url: str
) -> None:
    settings = await seeded(own_temporal, empty_database_url, demo_clickhouse_url, answer_within=0.5)
    async with whole_api(settings, with_worker=False) as client:
        editor = await user(client, "editor")
        begun = await bulk(editor, NOVEMBER, 202)
    path = f"/invoices/runs/{begun['meta']['run_id']}"
    assert [begun["meta"]["state"], begun["data"]] == ["running", []]
    assert "worker" in begun["meta"]["message"]
    async with whole_api(settings) as client:
        viewer = await user(client, "viewer")

        async def look() -> dict[str, Any]:
            found: dict[str, Any] = (await viewer.get(path)).json()
            return found

        ended = await eventually(look, lambda seen: seen["meta"]["state"] == "completed")
        assert ended["meta"]["created"] == len(ACTIVE)


@pytest.mark.parametrize("run_id", ["monthly-drafts.1999-01", "service-invoice.app-001.2026-02", "x"])
async def test_an_unknown_run(idle_editor: Caller, run_id: str) -> None:
    error_of(await idle_editor.get(f"/invoices/runs/{run_id}"), 404, "NOT_FOUND")
    error_of(await idle_editor.post(f"/invoices/runs/{run_id}/cancel"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"period_start": "2026-02-01"}, "body"),
        ({"period_start": "2026-02-28", "period_end": "2026-02-01"}, "body"),
        ({"application_keys": []}, "application_keys"),
        ({"application_keys": ["APP 1", "APP-002"]}, "application_keys.0"),
        ({"application_key": "APP-001"}, "application_key"),
    ],
)
async def test_a_bad_body_starts_nothing(idle_editor: Caller, body: dict[str, Any], path: str) -> None:
    details = error_of(await idle_editor.post("/invoices/generate-bulk", body), 400, "VALIDATION_ERROR")["details"]
    assert [detail["path"] for detail in details] == [path]


async def test_a_viewer_may_not_start_a_run(idle_http: httpx.AsyncClient) -> None:
    viewer = await user(idle_http, "viewer")
    error_of(await viewer.post("/invoices/generate-bulk", FEBRUARY), 403, "FORBIDDEN")
    error_of(await viewer.post("/invoices/runs/monthly-drafts.2026-02/cancel"), 403, "FORBIDDEN")


def test_the_run_id_depends_on_period_and_contracts() -> None:
    key, other = f"APP-{uuid4().hex[:4]}", "APP-002"
    february = Period.month(2026, 2)
    assert ids.monthly_run(february, [key, other]) == ids.monthly_run(february, [other, key, other])
    assert ids.monthly_run(february, [key]) != ids.monthly_run(february, [key, other])
    assert ids.monthly_run(february) == "monthly-drafts.2026-02"
