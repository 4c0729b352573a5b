"""The workflow of one invoice on the real server: its life by e-mail and by Didox, refusals and reversals."""

from decimal import Decimal

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.audit.hash_chain import first_break
from models.billing.ports import FETCH_DRAFT
from models.documents.ports import RENDER
from models.invoice import ports
from models.invoice.commands import (
    Approve,
    Decline,
    Deliver,
    Discard,
    Edit,
    Finalize,
    Hold,
    Regenerate,
    Release,
    Reopen,
    Void,
)
from models.invoice.effects import EffectName, EffectState
from models.invoice.status import Status
from models.values.failure_codes import Failure
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver, is_waiting
from workflows.client.errors import CommandRefused, WorkflowClosed
from workflows.client.invoices import send_command

E, S = EffectName, Status


async def test_an_invoice_by_email_from_draft_to_closed(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    answer = await driver.finalize()
    assert answer.status is S.NEEDS_REVIEW
    invoice = await driver.until(lambda state: state.document is not None)
    assert (invoice.display_number, activities.saved[invoice.id].revision >= answer.revision) == ("ACT-1", True)
    await driver.approve()
    await driver.send_by_email()
    assert (await driver.pay()).status in (S.PAID, S.CLOSED)
    result = await driver.handle.result()
    assert result.status is S.CLOSED
    closed = await driver.state()
    assert activities.saved[closed.id].status is S.CLOSED
    for name in (E.ARCHIVE, E.ACCOUNTING, E.NOTICE, E.EMAIL):
        assert len(activities.requests_for(name)) == 1, name
    assert activities.repeated_effects() == []
    assert activities.calls[ports.TAKE_NUMBER.name] == activities.calls[RENDER.name] == 1


async def test_every_event_is_saved_once_and_in_order(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    saved = []
    save = activities.saved.__setitem__

    class Rows(dict[str, object]):
        def __setitem__(self, key: str, row: object) -> None:
            saved.append(row)
            save(key, row)  # type: ignore[arg-type]
            super().__setitem__(key, row)

    first = activities.saved[(await driver.state()).id]
    activities.saved = Rows(activities.saved)  # type: ignore[assignment]
    await driver.finalize_and_approve()
    await driver.send_by_email()
    await driver.pay()
    await driver.handle.result()
    journal = [*first.journal, *(event for row in saved for event in row.journal)]  # type: ignore[attr-defined]
    assert [event.seq for event in journal] == list(range(1, len(journal) + 1))
    assert first_break(journal) is None


async def test_an_invoice_by_didox_that_the_client_accepts(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.receipt_details[E.EINVOICE_ANSWER] = {"answer": "accepted"}
    waiting = ApplicationError("not signed yet", type="NotYet", category=ApplicationErrorCategory.BENIGN)
    activities.fail("einvoice.await_signature", waiting, waiting)
    activities.fail("einvoice.await_answer", waiting)
    await driver.finalize_and_approve()
    await driver.send(Deliver(by="boss"))
    accepted = await driver.until_status(S.ACCEPTED)
    assert activities.calls["einvoice.await_signature"] == 3
    assert activities.calls["einvoice.await_answer"] == 2
    assert [r.argument for r in activities.requests_for(E.EINVOICE_ANSWER)] == [{"document_id": "einvoice-1"}]
    assert accepted.sent is not None
    await driver.pay()
    assert (await driver.handle.result()).status is S.CLOSED


async def test_an_invoice_by_didox_that_the_client_rejects(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.receipt_details[E.EINVOICE_ANSWER] = {"answer": "rejected", "comment": "wrong hours"}
    await driver.finalize_and_approve()
    await driver.send(Deliver(by="boss"))
    rejected = await driver.until_status(S.REJECTED)
    assert rejected.rejected is not None
    assert rejected.rejected.reason == "wrong hours"
    await driver.send(Reopen(by="boss"))
    draft = await driver.until_completed(E.ACCOUNTING_REVERSAL, E.ARCHIVE_KEEP, E.EINVOICE_CANCEL)
    assert (draft.status, draft.display_number) == (S.DRAFT, "ACT-1")


# Refusals


async def test_a_refused_update_adds_no_event(driver: InvoiceDriver) -> None:
    before = await driver.events()
    with pytest.raises(CommandRefused) as refused:
        await driver.send(Deliver(by="boss"))
    assert refused.value.code == "Refused"
    assert set(refused.value.allowed) == {"edit", "regenerate", "check_facts", "finalize", "discard", "hold"}
    assert refused.value.current_revision == 1
    assert await driver.events() == before


async def test_an_approval_of_another_document_is_refused(driver: InvoiceDriver) -> None:
    await driver.finalize()
    await driver.until(lambda state: state.document is not None)
    with pytest.raises(CommandRefused) as refused:
        await driver.send(Approve(by="boss", digest="0" * 64))
    assert refused.value.code == "StaleReview"
    assert "approve" in refused.value.allowed


async def test_an_edit_of_an_older_revision_is_refused_with_the_present_revision(driver: InvoiceDriver) -> None:
    await driver.send(Edit(by="amina", expected_revision=1, payment_days=30))
    with pytest.raises(CommandRefused) as refused:
        await driver.send(Edit(by="boris", expected_revision=1, payment_days=15))
    assert (refused.value.code, refused.value.current_revision) == ("StaleRevision", 2)
    assert (await driver.state()).content.payment_days == 30


async def test_an_edit_without_a_change_is_refused(driver: InvoiceDriver) -> None:
    with pytest.raises(CommandRefused) as refused:
        await driver.send(Edit(by="amina", expected_revision=1, payment_days=45))
    assert (refused.value.code, "change" in refused.value.message) == ("InvalidChange", True)


async def test_a_refused_number_refuses_the_finalize_and_leaves_a_draft(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.fail(ports.TAKE_NUMBER.name, refusal("The series ACT is closed.", Failure.NUMBERING_REFUSED))
    with pytest.raises(CommandRefused, match=r"The series ACT is closed\.") as refused:
        await driver.finalize()
    draft = await driver.state()
    assert set(refused.value.allowed) == {"edit", "regenerate", "check_facts", "finalize", "discard", "hold"}
    assert (draft.status, draft.number, draft.blocked) == (S.DRAFT, None, ())
    assert "The series ACT is closed." in await driver.details()
    assert (await driver.finalize()).status is S.NEEDS_REVIEW


async def test_finalize_waits_for_a_renderer_that_is_down(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.fail(RENDER.name, ConnectionError("no renderer"), ConnectionError("no renderer"))
    assert (await driver.finalize()).status is S.NEEDS_REVIEW
    assert activities.calls[RENDER.name] == 3
    assert activities.calls[ports.TAKE_NUMBER.name] == 1
    assert (await driver.state()).document is not None


# Reopened, voided and discarded invoices


async def test_a_reopened_invoice_is_approved_again_under_the_same_number(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await driver.finalize_and_approve()
    await driver.send(Reopen(by="boss", reason="wrong terms"))
    draft = await driver.until_completed(E.ACCOUNTING_REVERSAL, E.ARCHIVE_KEEP)
    await driver.send(Edit(by="amina", expected_revision=draft.revision, payment_days=10))
    await driver.finalize()
    await driver.send(Decline(by="boss", reason="still wrong"))
    await driver.send(Reopen(by="boss"))
    again = await driver.finalize_and_approve()
    assert again.display_number == "ACT-1"
    postings, reversals = activities.requests_for(E.ACCOUNTING), activities.requests_for(E.ACCOUNTING_REVERSAL)
    assert (len(postings), len(reversals)) == (2, 1)
    assert reversals[0].argument == {"reverses": postings[0].key, "vendor_id": "accounting-1"}
    assert activities.repeated_effects() == []


async def test_regenerate_makes_the_draft_anew(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    await driver.send(Edit(by="amina", expected_revision=1, total_amount=Decimal("1.00")))
    activities.terms = activities.terms.model_copy(update={"payment_days": 10})
    answer = await driver.send(Regenerate(by="amina"))
    draft = await driver.state()
    assert (answer.revision, draft.content.payment_days) == (draft.revision, 10)
    assert str(draft.total) == "15000000.00"


async def test_a_refused_regenerate_has_a_reason(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    activities.fail(FETCH_DRAFT.name, refusal("The contract is gone.", Failure.APPLICATION_NOT_FOUND))
    with pytest.raises(CommandRefused, match=r"The contract is gone\."):
        await driver.send(Regenerate(by="amina"))
    assert (await driver.finalize()).status is S.NEEDS_REVIEW


async def test_a_discarded_draft_ends_its_workflow(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    assert (await driver.send(Discard(by="amina"))).status is S.DISCARDED
    assert (await driver.handle.result()).status is S.DISCARDED
    assert activities.saved[(await driver.state()).id].status is S.DISCARDED
    with pytest.raises(WorkflowClosed):
        await driver.send(Finalize(by="amina"))


async def test_a_void_reverses_the_posting_once(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    await driver.finalize_and_approve()
    await driver.send(Void(by="boss", reason="wrong client"))
    assert (await driver.handle.result()).status is S.VOID
    assert len(activities.requests_for(E.ACCOUNTING_REVERSAL)) == 1
    assert (await driver.state()).display_number == "ACT-1"


async def test_a_void_while_the_posting_is_retried(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    activities.outages["accounting.post"] = ConnectionError("no answer")
    await driver.finalize()
    await driver.approve()
    await driver.until_calls("accounting.post", 2)
    await driver.send(Void(by="boss", reason="wrong client"))
    assert (await driver.handle.result()).status is S.VOID
    voided = await driver.state()
    tried = activities.calls["accounting.post"]
    posting = voided.latest_effect(E.ACCOUNTING)
    assert posting is not None
    assert posting.state is EffectState.SKIPPED
    assert [r.argument["reverses"] for r in activities.requests_for(E.ACCOUNTING_REVERSAL)] == [posting.key]
    assert (activities.calls["accounting.post"], activities.requests_for(E.ACCOUNTING)) == (tried, [])


async def test_a_void_waits_for_the_running_attempt(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    """Otherwise the reversal could run before the posting arrives, and would find nothing to reverse."""
    event = activities.pause("accounting.post")
    await driver.finalize()
    await driver.approve()
    await driver.until_calls("accounting.post")
    await driver.until_completed(E.ARCHIVE, E.NOTICE)
    await driver.send(Void(by="boss", reason="wrong client"))
    await driver.until_events(EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED)
    assert activities.calls["accounting.reverse"] == 0
    event.set()
    assert (await driver.handle.result()).status is S.VOID
    assert [r.name for r in activities.requests if "accounting" in r.name] == [E.ACCOUNTING, E.ACCOUNTING_REVERSAL]
    posting = (await driver.state()).latest_effect(E.ACCOUNTING)
    assert posting is not None
    assert (posting.state, posting.vendor_id) == (
        EffectState.SKIPPED,
        "accounting-1",
    )  # cancelled, but the attempt had completed


async def test_effects_of_a_voided_invoice_wait_for_the_release_of_a_hold(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await driver.finalize_and_approve()
    await driver.send(Hold(by="boss", reason="ask the lawyer"))
    await driver.send(Void(by="boss", reason="wrong client"))
    assert is_waiting(await driver.state(), E.ACCOUNTING_REVERSAL)
    await driver.send(Release(by="boss"))
    assert (await driver.handle.result()).status is S.VOID
    assert len(activities.requests_for(E.ACCOUNTING_REVERSAL)) == 1


async def test_a_void_continues_when_the_running_attempt_fails(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    event = activities.pause("accounting.post")
    activities.outages["accounting.post"] = ConnectionError("no answer")
    await driver.finalize()
    await driver.approve()
    await driver.until_calls("accounting.post")
    await driver.send(Void(by="boss", reason="wrong client"))
    await driver.until_events(EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED)
    event.set()
    assert (await driver.handle.result()).status is S.VOID
    assert (activities.calls["accounting.post"], len(activities.requests_for(E.ACCOUNTING_REVERSAL))) == (1, 1)


async def test_a_command_to_a_missing_workflow(temporal: Client) -> None:
    with pytest.raises(WorkflowClosed):
        await send_command(temporal, "service-invoice.never.2026-02", Finalize(by="amina"))
