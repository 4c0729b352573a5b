"""Acts that are signed on a whole stack: `aktum sign`, the sandbox of E-IMZO, the API, the worker and Didox.

tests/stack/test_sign_command.py has what the command refuses.
"""

import asyncio
import subprocess
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from local.demo.api_client import ApiClient, effect, is_done, until
from local.stack.stack import Stack
from tests.acceptance.operators import aktum

pytestmark = pytest.mark.timeout(900)

# A local client with a fixed price: each past day is a period of its own.
CONTRACT = "APP-007"
TOGETHER = 20
TIN = "309630523"


async def waiting_act(editor: ApiClient, manager: ApiClient, day: date) -> dict[str, Any]:
    """Return an invoice of one day whose act waits in Didox for our signature."""
    draft = await editor.generate(application_key=CONTRACT, period_start=str(day), period_end=str(day))
    reviewed = await editor.command(draft["id"], "finalize")
    await manager.command(draft["id"], "approve", digest=reviewed["digest"])
    await manager.command(draft["id"], "deliver", channel="didox")
    return await manager.until(draft["id"], lambda found: effect(found, "einvoice_signature") is not None, "the act")


async def sign(stack: Stack, editor: ApiClient, *words: str) -> subprocess.CompletedProcess[str]:
    token = editor.http.headers["Authorization"].removeprefix("Bearer ")
    return await aktum(stack, "sign", "--yes", *words, AKTUM_TOKEN=token)


def acts(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the documents of the Didox sandbox by their numbers."""
    found = httpx.get(f"{described['sandboxes']['didox']}/__sandbox/effects").json()["effects"]
    return {each["record"]["json"]["actdoc"]["actno"]: each["record"] for each in found}


def queue_fault(described: dict[str, Any], fault: dict[str, Any]) -> None:
    httpx.post(f"{described['sandboxes']['didox']}/__sandbox/faults", json=fault).raise_for_status()


async def test_an_act_is_signed_and_the_trail_names_the_certificate(
    stack: Stack, editor: ApiClient, manager: ApiClient, described: dict[str, Any]
) -> None:
    invoice = await waiting_act(editor, manager, date(2025, 10, 1))
    done = await sign(stack, editor, invoice["display_number"])
    assert done.returncode == 0, done.stdout
    sent = await editor.invoice(invoice["id"])
    assert sent["status"] == "sent"
    act = acts(described)[invoice["display_number"]]
    assert (act["status"], act["signs"]) == (1, 1)
    events = (await editor.http.get(f"/invoices/{invoice['id']}/events")).json()["data"]["events"]
    by_action = {event["action"]: event for event in events}
    assert by_action["submit_signature"]["by"] == "editor"
    details = by_action["einvoice_send_done"]["details"]
    assert (details["certificate_tin"], details["certificate_holder"]) == (TIN, "KARIMOVA AMINA")


async def test_twenty_are_signed_in_one_go(
    stack: Stack, editor: ApiClient, manager: ApiClient, described: dict[str, Any]
) -> None:
    days = [date(2025, 10, 2) + timedelta(days=n) for n in range(TOGETHER)]
    invoices = [await waiting_act(editor, manager, day) for day in days]
    numbers = [invoice["display_number"] for invoice in invoices]
    done = await sign(stack, editor, *numbers)
    assert done.returncode == 0, done.stdout
    assert f"{TOGETHER} of {TOGETHER} were signed" in done.stdout
    found = acts(described)
    assert {(found[number]["status"], found[number]["signs"]) for number in numbers} == {(1, 1)}
    queue = (await editor.http.get("/signing-queue", params={"per_page": 100})).json()["data"]
    assert not {each["display_number"] for each in queue} & set(numbers)


async def test_an_answer_that_is_lost_after_the_sending_sends_nothing_twice(
    stack: Stack, editor: ApiClient, manager: ApiClient, described: dict[str, Any]
) -> None:
    invoice = await waiting_act(editor, manager, date(2025, 11, 1))
    fault = {"kind": "commit_then_reset", "match": {"method": "POST", "path_contains": "/sign"}}
    queue_fault(described, fault)
    done = await sign(stack, editor, invoice["display_number"])
    assert done.returncode in (0, 3), done.stdout
    await editor.until(invoice["id"], lambda found: found["status"] == "sent", "the status after the lost answer")
    await editor.until(invoice["id"], lambda found: is_done(found, "einvoice_send"), "the effect")
    assert acts(described)[invoice["display_number"]]["signs"] == 1


async def test_a_sent_act_is_cancelled_with_a_second_signature(
    stack: Stack, editor: ApiClient, manager: ApiClient, described: dict[str, Any]
) -> None:
    invoice = await waiting_act(editor, manager, date(2025, 11, 2))
    number = invoice["display_number"]
    assert (await sign(stack, editor, number)).returncode == 0
    await manager.command(invoice["id"], "void", reason="invoiced to the wrong company")

    async def queued() -> list[str]:
        rows = (await editor.http.get("/signing-queue", params={"per_page": 100})).json()["data"]
        return [each["action"] for each in rows if each["display_number"] == number]

    await until(queued, lambda actions: actions == ["cancel"], "the cancellation in the queue")
    done = await sign(stack, editor, number)
    assert done.returncode == 0, done.stdout
    act = acts(described)[number]
    assert (act["status"], act["cancels"]) == (5, 1)


async def test_a_worker_that_is_killed_while_it_sends(
    stack: Stack, editor: ApiClient, manager: ApiClient, described: dict[str, Any]
) -> None:
    invoice = await waiting_act(editor, manager, date(2025, 11, 3))
    fault = {"kind": "delay", "seconds": 3, "match": {"method": "POST", "path_contains": "/sign"}}
    queue_fault(described, fault)
    signing = asyncio.create_task(sign(stack, editor, invoice["display_number"]))

    async def signs() -> int:
        return int(acts(described)[invoice["display_number"]].get("signs", 0))

    await until(signs, lambda count: count == 1, "the signature in Didox, whose answer is still out")
    await asyncio.to_thread(stack.kill, "worker")
    await asyncio.to_thread(stack.start_component, "worker")
    assert (await signing).returncode in (0, 3)
    await editor.until(invoice["id"], lambda found: found["status"] == "sent", "the status after the restart")
    await editor.until(invoice["id"], lambda found: is_done(found, "einvoice_send"), "the effect")
    assert await signs() == 1
