"""Drills on the whole stack: an operator resets, terminates or deletes a workflow, and backups are put back.

After each of them every invoice goes on from the record, and no client gets a second letter.
"""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from local.demo.api_client import ApiClient, RequestRefused, until
from local.stack.stack import Stack
from tests.acceptance import operators
from tests.acceptance.conftest import archived, bucket_of
from tests.acceptance.operators import (
    CONTRACT,
    aktum,
    approved_invoice,
    letters,
    pay,
    refusal,
    sent_invoice,
    sent_quote,
)
from workflows.client.connection import connect

pytestmark = pytest.mark.timeout(600)

STOPPED = "INVOICE_STOPPED"
PLACES = ("invoices/", "quotes/")


@pytest.fixture
async def temporal(described: dict[str, Any]) -> Client:
    return await connect(described["temporal"], "default")


async def chain_is_intact(stack: Stack) -> bool:
    return (await aktum(stack, "audit", "verify")).returncode == 0


async def restore(stack: Stack, *names: str) -> None:
    done = await aktum(stack, "invoice", "restore", *names)
    assert done.returncode == 0, done.stdout + done.stderr
    checked = await aktum(stack, "invoices", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


async def test_reset(stack: Stack, temporal: Client, editor: ApiClient, manager: ApiClient) -> None:
    """The workflow forgets its delivery; a second delivery by an operator's signal must not mail the client again."""
    day = "2025-06-03"
    invoice = await sent_invoice(editor, manager, day)
    await operators.reset_before(temporal, invoice["workflow_id"], "deliver")

    refused = await refusal(manager, invoice["id"], "decline", reason="wrong period")
    assert (refused.status, refused.code) == (409, STOPPED)  # the workflow is behind the record

    handle = temporal.get_workflow_handle(invoice["workflow_id"])
    await handle.signal("deliver", {"by": "an operator", "channel": "email"})

    async def stopped() -> Any:
        return (await handle.query("position"))["stopped"]

    assert "with different content" in await until(stopped, bool, "the invoice to stop")
    for command, body in (("hold", {"reason": "look"}), ("deliver", {"channel": "email"})):
        refused = await refusal(manager, invoice["id"], command, **body)
        assert (refused.status, refused.code) == (409, STOPPED)
        assert f"aktum invoice restore {invoice['id']}" in str(refused)
    found = await aktum(stack, "invoices", "check")
    assert (found.returncode, f"aktum invoice restore {invoice['id']}" in found.stdout) == (3, True), found.stdout
    assert await letters(stack, day) == 1

    await restore(stack, invoice["display_number"])
    closed = await pay(editor, invoice)
    assert [each["state"] for each in closed["effects"] if each["name"] == "email"] == ["done"]
    assert await letters(stack, day) == 1
    assert await chain_is_intact(stack)


async def test_a_number_that_a_stopped_workflow_took(
    stack: Stack, temporal: Client, editor: ApiClient, manager: ApiClient
) -> None:
    """The record knows no number, but the series has given one: a discard would leave a gap, so the draft keeps it."""
    day = "2025-06-11"
    draft = await editor.generate(application_key=CONTRACT, period_start=day, period_end=day)
    await editor.edit(draft["id"], expected_revision=draft["revision"], payment_days=30)
    await operators.reset_before(temporal, draft["workflow_id"], "edit")
    handle = temporal.get_workflow_handle(draft["workflow_id"])
    await handle.signal("finalize", {"by": "an operator"})

    async def stopped() -> Any:
        return (await handle.query("position"))["stopped"]

    await until(stopped, bool, "the invoice to stop")
    assert (await editor.invoice(draft["id"]))["display_number"] is None
    await restore(stack, draft["id"])

    kept = await editor.invoice(draft["id"])
    assert (kept["status"], kept["payment_days"]) == ("draft", 30)
    assert kept["display_number"] is not None
    assert (await refusal(editor, draft["id"], "discard")).status == 409
    finalized = await editor.command(draft["id"], "finalize")
    assert finalized["display_number"] == kept["display_number"]
    await manager.command(draft["id"], "void", reason="a drill")
    assert await chain_is_intact(stack)


@pytest.mark.parametrize(("how", "day"), [("terminate", "2025-06-04"), ("delete", "2025-06-05")])
async def test_the_workflow_is_gone(
    stack: Stack, temporal: Client, editor: ApiClient, manager: ApiClient, how: str, day: str
) -> None:
    invoice = await sent_invoice(editor, manager, day)
    if how == "terminate":
        await temporal.get_workflow_handle(invoice["workflow_id"]).terminate("by mistake")
    else:
        await operators.delete(temporal, invoice["workflow_id"])
    refused = await refusal(manager, invoice["id"], "hold", reason="look at this")
    assert (refused.status, refused.code) == (409, STOPPED)
    assert "its workflow is gone" in str(refused)
    found = await aktum(stack, "invoices", "check")
    assert (found.returncode, f"aktum invoice restore {invoice['id']}" in found.stdout) == (3, True), found.stdout
    await restore(stack, invoice["id"])
    again = await aktum(stack, "invoice", "restore", invoice["workflow_id"])
    assert (again.returncode, "nothing was restored" in again.stdout) == (0, True)
    await pay(editor, invoice)
    assert await letters(stack, day) == 1
    finished = await aktum(stack, "invoice", "restore", invoice["id"])
    assert (finished.returncode, "closed" in finished.stdout) == (1, True)
    assert await chain_is_intact(stack)


async def test_the_workflow_of_a_quote_is_gone(
    stack: Stack, temporal: Client, editor: ApiClient, manager: ApiClient
) -> None:
    """The restored quote is accepted under the number that it had, and the client gets no second letter."""
    day = "2025-06-22"
    quote = await sent_quote(editor, manager, day)
    await operators.delete(temporal, quote["workflow_id"])
    acceptance = {"version": 1, "accepted_by": "Nodira Karimova", "position": "Director"}
    with pytest.raises(RequestRefused, match="aktum quote restore") as refused:
        await manager.quote_command(quote["id"], "accept", **acceptance)
    assert refused.value.status == 409
    found = await aktum(stack, "quotes", "check")
    assert (found.returncode, f"aktum quote restore {quote['id']}" in found.stdout) == (3, True), found.stdout
    done = await aktum(stack, "quote", "restore", quote["number"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert (await aktum(stack, "quotes", "check")).returncode == 0
    accepted = await manager.quote_command(quote["id"], "accept", **acceptance)
    assert (accepted["status"], accepted["number"]) == ("accepted", quote["number"])
    assert await letters(stack, day) == 1
    assert await chain_is_intact(stack)


async def test_temporal_from_an_older_backup(
    stack: Stack, editor: ApiClient, manager: ApiClient, tmp_path: Path
) -> None:
    """One invoice has gone on since the backup, another one was made since: both go on from the record."""
    behind = await approved_invoice(editor, manager, "2025-06-06")
    await asyncio.to_thread(operators.back_up_temporal, stack, tmp_path / "temporal.db")
    await manager.command(behind["id"], "deliver", channel="email")
    await manager.until(behind["id"], lambda found: found["status"] == "sent", "the mail")
    unknown = await sent_invoice(editor, manager, "2025-06-07")

    for name in ("worker", "temporal"):
        await asyncio.to_thread(stack.stop_component, name)
    await asyncio.to_thread(operators.put_back_temporal, stack, tmp_path / "temporal.db")
    for name in ("temporal", "worker"):
        await asyncio.to_thread(stack.start_component, name)

    found = await aktum(stack, "invoices", "check")
    assert found.returncode == 3, found.stdout
    assert all(each["id"] in found.stdout for each in (behind, unknown)), found.stdout
    await restore(stack, "--all")
    for day, invoice in (("2025-06-06", behind), ("2025-06-07", unknown)):
        await pay(editor, await editor.invoice(invoice["id"]))
        assert await letters(stack, day) == 1
    assert await chain_is_intact(stack)


async def test_both_from_one_backup(stack: Stack, editor: ApiClient, manager: ApiClient, tmp_path: Path) -> None:
    """The procedure of docs/operations.md: Temporal is copied first, then PostgreSQL, while invoices go on between."""
    invoice = await approved_invoice(editor, manager, "2025-06-10")
    await asyncio.to_thread(operators.back_up_temporal, stack, tmp_path / "temporal.db")
    await manager.command(invoice["id"], "hold", reason="between the copies")
    await asyncio.to_thread(operators.back_up_postgres, stack, tmp_path / "postgres.dump")
    await manager.command(invoice["id"], "release")

    for name in ("api", "worker", "temporal"):
        await asyncio.to_thread(stack.stop_component, name)
    await asyncio.to_thread(operators.put_back_postgres, stack, tmp_path / "postgres.dump")
    await asyncio.to_thread(operators.put_back_temporal, stack, tmp_path / "temporal.db")
    for name in ("temporal", "worker", "api"):
        await asyncio.to_thread(stack.start_component, name)

    assert (await aktum(stack, "projection", "rebuild")).returncode == 0
    await restore(stack, "--all")
    assert (await editor.invoice(invoice["id"]))["held"] is not None
    await manager.command(invoice["id"], "release")
    await manager.command(invoice["id"], "deliver", channel="email")
    await manager.until(invoice["id"], lambda found: found["status"] == "sent", "the mail")
    await pay(editor, await editor.invoice(invoice["id"]))
    assert await letters(stack, "2025-06-10") == 1
    assert await chain_is_intact(stack)


async def test_the_archive_is_filled_again(stack: Stack, described: dict[str, Any]) -> None:
    before = archived(described, *PLACES)
    assert before
    whole = await aktum(stack, "archive", "check", "--read-all")
    assert (whole.returncode, "Found: 0 missing, 0 extra, 0 different." in whole.stdout) == (0, True), whole.stdout
    bucket_of(described).objects.delete()
    assert archived(described, *PLACES) == {}
    checked = await aktum(stack, "archive", "check")
    assert (checked.returncode, f"Found: {len(before)} missing, 0 extra" in checked.stdout) == (3, True), checked.stdout
    assert archived(described, *PLACES) == {}
    refilled = await aktum(stack, "archive", "refill")
    assert refilled.returncode == 0, refilled.stdout + refilled.stderr
    assert archived(described, *PLACES) == before
    again = await aktum(stack, "archive", "refill")
    assert (again.returncode, "0 files were stored" in again.stdout) == (0, True), again.stdout
    assert (await aktum(stack, "archive", "check", "--read-all")).returncode == 0


async def test_money_for_a_closed_invoice(stack: Stack, editor: ApiClient, manager: ApiClient) -> None:
    """The workflow has ended: a surplus is recorded as credit, and a reversed payment opens the invoice again."""
    invoice = await sent_invoice(editor, manager, "2025-06-20")
    closed = await pay(editor, invoice)
    twice = {"payment_id": "P-again", "paid_on": "2026-03-19", "amount": "7.00", "reference": "wire 2"}
    credited = await editor.command(invoice["id"], "record_payment", **twice)
    assert (credited["status"], credited["credit_amount"]) == ("closed", "7.00")

    first = closed["payments"][0]["payment_id"]
    opened = await manager.command(invoice["id"], "reverse_payment", payment_id=first, reason="of another company")
    assert opened["status"] == "accepted"  # a part is still paid
    # The credit of 7.00 covers a part of what the reversed payment had covered.
    total = Decimal(invoice["total_amount"])
    assert (Decimal(opened["balance"]), opened["credit_amount"]) == (total - 7, "0.00")
    rest = twice | {"payment_id": "P-rest", "amount": opened["balance"], "reference": "wire 3"}
    await editor.command(invoice["id"], "record_payment", **rest)
    await editor.until(invoice["id"], lambda found: found["status"] == "closed", "closed")
    assert await letters(stack, "2025-06-20") == 1
    assert await chain_is_intact(stack)


async def test_a_reset_workflow_of_a_complete_invoice_is_ended(
    stack: Stack, temporal: Client, editor: ApiClient, manager: ApiClient
) -> None:
    """The reset run is behind the record and refuses payments; the restore ends it, and a payment is credit again."""
    invoice = await sent_invoice(editor, manager, "2025-06-21")
    closed = await pay(editor, invoice)
    await operators.reset_before(temporal, invoice["workflow_id"], "record_payment")
    more = {"payment_id": "P-more", "paid_on": "2026-03-19", "amount": "7.00", "reference": "wire 2"}
    refused = await refusal(editor, invoice["id"], "record_payment", **more)
    assert (refused.status, refused.code) == (409, STOPPED)
    checked = await until(  # Temporal lists the new run a moment later
        lambda: aktum(stack, "invoices", "check"), lambda done: invoice["display_number"] in done.stdout, "the finding"
    )
    assert checked.returncode == 3

    done = await aktum(stack, "invoice", "restore", invoice["display_number"])
    assert done.returncode == 0, done.stdout + done.stderr
    credited = await editor.command(invoice["id"], "record_payment", **more)
    assert (credited["status"], credited["credit_amount"]) == ("closed", "7.00")
    assert len(credited["payments"]) == len(closed["payments"]) + 1
    again = await aktum(stack, "invoice", "restore", invoice["display_number"])
    assert again.returncode == 1
    assert await letters(stack, "2025-06-21") == 1
    assert await chain_is_intact(stack)
