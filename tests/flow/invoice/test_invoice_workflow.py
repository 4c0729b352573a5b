"""One invoice's workflow on the real server, from draft to closed, by e-mail and by Didox, and its refusals."""

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
from tests.fixtures.activities import Outside, refusal
from tests.fixtures.invoice_driver import Desk, is_waiting
from workflows.client.errors import CommandRefused, WorkflowClosed
from workflows.client.invoices import send_command

E, S = EffectName, Status


async def test_from_draft_to_closed_by_email(desk: Desk, outside: Outside) -> None:
    answer = await desk.finalize()
    assert answer.status is S.NEEDS_REVIEW
    invoice = await desk.until(lambda seen: seen.document is not None)
    assert (invoice.display_number, outside.rows[invoice.id].revision >= answer.revision) == ("ACT-1", True)
    await desk.approve()
    await desk.email()
    assert (await desk.pay()).status in (S.PAID, S.CLOSED)
    result = await desk.handle.result()
    assert result.status is S.CLOSED
    closed = await desk.state()
    assert outside.rows[closed.id].status is S.CLOSED
    for name in (E.ARCHIVE, E.ACCOUNTING, E.NOTICE, E.EMAIL):
        assert len(outside.happened(name)) == 1, name
    assert outside.repeated() == []
    assert outside.calls[ports.TAKE_NUMBER.name] == outside.calls[RENDER.name] == 1


async def test_every_revision_reaches_the_read_model_once_and_in_order(desk: Desk, outside: Outside) -> None:
    saved = []
    keep = outside.rows.__setitem__

    class Rows(dict[str, object]):
        def __setitem__(self, key: str, row: object) -> None:
            saved.append(row)
            keep(key, row)  # type: ignore[arg-type]
            super().__setitem__(key, row)

    first = outside.rows[(await desk.state()).id]
    outside.rows = Rows(outside.rows)  # type: ignore[assignment]
    await desk.approved()
    await desk.email()
    await desk.pay()
    await desk.handle.result()
    journal = [*first.journal, *(event for row in saved for event in row.journal)]  # type: ignore[attr-defined]
    assert [event.seq for event in journal] == list(range(1, len(journal) + 1))
    assert first_break(journal) is None


async def test_by_didox_until_the_client_accepts(desk: Desk, outside: Outside) -> None:
    outside.answers[E.EINVOICE_ANSWER] = {"answer": "accepted"}
    waiting = ApplicationError("not signed yet", type="NotYet", category=ApplicationErrorCategory.BENIGN)
    outside.fail("einvoice.await_signature", waiting, waiting)
    outside.fail("einvoice.await_answer", waiting)
    await desk.approved()
    await desk.send(Deliver(by="boss"))
    accepted = await desk.until_status(S.ACCEPTED)
    assert outside.calls["einvoice.await_signature"] == 3
    assert outside.calls["einvoice.await_answer"] == 2
    assert [r.argument for r in outside.happened(E.EINVOICE_ANSWER)] == [{"document_id": "einvoice-1"}]
    assert accepted.sent is not None
    await desk.pay()
    assert (await desk.handle.result()).status is S.CLOSED


async def test_by_didox_until_the_client_rejects(desk: Desk, outside: Outside) -> None:
    outside.answers[E.EINVOICE_ANSWER] = {"answer": "rejected", "comment": "wrong hours"}
    await desk.approved()
    await desk.send(Deliver(by="boss"))
    rejected = await desk.until_status(S.REJECTED)
    assert rejected.rejected is not None
    assert rejected.rejected.reason == "wrong hours"
    await desk.send(Reopen(by="boss"))
    draft = await desk.until_done(E.ACCOUNTING_REVERSAL, E.ARCHIVE_KEEP, E.EINVOICE_CANCEL)
    assert (draft.status, draft.display_number) == (S.DRAFT, "ACT-1")


# Refusals


async def test_a_refused_update_leaves_no_trace(desk: Desk) -> None:
    before = await desk.events()
    with pytest.raises(CommandRefused) as refused:
        await desk.send(Deliver(by="boss"))
    assert refused.value.code == "Refused"
    assert set(refused.value.allowed) == {"edit", "regenerate", "check_facts", "finalize", "discard", "hold"}
    assert refused.value.current_revision == 1
    assert await desk.events() == before


