"""A running draft: two people at once, edits taken back, late work looked up and taken in, and who may approve it."""

import asyncio
from decimal import Decimal

import pytest
from temporalio.client import Client

from models.access.roles import Role
from models.billing.ports import FETCH_DRAFT
from models.contracts.contract import DealType
from models.invoice.commands import Approve, CheckFacts, Edit, Finalize, Hold, Release, TakeIn, Undo
from models.invoice.effects import EffectName
from models.invoice.status import Status
from tests.fixtures import invoices
from tests.fixtures.activities import AMOUNT, Outside, refusal
from tests.fixtures.invoice_driver import Desk
from worker import build_worker
from workflows.client.errors import CommandRefused
from workflows.invoice.messages import Answer

E, S = EffectName, Status


def edit(revision: int, **changes: object) -> Edit:
    return Edit.model_validate({"by": "amina", "expected_revision": revision} | changes)


async def test_of_two_edits_at_once_one_wins_and_the_other_loses_nothing(desk: Desk) -> None:
    asked = (edit(1, payment_days=30), edit(1, legal_text="As agreed."))
    answers = await asyncio.gather(*(desk.send(each) for each in asked), return_exceptions=True)
    won = [answer for answer in answers if isinstance(answer, Answer)]
    lost = [answer for answer in answers if isinstance(answer, CommandRefused)]
    assert [answer.revision for answer in won] == [2]
    assert [(refused.code, refused.current_revision) for refused in lost] == [("StaleRevision", 2)]
    loser = asked[answers.index(lost[0])]
    await desk.send(loser.model_copy(update={"expected_revision": 2}))
    content = (await desk.state()).content
    assert (content.payment_days, content.legal_text) == (30, "As agreed.")


async def test_edits_are_taken_back_and_the_read_model_follows(desk: Desk, outside: Outside) -> None:
    made = (await desk.state()).content
    await desk.send(edit(1, payment_days=30))
    await desk.send(edit(2, base_amount="1.00"))
    await desk.send(Undo(by="amina", expected_revision=3))
    await desk.send(Undo(by="amina", expected_revision=4))
    row = outside.rows[(await desk.state()).id]
    assert (row.revision, row.content, row.undoable) == (5, made, ())
    with pytest.raises(CommandRefused, match="no edit to undo"):
        await desk.send(Undo(by="amina", expected_revision=5))


async def test_edits_can_be_taken_back_after_continue_as_new(temporal: Client, outside: Outside, queue: str) -> None:
    async with build_worker(temporal, outside.activities(), queue):
        desk = await Desk.open(temporal, outside, queue, longest_history=20)
        first, revision = await desk.run_id(), 1
        while await desk.run_id() == first:
            revision = (await desk.send(edit(revision, payment_days=revision))).revision
        back = await desk.send(Undo(by="amina", expected_revision=revision))
        assert back.revision == revision + 1


async def test_late_work_is_looked_up_and_taken_in(desk: Desk, outside: Outside) -> None:
    """The contract's price rose meanwhile; a fixed price has no worklogs."""
    outside.facts = lambda key: invoices.contract((), DealType.FP, application_key=key, deal_amount=2 * AMOUNT)
    checked = await desk.send(CheckFacts(by="amina"))
    late = (await desk.state()).late
    assert late is not None
    assert (late.totals_before.total_amount, late.totals_after.total_amount) == (AMOUNT, 2 * AMOUNT)
    assert (await desk.state()).total == AMOUNT
    assert "`take_in` brings the draft up to date" in await desk.details()
    taken = await desk.send(TakeIn(by="amina", expected_revision=checked.revision))
    assert (await desk.state()).total == 2 * AMOUNT
    await desk.send(Undo(by="amina", expected_revision=taken.revision))
    assert (await desk.state()).total == AMOUNT


async def test_an_issued_invoice_gets_a_proposal_and_stays_as_it_is(desk: Desk, outside: Outside) -> None:
    issued = await desk.approved()
    outside.facts = lambda key: invoices.contract((), DealType.FP, application_key=key, deal_amount=2 * AMOUNT)
    await desk.send(CheckFacts(by="amina"))
    invoice = await desk.state()
    assert invoice.late is not None
    assert invoice.late.proposal
    assert (invoice.content, invoice.digest, invoice.document) == (issued.content, issued.digest, issued.document)
    with pytest.raises(CommandRefused, match="take in is not possible"):
        await desk.send(TakeIn(by="amina", expected_revision=invoice.revision))


async def test_a_check_that_fails_says_why_and_may_be_repeated(desk: Desk, outside: Outside) -> None:
    outside.fail(FETCH_DRAFT.name, refusal("The customer is gone.", "CustomerNotFound"))
    with pytest.raises(CommandRefused, match=r"The customer is gone\."):
        await desk.send(CheckFacts(by="amina"))
    await desk.send(CheckFacts(by="amina"))
    invoice = await desk.state()
    assert invoice.late is not None
    assert not invoice.late.differs


async def test_a_check_by_signal_shows_in_the_details(desk: Desk, outside: Outside) -> None:
    outside.facts = lambda key: invoices.contract((), DealType.FP, application_key=key, deal_amount=2 * AMOUNT)
    await desk.handle.signal("check_facts")
    await desk.until_details("### Late work")


async def test_a_hold_in_the_middle_keeps_nobody_waiting(desk: Desk, outside: Outside) -> None:
    go_on = outside.hold_up(FETCH_DRAFT.name)
    asked = asyncio.create_task(desk.send(CheckFacts(by="amina")))
    await desk.until_called(FETCH_DRAFT.name, 2)  # the first was the draft's own
    await desk.send(Hold(by="boss", reason="wait a bit"))
    assert (await asked).status is S.DRAFT
    go_on.set()
    await desk.send(Release(by="boss"))
    await desk.until(lambda invoice: invoice.late is not None)


async def test_the_one_who_finalised_does_not_approve_and_a_large_sum_takes_an_admin(
    temporal: Client, outside: Outside, queue: str
) -> None:
    review = {"four_eyes": True, "admin_above": {"UZS": str(AMOUNT - Decimal("0.01"))}}
    outside.terms = invoices.terms(issuer={"party": {"name": "ProximaOps"}, "review": review})
    async with build_worker(temporal, outside.activities(), queue):
        desk = await Desk.open(temporal, outside, queue)
        await desk.send(Finalize(by="amina"))
        invoice = await desk.until(lambda seen: seen.document is not None)
        approve = Approve(by="amina", role=Role.ADMIN, digest=invoice.digest or "")
        before = await desk.events()
        for by, role, why in (
            ("amina", Role.ADMIN, "amina finalised this invoice"),
            ("boss", Role.MANAGER, "an admin must approve"),
        ):
            with pytest.raises(CommandRefused, match=why) as refused:
                await desk.send(approve.model_copy(update={"by": by, "role": role}))
            assert refused.value.code == "NeedsSomeoneElse"
        assert await desk.events() == before
        await desk.handle.signal("approve", {"by": "boss", "digest": invoice.digest})
        await desk.until_details("does not state the role admin")
        await desk.send(approve.model_copy(update={"by": "anna"}))
        assert (await desk.state()).status is S.APPROVED
