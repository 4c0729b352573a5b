"""The demo with a worker that is killed while effects run: the result is the same, and every effect exists once.

Other tests use the same stack, before or after, so only what belongs to the demo's invoices is counted.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from local.demo.api_client import ApiClient
from local.demo.command import run_scenario
from local.demo.partner_jobs import PartnerJobs
from local.demo.report import Played
from local.demo_data.partner_jobs import ZONE
from local.stack.stack import Stack
from models.partners.readiness import ObstacleCode
from tests.acceptance.conftest import archived, kill_worker

pytestmark = pytest.mark.timeout(900)

# The number of kills after each command, while its effects are running.
KILLED_AFTER = {"approve": 2, "deliver": 2, "void": 1, "close_batch": 1, "mark_uploaded": 1, "reject": 1}


@pytest.fixture(scope="module")
async def played(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Played:
    left = Counter(KILLED_AFTER)

    async def after_command(command: str) -> None:
        if left[command]:
            left[command] -= 1
            await kill_worker(stack)

    found = await run_scenario(stack.describe(), tmp_path_factory.mktemp("demo"), lambda _: None, after_command)
    assert not +left, f"these kills did not take place: {left}"
    return found


@pytest.fixture(scope="module")
def contracts(played: Played) -> list[dict[str, Any]]:
    return [row for row in played.invoices if row["kind"] == "service"]


@pytest.fixture(scope="module")
def partners(played: Played) -> list[dict[str, Any]]:
    return [row for row in played.invoices if row["kind"] == "partner"]


@pytest.fixture(scope="module")
def summary(contracts: list[dict[str, Any]], partners: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*contracts, *partners]


def effects(summary: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [
        each for invoice in summary for each in invoice["effects"] if each["name"] in names and each["state"] == "done"
    ]


def mentions(summary: list[dict[str, Any]], text: str, *others: str) -> bool:
    """Return whether the text has a number of these invoices, or another number."""
    numbers = {*others, *(row["number"] for row in summary if row["number"])}
    return not numbers.isdisjoint(re.findall(r"[A-Z]+(?:-[0-9]+)+", text))


def statuses(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter("overdue" if row["overdue"] else row["status"] for row in rows if row["number"])


def test_the_result_is_the_same_as_without_a_kill(contracts: list[dict[str, Any]]) -> None:
    wanted = {"closed": 2, "draft": 1, "overdue": 1, "void": 1, "approved": 1, "needs_review": 1}
    assert statuses(contracts) == wanted
    assert all(e["state"] in ("done", "skipped", "pending") for row in contracts for e in row["effects"])
    # Another test may have given the contract of the one that waits for its review a series of its own.
    numbers = [row["number"].split("-") for row in contracts if row["number"] and row["status"] != "needs_review"]
    for series in ("ACT", "INV"):
        found = sorted(int(number) for name, number in numbers if name == series)
        assert found == list(range(found[0], found[0] + 3)), "without a gap"
    assert len(numbers) == 6


def test_the_partners_jobs_end_as_without_a_kill(partners: list[dict[str, Any]]) -> None:
    """15 invoices, one of which is a draft, and one more in place of the rejected one.

    The batch has 30 jobs: 15 prelaid FTTH at RM 145 and 15 FTTO at RM 500, which is 2,175 + 7,500. Each fourth of the
    jobs 1 to 30 has 30 m of cable at RM 1.20: 7 × 36 = 252.
    """
    assert statuses(partners) == {"closed": 3, "awaiting_payment": 6, "overdue": 1, "approved": 3, "rejected": 1}
    assert all(e["state"] in ("done", "skipped") for row in partners for e in row["effects"])
    numbers = Counter(str(row["number"]).partition("-")[0] for row in partners)
    assert numbers == {"TIME": 7, "CELCOM": 1, "DIGI": 3, "UMOBILE": 3, "None": 1}
    assert len({row["number"] for row in partners}) == len(partners)
    [batch] = [row for row in partners if row["number"] and row["number"].startswith("CELCOM")]
    assert (batch["orders"], batch["total"]) == (30, "9927.00")
    [rejected] = [row for row in partners if row["status"] == "rejected"]
    assert [row["replaces"] for row in partners if row["replaces"]] == [rejected["id"]]


def test_day_46_is_late_and_day_45_is_not(partners: list[dict[str, Any]]) -> None:
    """45 days to pay: the upload 46 days ago was due yesterday, the one 45 days ago is due today."""
    due = {
        date.fromisoformat(row["due_date"]): row["overdue"] for row in partners if row["milestone"] == "AwaitingPayment"
    }
    late = max(day for day, overdue in due.items() if overdue)
    assert due[late + timedelta(days=1)] is False
    assert datetime.now(ZONE).date() - late in (timedelta(days=1), timedelta(days=2))  # the tests may run past midnight


def test_every_order_is_where_its_invoice_is(played: Played) -> None:
    """60 orders. Of Digi one stays uploaded, because it was refused for an invoice of TIME."""
    found: Mapping[str, Mapping[str, int]] = played.partners.statuses
    assert found == {
        "CELCOM": {"Completed": 30, "DocketsUploaded": 2},
        "DIGI": {"Invoiced": 3, "DocketsUploaded": 2},
        "TIME": {
            "Completed": 1,
            "SubmittedToPortal": 5,
            "ReadyForInvoice": 1,
            "DocketsUploaded": 5,
            "OrderCompleted": 1,
        },
        "UMOBILE": {"Completed": 7, "SubmittedToPortal": 2, "DocketsUploaded": 1},
    }
    assert sum(sum(each.values()) for each in found.values()) == 60


def test_the_gate_names_each_of_its_reasons(played: Played) -> None:
    reasons = Counter(code for each in played.partners.refused for code in each.reasons)
    assert {code: reasons[code] for code in ObstacleCode} == dict.fromkeys(ObstacleCode, 1)
    assert reasons.keys() - set(ObstacleCode) == {"rate_no_row"}


def test_the_quote_is_invoiced_by_its_deposit(played: Played) -> None:
    """30 % of 1,200 + 12 × 850 + 900 for the option that the client took."""
    sums = played.quote.invoiced
    assert [sums[each] for each in ("quoted", "invoiced", "left", "difference")] == [
        "12300.00", "3690.00", "8610.00", "0.00",
    ]  # fmt: skip
    shown = played.quote.invoice["quote"]
    assert shown["number"] == played.quote.quote["number"]
    assert sorted(shown["lines"].values()) == ["L1", "L2", "L3"]


async def test_a_second_run_changes_nothing(played: Played, editor: ApiClient, manager: ApiClient) -> None:
    own = {row["id"] for row in played.invoices}
    before = {row["id"]: row["revision"] for row in await editor.invoices() if row["id"] in own}
    again = PartnerJobs(editor, manager, datetime.now(ZONE).date(), lambda _: None)
    assert sorted(await again.run()) == sorted(played.partners.refused)
    assert await again.statuses() == played.partners.statuses
    assert {row["id"]: row["revision"] for row in await editor.invoices() if row["id"] in own} == before


def test_the_archive_holds_each_document_once(summary: list[dict[str, Any]], described: dict[str, Any]) -> None:
    wanted = {row["archive_key"]: row["pdf_sha256"] for row in summary if row["archive_key"]}
    found = {key: sha256 for key, sha256 in archived(described, "invoices/").items() if mentions(summary, key)}
    assert found == wanted


def test_each_mail_arrived_once(played: Played, summary: list[dict[str, Any]], described: dict[str, Any]) -> None:
    letters_there = httpx.get(f"{described['mailbox']}/api/messages").json()
    quote = played.quote.quote["number"]
    arrived = Counter(each["message_id"] for each in letters_there if mentions(summary, each["subject"], quote))
    assert set(arrived.values()) == {1}
    letters = effects([*summary, played.quote.quote], "email", "notice", "reminder", "quote_email", "quote_notice")
    sent = {str(each["vendor_id"]) for each in letters}
    assert sent <= arrived.keys()
    # The void and the rejection cancelled the notice of the approval, which may already have been sent.
    cancelled = [e for row in summary for e in row["effects"] if e["name"] == "notice" and e["state"] == "skipped"]
    assert len(arrived) - len(sent) <= len(cancelled) <= 2


def test_each_shipment_was_created_once(summary: list[dict[str, Any]], described: dict[str, Any]) -> None:
    """The shipment of the voided invoice was deleted, or was never created because the void came first."""
    there = httpx.get(f"{described['sandboxes']['planfact']}/__sandbox/effects").json()["effects"]
    shipments = [each for each in there if mentions(summary, each["record"]["comment"])]
    assert set(Counter(each["record"]["externalId"] for each in shipments).values()) == {1}
    kept = {each["id"] for each in shipments if not each["deleted"]}
    living = [row for row in summary if row["status"] != "void"]
    assert kept == {str(each["vendor_id"]) for each in effects(living, "accounting")}
    assert len(shipments) - len(kept) == len(effects(summary, "accounting_reversal")) <= 1


def test_didox_has_each_act_once(summary: list[dict[str, Any]], described: dict[str, Any]) -> None:
    there = httpx.get(f"{described['sandboxes']['didox']}/__sandbox/effects").json()["effects"]
    documents = [each["id"] for each in there if mentions(summary, each["record"]["json"]["actdoc"]["actno"])]
    assert sorted(documents) == sorted(str(each["vendor_id"]) for each in effects(summary, "einvoice"))


def test_no_notice_came_twice(summary: list[dict[str, Any]], described: dict[str, Any]) -> None:
    """Each message ends in a short id. One may be lost with a killed worker, none is sent again."""
    assert summary
    there = httpx.get(f"{described['sandboxes']['telegram']}/__sandbox/effects").json()["effects"]
    messages = [each for each in there if mentions(summary, each["record"]["text"])]
    ids = Counter(each["record"]["text"].splitlines()[-1] for each in messages)
    assert ids
    assert set(ids.values()) == {1}
    assert all(each.startswith("#") for each in ids)
