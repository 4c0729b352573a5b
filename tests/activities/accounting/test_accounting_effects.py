"""Each approval posts one shipment to PlanFact, also after lost answers, and a reversal deletes it."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.accounting.shipments import Accounting
from activities.clients.errors import Ambiguous, Transient
from activities.clients.planfact.client import PlanFact
from activities.documents.store import DocumentStore
from activities.ledger.entry import SETTLING
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectName, EffectState
from models.values.failure_codes import Failure
from tests.activities.accounting.posting import SHIPMENT, accounting_on, creations
from tests.fixtures.issued_invoices import SUPPORT, content, issue, run, settled
from tests.fixtures.processes import POLL_SECONDS
from tests.fixtures.sandboxes import HOURLY_PRODUCT_ID, SUPPORT_PRODUCT_ID, Sandbox

HOURLY, SUPPORT_PRODUCT = HOURLY_PRODUCT_ID, SUPPORT_PRODUCT_ID
POST, REVERSE = EffectName.ACCOUNTING, EffectName.ACCOUNTING_REVERSAL


@pytest.fixture
def patient_accounting(books: PlanFact, store: DocumentStore, ledger: Ledger) -> Accounting:
    """Its settle time is longer than any fault of a test lasts."""
    return accounting_on(books, store, ledger, timedelta(minutes=1))


def items(sandbox: Sandbox) -> list[tuple[str, Decimal, Decimal]]:
    (effect,) = sandbox.effects()
    return [(part["productId"], part["count"], part["value"]) for part in effect["record"]["operationParts"]]


class TestPost:
    async def test_a_support_invoice_with_overtime(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        receipt = await run(accounting.post, issued.request(POST))
        assert items(planfact_sandbox) == [
            (SUPPORT_PRODUCT, Decimal(1), Decimal("15000000.00")),
            (HOURLY, Decimal("5.50"), Decimal("825000.00")),
        ]
        (effect,) = planfact_sandbox.effects()
        record = effect["record"]
        assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, effect["id"])
        assert record["value"] == Decimal("15825000.00")
        assert record["calculationDate"] == f"{date(2026, 2, 28)}T00:00:00"
        assert (
            record["comment"] == f"Акт {issued.number} [inv:{issued.invoice_id}] [key:{issued.invoice_id}:5:accounting]"
        )

    async def test_a_repeated_call_returns_the_same_receipt(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        request = (await issue(store)).request(POST)
        assert await run(accounting.post, request) == await run(accounting.post, request)
        assert creations(planfact_sandbox) == 1

    @pytest.mark.parametrize("kind", ["commit_then_reset", "empty_200", "malformed_body"])
    async def test_a_shipment_without_an_answer_is_found(
        self, kind: str, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore, ledger: Ledger
    ) -> None:
        request = (await issue(store)).request(POST)
        planfact_sandbox.fault(kind, path=SHIPMENT)
        with pytest.raises(Ambiguous):
            await run(accounting.post, request)
        entry = await ledger.find(request.key)
        assert entry is not None
        assert entry.state is EffectState.UNKNOWN
        receipt = await run(accounting.post, request)
        (effect,) = planfact_sandbox.effects()
        assert receipt.vendor_id == effect["id"]
        assert creations(planfact_sandbox) == 1

    @pytest.mark.parametrize("fault", [{"kind": "one_writer_lock"}, {"kind": "reset_before"}, {"kind": "html_502"}])
    async def test_a_temporary_fault_leaves_one_shipment(
        self, fault: dict[str, Any], accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        request = (await issue(store)).request(POST)
        planfact_sandbox.fault(path=SHIPMENT, **fault)
        with pytest.raises((Ambiguous, Transient, ApplicationError)) as trouble:
            await run(accounting.post, request)
        assert not getattr(trouble.value, "non_retryable", False)
        assert planfact_sandbox.effects() == []
        await settled(accounting.post, request)
        assert len(planfact_sandbox.effects()) == 1

    async def test_a_shipment_that_is_created_after_the_timeout_is_not_repeated(
        self, patient_accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        request = (await issue(store)).request(POST)
        planfact_sandbox.fault("late_commit", path=SHIPMENT, seconds=1)
        with pytest.raises(Ambiguous):
            await run(patient_accounting.post, request)
        receipt = await settled(patient_accounting.post, request)
        (effect,) = planfact_sandbox.effects()
        assert receipt.vendor_id == effect["id"]
        assert creations(planfact_sandbox) == 1

    @pytest.mark.parametrize("status", [429, 503, 403])
    async def test_a_shipment_that_cannot_be_read_back(
        self,
        status: int,
        patient_accounting: Accounting,
        planfact_sandbox: Sandbox,
        store: DocumentStore,
        ledger: Ledger,
    ) -> None:
        request = (await issue(store)).request(POST)
        planfact_sandbox.fault("status", method="GET", path="/operations/", status=status)
        with pytest.raises((Transient, ApplicationError)):
            await run(patient_accounting.post, request)
        (effect,) = planfact_sandbox.effects()
        entry = await ledger.find(request.key)
        assert entry is not None
        assert (entry.state, entry.vendor_id) == (EffectState.UNKNOWN, effect["id"])
        assert (await run(patient_accounting.post, request)).vendor_id == effect["id"]
        assert creations(planfact_sandbox) == 1

    async def test_a_contract_without_a_deal_is_refused(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store, content(SUPPORT, application_key="APP-404"))
        with pytest.raises(ApplicationError, match=r"no selling deal for APP-404.*\[APP-404\]") as refusal:
            await run(accounting.post, issued.request(POST))
        assert refusal.value.non_retryable
        assert planfact_sandbox.effects() == []

    async def test_switched_off(self, store: DocumentStore, ledger: Ledger) -> None:
        receipt = await run(accounting_on(None, store, ledger).post, (await issue(store)).request(POST))
        assert receipt.state is EffectState.SKIPPED
        assert receipt.note == "PlanFact is not configured."

    async def test_switched_off_with_an_unknown_outcome(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore, ledger: Ledger
    ) -> None:
        issued = await issue(store)
        planfact_sandbox.fault("commit_then_reset", path=SHIPMENT)
        with pytest.raises(Ambiguous):
            await run(accounting.post, issued.request(POST))
        off = accounting_on(None, store, ledger)
        for attempt in (
            run(off.post, issued.request(POST)),
            run(off.reverse, issued.undoing(REVERSE, POST)),
        ):
            with pytest.raises(ApplicationError) as refusal:
                await attempt
            assert (refusal.value.type, refusal.value.non_retryable) == (Failure.SWITCHED_OFF, True)


class TestReverse:
    async def test_the_shipment_is_deleted_and_the_next_approval_posts_again(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        posted = await run(accounting.post, issued.request(POST))
        undo = issued.undoing(REVERSE, POST, vendor_id=posted.vendor_id or "")
        receipt = await run(accounting.reverse, undo)
        assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, posted.vendor_id)
        assert planfact_sandbox.effects() == []
        assert await run(accounting.reverse, undo) == receipt

        again = await run(accounting.post, (await issue(store, again=issued)).request(POST, revision=12))
        (effect,) = planfact_sandbox.effects()
        assert again.vendor_id == effect["id"] != posted.vendor_id

    async def test_only_its_own_approval_is_reversed(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        """The answer to the first posting was lost, and a later approval has been posted."""
        issued = await issue(store)
        planfact_sandbox.fault("commit_then_reset", path=SHIPMENT)
        with pytest.raises(Ambiguous):
            await run(accounting.post, issued.request(POST))
        later = await run(accounting.post, issued.request(POST, revision=12))
        assert len(planfact_sandbox.effects()) == 2
        await run(accounting.reverse, issued.undoing(REVERSE, POST))
        assert [effect["id"] for effect in planfact_sandbox.effects()] == [later.vendor_id]

    async def test_an_operation_without_our_marker_is_not_deleted(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        other = await run(accounting.post, (await issue(store)).request(POST))
        issued = await issue(store)
        with pytest.raises(ApplicationError, match="does not carry") as refusal:
            await run(accounting.reverse, issued.undoing(REVERSE, POST, vendor_id=other.vendor_id or ""))
        assert refusal.value.non_retryable
        assert len(planfact_sandbox.effects()) == 1

    async def test_a_posting_that_was_not_attempted_is_cancelled(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        receipt = await run(accounting.reverse, issued.undoing(REVERSE, POST))
        assert receipt.state is EffectState.SKIPPED
        late = await run(accounting.post, issued.request(POST))
        assert late.state is EffectState.SKIPPED
        assert planfact_sandbox.effects() == []

    @pytest.mark.parametrize("kind", ["commit_then_reset", "reset_before"])
    async def test_a_lost_answer_to_the_deletion(
        self, kind: str, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        posted = await run(accounting.post, issued.request(POST))
        undo = issued.undoing(REVERSE, POST, vendor_id=posted.vendor_id or "")
        planfact_sandbox.fault(kind, method="DELETE")
        with pytest.raises(Ambiguous):
            await run(accounting.reverse, undo)
        receipt = await run(accounting.reverse, undo)
        assert receipt.state is EffectState.DONE
        assert planfact_sandbox.effects() == []

    @pytest.mark.parametrize("fault", [{"kind": "late_commit", "seconds": 1}, {"kind": "commit_then_reset"}])
    async def test_a_shipment_that_is_created_after_the_timeout_is_deleted(
        self, fault: dict[str, Any], patient_accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        planfact_sandbox.fault(path=SHIPMENT, **fault)
        with pytest.raises(Ambiguous):
            await run(patient_accounting.post, issued.request(POST))
        undo = issued.undoing(REVERSE, POST)
        receipt = await settled(patient_accounting.reverse, undo)
        (booked,) = planfact_sandbox.all_effects()
        assert booked["deleted"]
        assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, booked["id"])
        assert await run(patient_accounting.reverse, undo) == receipt

    async def test_before_the_settle_time_the_reversal_is_not_complete(
        self, patient_accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        planfact_sandbox.fault("reset_before", path=SHIPMENT)
        with pytest.raises(Ambiguous):
            await run(patient_accounting.post, issued.request(POST))
        for _ in range(2):
            with pytest.raises(ApplicationError) as waiting:
                await run(patient_accounting.reverse, issued.undoing(REVERSE, POST))
            assert (waiting.value.type, waiting.value.non_retryable) == (SETTLING, False)

    async def test_after_the_settle_time_the_reversal_is_complete(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        planfact_sandbox.fault("reset_before", path=SHIPMENT)
        with pytest.raises(Ambiguous):
            await run(accounting.post, issued.request(POST))
        assert (await settled(accounting.reverse, issued.undoing(REVERSE, POST))).state is EffectState.DONE
        assert planfact_sandbox.all_effects() == []

    async def test_a_running_posting_blocks_its_reversal(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        planfact_sandbox.fault("delay", path=SHIPMENT, seconds=6)
        posting = asyncio.create_task(run(accounting.post, issued.request(POST)))
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(planfact_sandbox.effects):
                assert not posting.done()
                await asyncio.sleep(POLL_SECONDS)
        with pytest.raises(ApplicationError, match="still running") as refusal:
            await run(accounting.reverse, issued.undoing(REVERSE, POST))
        assert refusal.value.type == Failure.ATTEMPT_RUNNING
        posted = await posting
        receipt = await run(accounting.reverse, issued.undoing(REVERSE, POST))
        assert (receipt.vendor_id, planfact_sandbox.effects()) == (posted.vendor_id, [])
