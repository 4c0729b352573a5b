"""A worklog stands on at most one live invoice of a contract, whatever the periods are: over HTTP, on real engines.

The tests share one API with its worker. Each uses contracts of its own.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from itertools import permutations
from typing import Any

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client as ClickHouse
from temporalio.client import Client

from local.demo_data import schema
from tests.fixtures.clickhouse import served
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.temporal import new_namespace
from tests.http.callers import Caller, data_of, error_of
from tests.http.invoice.overlapping_contracts import AMBIGUOUS, HALF, KEYS, LOGGED, MONTH, QUARTER, fill, log
from tests.http.whole_api import seeded, user, whole_api

pytestmark = pytest.mark.timeout(300)

AGAIN_AFTER_SECONDS = 0.2

ORDERS = tuple(permutations((MONTH, HALF, QUARTER)))


@pytest.fixture(scope="module")
def clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("overlaps") / "clickhouse") as dsn:
        yield dsn


@pytest.fixture(scope="module")
def tables(clickhouse_url: str) -> Iterator[ClickHouse]:
    client = clickhouse_connect.get_client(dsn=clickhouse_url)
    fill(client)
    yield client
    client.close()


@pytest.fixture(scope="module")
async def http(
    temporal: Client, registry_url: str, clickhouse_url: str, tables: ClickHouse
) -> AsyncIterator[httpx.AsyncClient]:
    settings = await seeded(await new_namespace(temporal), registry_url, clickhouse_url, answer_within=120)
    async with whole_api(settings) as client:
        client.timeout = httpx.Timeout(200)
        yield client


@pytest.fixture(scope="module")
async def editor(http: httpx.AsyncClient) -> Caller:
    return await user(http, "editor")


@pytest.fixture(scope="module")
async def manager(http: httpx.AsyncClient) -> Caller:
    return await user(http, "manager")


async def generate(caller: Caller, key: str, period: tuple[str, str]) -> httpx.Response:
    """Repeat the request while the answer is to try again in a moment: Temporal allows ten at once for one workflow."""
    body = {"application_key": key, "period_start": period[0], "period_end": period[1]}
    while True:
        answer = await caller.post("/invoices/generate", body)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            return answer
        await asyncio.sleep(AGAIN_AFTER_SECONDS)


async def drafted(caller: Caller, key: str, period: tuple[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = data_of(await generate(caller, key, period), 201)
    return made


async def worklogs_of(caller: Caller, invoice: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for line in invoice["line_items"]:
        path = f"/invoices/{invoice['id']}/lines/{line['id']}/worklogs"
        found |= {each["worklog_id"] for each in data_of(await caller.get(path))["worklogs"]}
    return found


def already_invoiced(answer: httpx.Response) -> str:
    error = error_of(answer, 409, "CONFLICT")
    assert error["details"]["reason"] == "AlreadyInvoiced"
    return str(error["message"])


@pytest.mark.parametrize("order", range(len(ORDERS)))
async def test_each_worklog_stands_on_the_first_draft_that_bills_its_day(editor: Caller, order: int) -> None:
    key = KEYS["HR"][order]
    invoices: list[dict[str, Any]] = []
    free = {f"{key}-{n}": (day, hours) for n, (day, hours) in enumerate(LOGGED, 1)}
    for period in ORDERS[order]:
        in_period = {f"{key}-{n}" for n, (day, _) in enumerate(LOGGED, 1) if period[0] <= day <= period[1]}
        left, taken = in_period & free.keys(), in_period - free.keys()
        body = {"application_key": key, "period_start": period[0], "period_end": period[1]}
        preview, answer = await editor.post("/invoices/prefill", body), await generate(editor, key, period)
        if not left:
            for refused in (preview, answer):
                message = already_invoiced(refused)
                assert all(each in message for each in taken)
                assert invoices[0]["id"] in message
            continue
        made = data_of(answer, 201)
        assert await worklogs_of(editor, made) == left
        assert made["total_amount"] == f"{sum(free[each][1] for each in left) * 100}.00"
        assert data_of(preview)["total_amount"] == made["total_amount"]
        for each in taken:
            [warning] = [text for text in made["warnings"] if each in text]
            assert any(other["id"] in warning for other in invoices)
        assert data_of(await generate(editor, key, period), 200)["id"] == made["id"]
        invoices.append(made)
        for each in left:
            del free[each]
    assert free == {}
    assert sum(Decimal(each["total_amount"]) for each in invoices) == 2400


@pytest.mark.parametrize(("n", "periods"), [(1, (MONTH, HALF)), (2, (MONTH, QUARTER)), (3, (HALF, MONTH, QUARTER))])
async def test_fifty_requests_at_once_bill_each_worklog_once(
    editor: Caller, n: int, periods: tuple[tuple[str, str], ...]
) -> None:
    for deal in ("HR", "FP"):
        key = KEYS[deal][-n]
        answers = await asyncio.gather(*(generate(editor, key, periods[i % len(periods)]) for i in range(50)))
        assert {each.status_code for each in answers} <= {200, 201, 409}, [each.text for each in answers]
        made = {each.json()["data"]["id"]: each.json()["data"] for each in answers if each.status_code != 409}
        for answer in answers:
            if answer.status_code == 409:
                already_invoiced(answer)
        counted = Counter([w for each in made.values() for w in await worklogs_of(editor, each)])
        assert counted
        assert set(counted.values()) == {1}
        if deal == "FP":
            # Each fixed price is charged for its whole period, so all but the first draft must be confirmed.
            assert len(made) == len(periods)
            asked = [await editor.post(f"/invoices/{each}/finalize") for each in made]
            reasons = [each.json()["error"]["details"]["reason"] for each in asked if each.status_code == 409]
            assert reasons == ["NeedsConfirmation"] * (len(periods) - 1)


async def test_a_discard_and_a_void_free_the_work(editor: Caller, manager: Caller) -> None:
    key = "HR-6"
    month = await drafted(editor, key, MONTH)
    already_invoiced(await generate(editor, key, HALF))
    data_of(await editor.post(f"/invoices/{month['id']}/discard"))
    half = await drafted(editor, key, HALF)
    assert half["total_amount"] == "1000.00"
    data_of(await editor.post(f"/invoices/{half['id']}/finalize"))
    again = await drafted(editor, key, MONTH)
    assert [again["total_amount"], await worklogs_of(editor, again)] == ["1000.00", {"HR-6-2"}]
    data_of(await manager.post(f"/invoices/{half['id']}/void", {"reason": "billed by the month instead"}))
    regenerated = data_of(await editor.post(f"/invoices/{again['id']}/regenerate"))
    assert [regenerated["total_amount"], regenerated["warnings"]] == ["2000.00", []]


async def test_regenerate_leaves_out_what_another_invoice_took(editor: Caller, tables: ClickHouse) -> None:
    key = "HR-7"
    half = await drafted(editor, key, HALF)
    log(tables, "late-1", "2026-02-05", 2, key)
    month = await drafted(editor, key, MONTH)
    assert await worklogs_of(editor, month) == {"HR-7-2", "late-1"}
    after = data_of(await editor.post(f"/invoices/{half['id']}/regenerate"))
    assert [after["total_amount"], await worklogs_of(editor, after)] == ["1000.00", {"HR-7-1"}]
    [warning] = after["warnings"]
    assert "late-1" in warning
    assert month["id"] in warning
    # The work that regenerate adds belongs to the draft from then on.
    log(tables, "late-2", "2026-02-06", 3, key)
    assert data_of(await editor.post(f"/invoices/{half['id']}/regenerate"))["total_amount"] == "1300.00"
    quarter = await drafted(editor, key, QUARTER)
    assert await worklogs_of(editor, quarter) == {"HR-7-3"}


async def test_regenerate_is_refused_when_another_invoice_took_everything(editor: Caller, tables: ClickHouse) -> None:
    key, empty = "HR-8", ("2026-02-10", "2026-02-12")
    draft = await drafted(editor, key, empty)
    assert draft["total_amount"] == "0.00"
    log(tables, "late-3", "2026-02-11", 2, key)
    await drafted(editor, key, MONTH)
    message = already_invoiced(await editor.post(f"/invoices/{draft['id']}/regenerate"))
    assert "late-3" in message


async def test_late_work_that_another_invoice_took_is_not_taken_in(editor: Caller, tables: ClickHouse) -> None:
    key = "HR-9"
    half = await drafted(editor, key, HALF)
    path = f"/invoices/{half['id']}"
    log(tables, "late-4", "2026-02-05", 2, key)
    log(tables, "late-5", "2026-02-06", 2, key)
    checked = data_of(await editor.post(f"{path}/check_facts"))
    assert [each["worklog_id"] for each in checked["late_work"]["worklogs"]] == ["late-4", "late-5"]
    quarter = await drafted(editor, key, QUARTER)
    assert "late-4" in await worklogs_of(editor, quarter)
    message = already_invoiced(await editor.post(f"{path}/take_in", {"expected_revision": checked["revision"]}))
    assert "late-4, late-5" in message
    assert quarter["id"] in message
    kept = data_of(await editor.get(path))
    assert [kept["revision"], kept["total_amount"]] == [checked["revision"], "1000.00"]
    assert data_of(await editor.post(f"{path}/check_facts"))["late_work"]["worklogs"] == []
    # Work that nobody else has is taken in, and no later draft bills it.
    data_of(await editor.post(f"/invoices/{quarter['id']}/discard"))
    checked = data_of(await editor.post(f"{path}/check_facts"))
    taken = data_of(await editor.post(f"{path}/take_in", {"expected_revision": checked["revision"]}))
    assert taken["total_amount"] == "1400.00"
    assert await worklogs_of(editor, await drafted(editor, key, MONTH)) == {"HR-9-2"}


async def test_undo_does_not_bring_back_work_that_another_invoice_took(editor: Caller, tables: ClickHouse) -> None:
    """A worklog is moved to another day: the draft gives it up, another takes it, and the first one is undone."""
    key, january = "HR-10", ("2026-01-01", "2026-01-31")
    half = await drafted(editor, key, HALF)
    path, moved = f"/invoices/{half['id']}", "WHERE worklog_id = 'HR-10-1' SETTINGS mutations_sync = 1"
    log(tables, "stays", "2026-02-04", 1, key)
    # ClickHouse does not change a column of the sorting key, so the row is replaced.
    tables.command(f"ALTER TABLE {schema.WORKLOGS} DELETE {moved}")
    log(tables, "HR-10-1", "2026-01-31", 10, key)
    checked = data_of(await editor.post(f"{path}/check_facts"))
    taken = data_of(await editor.post(f"{path}/take_in", {"expected_revision": checked["revision"]}))
    assert taken["total_amount"] == "100.00"
    assert (await drafted(editor, key, january))["total_amount"] == "1000.00"
    already_invoiced(await editor.post(f"{path}/undo", {"expected_revision": taken["revision"]}))
    assert data_of(await editor.get(path))["total_amount"] == "100.00"


async def test_a_run_leaves_out_what_is_billed_and_lists_contracts_with_nothing_left(editor: Caller) -> None:
    quarter, half, fixed = "HR-11", "HR-12", "FP-1"
    await drafted(editor, quarter, QUARTER)
    first = await drafted(editor, half, HALF)
    await drafted(editor, fixed, QUARTER)
    keys = [quarter, half, fixed, *AMBIGUOUS]
    body = {"application_keys": keys, "period_start": MONTH[0], "period_end": MONTH[1]}
    answer = (await editor.post("/invoices/generate-bulk", body)).json()

    async def run() -> Any:
        return (await editor.get(f"/invoices/runs/{answer['meta']['run_id']}")).json()

    ended = await eventually(run, lambda seen: seen["meta"]["state"] == "completed")
    results = {row["application_key"]: row for row in ended["data"]}
    assert {key: row["outcome"] for key, row in results.items()} == {
        quarter: "refused",
        half: "created",
        fixed: "created",
        **dict.fromkeys(AMBIGUOUS, "refused"),
    }
    assert results[quarter]["code"] == "AlreadyInvoiced"
    assert f"{quarter}-1, {quarter}-2" in results[quarter]["message"]
    made = data_of(await editor.get(f"/invoices/{results[half]['id']}"))
    assert [made["total_amount"], await worklogs_of(editor, made)] == ["1000.00", {f"{half}-2"}]
    assert any(first["id"] in warning and f"{half}-1" in warning for warning in made["warnings"])
    refused = error_of(await editor.post(f"/invoices/{results[fixed]['id']}/finalize"), 409, "CONFLICT")
    assert refused["details"]["reason"] == "NeedsConfirmation"


@pytest.mark.parametrize("key", ["SUP-1", "FP-2"])
async def test_a_base_for_days_that_are_billed_is_confirmed_by_a_person(editor: Caller, key: str) -> None:
    half, month = await drafted(editor, key, HALF), await drafted(editor, key, MONTH)
    assert half["base_amount"] == month["base_amount"] == "3000.00"
    assert half["warnings"] == []
    path = f"/invoices/{month['id']}"
    details = error_of(await editor.post(f"{path}/finalize"), 409, "CONFLICT")["details"]
    [warning] = details["warnings"]
    assert [details["reason"], warning["code"]] == ["NeedsConfirmation", "DaysInvoiced"]
    for part in (half["id"], "2026-02-01", "2026-02-15"):
        assert part in warning["message"]
    assert warning["message"] in month["warnings"]
    assert data_of(await editor.get(path))["display_number"] is None
    shown = data_of(await editor.post(f"{path}/finalize", {"confirmed_warnings": ["DaysInvoiced"]}))
    assert shown["status"] == "needs_review"
    events = data_of(await editor.get(f"{path}/events"))["events"]
    assert [e["details"] for e in events if e["action"] == "finalize"] == [{"confirmed_warnings": "DaysInvoiced"}]
    assert data_of(await editor.post(f"/invoices/{half['id']}/finalize"))["status"] == "needs_review"


async def test_an_empty_support_month_bills_no_second_base(editor: Caller) -> None:
    await drafted(editor, "SUP-2", MONTH)
    assert "SUP-2-1" in already_invoiced(await generate(editor, "SUP-2", HALF))


async def test_keys_that_differ_in_case_share_no_workflow_and_are_not_billed(editor: Caller) -> None:
    for key in AMBIGUOUS:
        error = error_of(await generate(editor, key, MONTH), 400, "VALIDATION_ERROR")
        assert all(each in error["message"] for each in AMBIGUOUS)
        assert data_of(await editor.get(f"/clients/{key}"))["application"]["application_key"] == key
    for other in ("hr-13", "Hr-13"):
        assert "HR-13" in error_of(await generate(editor, other, MONTH), 404, "NOT_FOUND")["message"]
    assert (await drafted(editor, "HR-13", MONTH))["workflow_id"] == "service-invoice.hr-13.2026-02"