async def test_an_approval_of_another_document_is_refused(desk: Desk) -> None:
    await desk.finalize()
    await desk.until(lambda seen: seen.document is not None)
    with pytest.raises(CommandRefused) as refused:
        await desk.send(Approve(by="boss", digest="0" * 64))
    assert refused.value.code == "StaleReview"
    assert "approve" in refused.value.allowed


async def test_an_edit_of_an_older_revision_is_refused_with_the_newer_one(desk: Desk) -> None:
    await desk.send(Edit(by="amina", expected_revision=1, payment_days=30))
    with pytest.raises(CommandRefused) as refused:
        await desk.send(Edit(by="boris", expected_revision=1, payment_days=15))
    assert (refused.value.code, refused.value.current_revision) == ("StaleRevision", 2)
    assert (await desk.state()).content.payment_days == 30


async def test_values_that_make_no_invoice_are_refused(desk: Desk) -> None:
    with pytest.raises(CommandRefused) as refused:
        await desk.send(Edit(by="amina", expected_revision=1, payment_days=45))
    assert (refused.value.code, "no changes" in refused.value.message) == ("InvalidChange", True)


async def test_a_refused_number_answers_the_finalize_and_leaves_the_draft(desk: Desk, outside: Outside) -> None:
    outside.fail(ports.TAKE_NUMBER.name, refusal("The series ACT is closed.", Failure.NUMBERING_REFUSED))
    with pytest.raises(CommandRefused, match=r"The series ACT is closed\.") as refused:
        await desk.finalize()
    draft = await desk.state()
    assert set(refused.value.allowed) == {"edit", "regenerate", "check_facts", "finalize", "discard", "hold"}
    assert (draft.status, draft.number, draft.blocked) == (S.DRAFT, None, ())
    assert "The series ACT is closed." in await desk.details()
    assert (await desk.finalize()).status is S.NEEDS_REVIEW


async def test_finalize_waits_for_a_renderer_that_is_down(desk: Desk, outside: Outside) -> None:
    outside.fail(RENDER.name, ConnectionError("no renderer"), ConnectionError("no renderer"))
    assert (await desk.finalize()).status is S.NEEDS_REVIEW
    assert outside.calls[RENDER.name] == 3
    assert outside.calls[ports.TAKE_NUMBER.name] == 1
    assert (await desk.state()).document is not None


# Back to draft, and the ends


async def test_edited_declined_reopened_and_approved_again_under_the_same_number(desk: Desk, outside: Outside) -> None:
    await desk.approved()
    await desk.send(Reopen(by="boss", reason="wrong terms"))
    draft = await desk.until_done(E.ACCOUNTING_REVERSAL, E.ARCHIVE_KEEP)
    await desk.send(Edit(by="amina", expected_revision=draft.revision, payment_days=10))
    await desk.finalize()
    await desk.send(Decline(by="boss", reason="still wrong"))
    await desk.send(Reopen(by="boss"))
    again = await desk.approved()
    assert again.display_number == "ACT-1"
    postings, reversals = outside.happened(E.ACCOUNTING), outside.happened(E.ACCOUNTING_REVERSAL)
    assert (len(postings), len(reversals)) == (2, 1)
    assert reversals[0].argument == {"reverses": postings[0].key, "vendor_id": "accounting-1"}
    assert outside.repeated() == []


async def test_regenerate_fetches_again(desk: Desk, outside: Outside) -> None:
    await desk.send(Edit(by="amina", expected_revision=1, total_amount=Decimal("1.00")))
    outside.terms = outside.terms.model_copy(update={"payment_days": 10})
    answer = await desk.send(Regenerate(by="amina"))
    draft = await desk.state()
    assert (answer.revision, draft.content.payment_days) == (draft.revision, 10)
    assert str(draft.total) == "15000000.00"


async def test_regenerate_says_why_it_could_not(desk: Desk, outside: Outside) -> None:
    outside.fail(FETCH_DRAFT.name, refusal("The contract is gone.", Failure.APPLICATION_NOT_FOUND))
    with pytest.raises(CommandRefused, match=r"The contract is gone\."):
        await desk.send(Regenerate(by="amina"))
    assert (await desk.finalize()).status is S.NEEDS_REVIEW


