"""The demo with a worker that is killed while effects run: the result is the same, and every effect exists once."""

from collections import Counter
from typing import Any

import httpx
import pytest

from local.demo.command import run_scenario
from local.stack.stack import Stack
from tests.acceptance.conftest import archived, kill_worker

pytestmark = pytest.mark.timeout(900)

# The number of kills after each command, while its effects are running.
KILLED_AFTER = {"approve": 2, "deliver": 2, "void": 1}


@pytest.fixture(scope="module")
async def summary(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    left = Counter(KILLED_AFTER)

    async def after_command(command: str) -> None:
        if left[command]:
            left[command] -= 1
            await kill_worker(stack)

    found = await run_scenario(stack.describe(), tmp_path_factory.mktemp("demo"), lambda _: None, after_command)
    assert not +left, f"these kills did not take place: {left}"
    # Other tests of this session have invoices of other periods.
    demo = max(row["period"] for row in found)
    return [row for row in found if row["period"] == demo]


def effects(summary: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [
        each for invoice in summary for each in invoice["effects"] if each["name"] in names and each["state"] == "done"
    ]


def test_the_result_is_the_same_as_without_a_kill(summary: list[dict[str, Any]]) -> None:
    statuses = Counter("overdue" if row["overdue"] else row["status"] for row in summary if row["number"])
    assert statuses == {"closed": 2, "draft": 1, "overdue": 1, "void": 1}
    assert all(e["state"] in ("done", "skipped", "pending") for row in summary for e in row["effects"])
    numbers = sorted(row["number"] for row in summary if row["number"])
    assert numbers == ["ACT-1", "ACT-2", "INV-1", "INV-2", "INV-3"]


def test_the_archive_holds_each_document_once(summary: list[dict[str, Any]], described: dict[str, Any]) -> None:
    wanted = {row["archive_key"]: row["pdf_sha256"] for row in summary if row["archive_key"]}
    assert archived(described) == wanted


def test_each_mail_arrived_once(summary: list[dict[str, Any]], described: dict[str, Any]) -> None:
    arrived = Counter(each["message_id"] for each in httpx.get(f"{described['mailbox']}/api/messages").json())
    assert set(arrived.values()) == {1}
    sent = {str(each["vendor_id"]) for each in effects(summary, "email", "notice", "reminder")}
    assert sent <= arrived.keys()
    # The void cancelled the notice of the approval, which may already have been sent.
    cancelled = [e for row in summary for e in row["effects"] if e["name"] == "notice" and e["state"] == "skipped"]
    assert len(arrived) - len(sent) <= len(cancelled) <= 1


def test_each_shipment_was_created_once(summary: list[dict[str, Any]], described: dict[str, Any]) -> None:
    """The shipment of the voided invoice was deleted, or was never created because the void came first."""
    shipments = httpx.get(f"{described['sandboxes']['planfact']}/__sandbox/effects").json()["effects"]
    assert set(Counter(each["record"]["externalId"] for each in shipments).values()) == {1}
    kept = {each["id"] for each in shipments if not each["deleted"]}
    living = [row for row in summary if row["status"] != "void"]
    assert kept == {str(each["vendor_id"]) for each in effects(living, "accounting")}
    assert len(shipments) - len(kept) == len(effects(summary, "accounting_reversal")) <= 1


def test_didox_has_one_act(summary: list[dict[str, Any]], described: dict[str, Any]) -> None:
    documents = httpx.get(f"{described['sandboxes']['didox']}/__sandbox/effects").json()["effects"]
    assert [each["id"] for each in documents] == [each["vendor_id"] for each in effects(summary, "einvoice")]


def test_no_notice_came_twice(summary: list[dict[str, Any]], described: dict[str, Any]) -> None:
    """Each message ends in a short id. One may be lost with a killed worker, none is sent again."""
    assert summary
    messages = httpx.get(f"{described['sandboxes']['telegram']}/__sandbox/effects").json()["effects"]
    ids = Counter(each["record"]["text"].splitlines()[-1] for each in messages)
    assert ids
    assert set(ids.values()) == {1}
    assert all(each.startswith("#") for each in ids)
