"""Revisions of a draft: concurrent edits, undo, late work, and the approval policy."""

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
from tests.fixtures.activities import AMOUNT, InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver
from worker import build_worker
from workflows.client.errors import CommandRefused
from workflows.invoice.messages import Answer

E, S = EffectName, Status


def edit(revision: int, **changes: object) -> Edit:
    return Edit.model_validate({"by": "amina", "expected_revision": revision} | changes)


async def test_one_of_two_concurrent_edits_is_refused_and_may_be_repeated(driver: InvoiceDriver) -> None:
    edits = (edit(1, payment_days=30), edit(1, legal_text="As agreed."))
    answers = await asyncio.gather(*(driver.send(each) for each in edits), return_exceptions=True)
    accepted = [answer for answer in answers if isinstance(answer, Answer)]
    refused = [answer for answer in answers if isinstance(answer, CommandRefused)]
    assert [answer.revision for answer in accepted] == [2]
    assert [(error.code, error.current_revision) for error in refused] == [("StaleRevision", 2)]
    repeated = edits[answers.index(refused[0])]
    await driver.send(repeated.model_copy(update={"expected_revision": 2}))
    content = (await driver.state()).content
    assert (content.payment_days, content.legal_text) == (30, "As agreed.")


async def test_undone_edits_are_saved(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    original = (await driver.state()).content
    await driver.send(edit(1, payment_days=30))
    await driver.send(edit(2, base_amount="1.00"))
    await driver.send(Undo(by="amina", expected_revision=3))
    await driver.send(Undo(by="amina", expected_revision=4))
    row = activities.saved[(await driver.state()).id]
    assert (row.revision, row.content, row.undoable) == (5, original, ())
    with pytest.raises(CommandRefused, match="no edit"):
        await driver.send(Undo(by="amina", expected_revision=5))


async def test_edits_can_be_undone_after_continue_as_new(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue, longest_history=20)
        first, revision = await driver.run_id(), 1
        while await driver.run_id() == first:
            revision = (await driver.send(edit(revision, payment_days=revision))).revision
        undone = await driver.send(Undo(by="amina", expected_revision=revision))
        assert undone.revision == revision + 1


async def test_late_work_is_found_and_taken_in(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    """The price of a fixed-price contract, which needs no worklogs, has risen since the draft."""
    activities.records = lambda key: invoices.contract((), DealType.FP, application_key=key, deal_amount=2 * AMOUNT)
    checked = await driver.send(CheckFacts(by="amina"))
    late = (await driver.state()).late
    assert late is not None
    assert (late.totals_before.total_amount, late.totals_after.total_amount) == (AMOUNT, 2 * AMOUNT)
    assert (await driver.state()).total == AMOUNT
    assert "`take_in` brings the draft up to date" in await driver.details()
    taken = await driver.send(TakeIn(by="amina", expected_revision=checked.revision))
    assert (await driver.state()).total == 2 * AMOUNT
    await driver.send(Undo(by="amina", expected_revision=taken.revision))
    assert (await driver.state()).total == AMOUNT


async def test_late_work_of_an_issued_invoice_is_a_proposal_only(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    issued = await driver.finalize_and_approve()
    activities.records = lambda key: invoices.contract((), DealType.FP, application_key=key, deal_amount=2 * AMOUNT)
    await driver.send(CheckFacts(by="amina"))
    invoice = await driver.state()
    assert invoice.late is not None
    assert invoice.late.proposal
    assert (invoice.content, invoice.digest, invoice.document) == (issued.content, issued.digest, issued.document)
    with pytest.raises(CommandRefused, match="take in is not possible"):
        await driver.send(TakeIn(by="amina", expected_revision=invoice.revision))


async def test_a_refused_check_has_a_reason_and_may_be_repeated(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.fail(FETCH_DRAFT.name, refusal("The customer is gone.", "CustomerNotFound"))
    with pytest.raises(CommandRefused, match=r"The customer is gone\."):
        await driver.send(CheckFacts(by="amina"))
    await driver.send(CheckFacts(by="amina"))
    invoice = await driver.state()
    assert invoice.late is not None
    assert not invoice.late.differs


async def test_the_result_of_a_check_by_signal_is_in_the_current_details(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.records = lambda key: invoices.contract((), DealType.FP, application_key=key, deal_amount=2 * AMOUNT)
    await driver.handle.signal("check_facts")
    await driver.until_details("### Late work")


async def test_a_check_returns_when_the_invoice_is_held(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    event = activities.pause(FETCH_DRAFT.name)
    check = asyncio.create_task(driver.send(CheckFacts(by="amina")))
    await driver.until_calls(FETCH_DRAFT.name, 2)  # the first call made the draft
    await driver.send(Hold(by="boss", reason="wait a bit"))
    assert (await check).status is S.DRAFT
    event.set()
    await driver.send(Release(by="boss"))
    await driver.until(lambda invoice: invoice.late is not None)


async def test_the_approval_policy_applies_to_updates_and_signals(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    review = {"four_eyes": True, "admin_above": {"UZS": str(AMOUNT - Decimal("0.01"))}}
    activities.terms = invoices.terms(issuer={"party": {"name": "ProximaOps"}, "review": review})
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue)
        await driver.send(Finalize(by="amina"))
        invoice = await driver.until(lambda state: state.document is not None)
        approve = Approve(by="amina", role=Role.ADMIN, digest=invoice.digest or "")
        before = await driver.events()
        for by, role, reason in (
            ("amina", Role.ADMIN, "amina finalised this invoice"),
            ("boss", Role.MANAGER, "an admin must approve"),
        ):
            with pytest.raises(CommandRefused, match=reason) as refused:
                await driver.send(approve.model_copy(update={"by": by, "role": role}))
            assert refused.value.code == "NeedsSomeoneElse"
        assert await driver.events() == before
        await driver.handle.signal("approve", {"by": "boss", "digest": invoice.digest})
        await driver.until_details("does not state the role admin")
        await driver.send(approve.model_copy(update={"by": "anna"}))
        assert (await driver.state()).status is S.APPROVED
