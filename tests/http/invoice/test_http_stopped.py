"""Answers for an invoice whose workflow is gone or tells another history, and for effects that are retried."""

from datetime import UTC, datetime

import pytest

from models.invoice.effects import EffectName, FailedAttempt
from models.invoice.errors import InvoiceStopped, restore_command
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from tests.fixtures.invoices import approved
from tests.http.callers import Caller, Rules, data_of, draft_of, error_of
from tests.http.invoice.command_examples import GOOD, send
from workflows.client.errors import CommandRefused, WorkflowClosed, WorkflowEnded

COMMANDS = ["finalize", "edit", "hold", "record_payment", "void"]


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_stopped_invoice(manager: Caller, rules: Rules, key: str, name: str) -> None:
    made = await rules.put(draft_of(key))
    rules.failures.append(CommandRefused("InvoiceStopped", str(InvoiceStopped(made.id, "Event 3.")), (), 1))
    error = error_of(await send(manager, made.id, name, GOOD.get(name)), 409, "INVOICE_STOPPED")
    assert error["details"]["reason"] == "InvoiceStopped"
    assert restore_command(made.id) in error["message"]


@pytest.mark.parametrize("name", COMMANDS)
async def test_an_open_invoice_without_a_workflow(manager: Caller, rules: Rules, key: str, name: str) -> None:
    made = await rules.put(draft_of(key))
    rules.failures.append(WorkflowClosed("w"))
    error = error_of(await send(manager, made.id, name, GOOD.get(name)), 409, "INVOICE_STOPPED")
    assert (error["details"]["reason"], error["details"]["invoice_id"]) == ("WorkflowGone", made.id)
    assert "its workflow is gone" in error["message"]
    assert restore_command(made.id) in error["message"]


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_workflow_that_ended_during_the_command(manager: Caller, rules: Rules, key: str, name: str) -> None:
    """A repetition alone is never answered, so the answer names the restore."""
    made = await rules.put(draft_of(key))
    rules.failures.append(WorkflowEnded("w"))
    error = error_of(await send(manager, made.id, name, GOOD.get(name)), 504, "OUTCOME_UNKNOWN")
    assert (error["details"]["reason"], error["details"]["invoice_id"]) == ("WorkflowGone", made.id)
    assert restore_command(made.id) in error["message"]
    assert "the same Idempotency-Key" in error["message"]


async def test_a_recorded_command_whose_workflow_ended(manager: Caller, rules: Rules, key: str) -> None:
    """The record has the command, so its repetition is answered like every repeated command."""
    made = await rules.put(draft_of(key))
    headers = {"Idempotency-Key": "k-1"}
    held = data_of(await manager.post(f"/invoices/{made.id}/hold", GOOD["hold"], headers=headers))
    rules.failures.append(WorkflowEnded("w"))
    again = data_of(await manager.post(f"/invoices/{made.id}/hold", GOOD["hold"], headers=headers))
    assert (again["revision"], again["held"]) == (held["revision"], held["held"])
    rules.failures.append(WorkflowEnded("w"))
    other = await manager.post(f"/invoices/{made.id}/hold", {"reason": "another one"}, headers=headers)
    error_of(other, 504, "OUTCOME_UNKNOWN")


@pytest.mark.parametrize("status", [Status.CLOSED, Status.VOID, Status.DISCARDED])
async def test_a_finished_invoice_has_no_workflow(manager: Caller, rules: Rules, key: str, status: Status) -> None:
    made = await rules.put(draft_of(key).model_copy(update={"status": status}))
    rules.failures.append(WorkflowClosed("w"))
    error = error_of(await send(manager, made.id, "hold", GOOD["hold"]), 409, "CONFLICT")
    assert error["details"]["reason"] == "WorkflowClosed"


async def test_a_workflow_behind_the_record(manager: Caller, rules: Rules, key: str) -> None:
    """A reset workflow refuses a command by the status of long ago."""
    made = await rules.put(draft_of(key).model_copy(update={"revision": 8}))
    rules.failures.append(CommandRefused("Refused", "The invoice is a draft.", ("edit",), 5))
    error = error_of(await send(manager, made.id, "record_payment", GOOD["record_payment"]), 409, "INVOICE_STOPPED")
    assert error["details"]["reason"] == "InvoiceStopped"
    assert restore_command(made.id) in error["message"]


@pytest.mark.parametrize("revision", [8, 9, None])
async def test_a_workflow_at_or_ahead_of_the_record(
    manager: Caller, rules: Rules, key: str, revision: int | None
) -> None:
    made = await rules.put(draft_of(key).model_copy(update={"revision": 8}))
    rules.failures.append(CommandRefused("Refused", "not now", ("edit",), revision))
    error_of(await send(manager, made.id, "record_payment", GOOD["record_payment"]), 409, "CONFLICT")


def effect_of(data: dict[str, object], name: EffectName) -> dict[str, object]:
    effects = data["effects"]
    assert isinstance(effects, list)
    [found] = [each for each in effects if each["name"] == name]
    return dict(found)


async def test_an_effect_that_is_retried_says_why(viewer: Caller, rules: Rules, key: str) -> None:
    made: Invoice = await rules.put(approved(draft_of(key)))
    rules.attempts[EffectName.ACCOUNTING] = FailedAttempt(
        activity="accounting.post",
        attempt=7,
        error="PlanFact did not answer in time",
        next_try_at=datetime(2026, 3, 1, 7, tzinfo=UTC),
    )
    data = data_of(await viewer.get(f"/invoices/{made.id}"))
    assert effect_of(data, EffectName.ACCOUNTING)["failed_attempt"] == {
        "attempt": 7,
        "error": "PlanFact did not answer in time",
        "next_try_at": "2026-03-01T07:00:00Z",
    }
    assert effect_of(data, EffectName.ARCHIVE)["failed_attempt"] is None