async def test_a_discarded_draft_ends(desk: Desk, outside: Outside) -> None:
    assert (await desk.send(Discard(by="amina"))).status is S.DISCARDED
    assert (await desk.handle.result()).status is S.DISCARDED
    assert outside.rows[(await desk.state()).id].status is S.DISCARDED
    with pytest.raises(WorkflowClosed):
        await desk.send(Finalize(by="amina"))


async def test_a_void_reverses_the_posting_once(desk: Desk, outside: Outside) -> None:
    await desk.approved()
    await desk.send(Void(by="boss", reason="wrong client"))
    assert (await desk.handle.result()).status is S.VOID
    assert len(outside.happened(E.ACCOUNTING_REVERSAL)) == 1
    assert (await desk.state()).display_number == "ACT-1"


async def test_a_void_while_the_posting_was_still_retrying(desk: Desk, outside: Outside) -> None:
    outside.down["accounting.post"] = ConnectionError("no answer")
    await desk.finalize()
    await desk.approve()
    await desk.until_called("accounting.post", 2)
    await desk.send(Void(by="boss", reason="wrong client"))
    assert (await desk.handle.result()).status is S.VOID
    voided = await desk.state()
    tried = outside.calls["accounting.post"]
    posting = voided.latest_effect(E.ACCOUNTING)
    assert posting is not None
    assert posting.state is EffectState.SKIPPED
    assert [r.argument["reverses"] for r in outside.happened(E.ACCOUNTING_REVERSAL)] == [posting.key]
    assert (outside.calls["accounting.post"], outside.happened(E.ACCOUNTING)) == (tried, [])


async def test_a_void_waits_for_the_attempt_that_is_under_way(desk: Desk, outside: Outside) -> None:
    """Else the reversal might look before the posting has arrived, and find nothing to reverse."""
    go_on = outside.hold_up("accounting.post")
    await desk.finalize()
    await desk.approve()
    await desk.until_called("accounting.post")
    await desk.until_done(E.ARCHIVE, E.NOTICE)
    await desk.send(Void(by="boss", reason="wrong client"))
    await desk.until_events(EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED)
    assert outside.calls["accounting.reverse"] == 0
    go_on.set()
    assert (await desk.handle.result()).status is S.VOID
    assert [r.name for r in outside.requests if "accounting" in r.name] == [E.ACCOUNTING, E.ACCOUNTING_REVERSAL]
    posting = (await desk.state()).latest_effect(E.ACCOUNTING)
    assert posting is not None
    assert (posting.state, posting.vendor_id) == (EffectState.SKIPPED, "accounting-1")  # given up, and yet made


async def test_what_a_voided_invoice_owes_waits_for_its_release_and_no_longer(desk: Desk, outside: Outside) -> None:
    await desk.approved()
    await desk.send(Hold(by="boss", reason="ask the lawyer"))
    await desk.send(Void(by="boss", reason="wrong client"))
    assert is_waiting(await desk.state(), E.ACCOUNTING_REVERSAL)
    await desk.send(Release(by="boss"))
    assert (await desk.handle.result()).status is S.VOID
    assert len(outside.happened(E.ACCOUNTING_REVERSAL)) == 1


async def test_a_void_goes_on_when_the_attempt_under_way_fails(desk: Desk, outside: Outside) -> None:
    go_on = outside.hold_up("accounting.post")
    outside.down["accounting.post"] = ConnectionError("no answer")
    await desk.finalize()
    await desk.approve()
    await desk.until_called("accounting.post")
    await desk.send(Void(by="boss", reason="wrong client"))
    await desk.until_events(EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED)
    go_on.set()
    assert (await desk.handle.result()).status is S.VOID
    assert (outside.calls["accounting.post"], len(outside.happened(E.ACCOUNTING_REVERSAL))) == (1, 1)


async def test_the_invoice_of_a_missing_workflow(temporal: Client) -> None:
    with pytest.raises(WorkflowClosed):
        await send_command(temporal, "service-invoice.never.2026-02", Finalize(by="amina"))
