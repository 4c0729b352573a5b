"""PlanFact: one shipment for each approval, whatever gets lost on the way, and its reversal."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.accounting import Accounting
from activities.clients.errors import Ambiguous, Transient
from activities.clients.planfact import PlanFact
from activities.ledger import Ledger
from activities.stored_documents import StoredDocuments
from models.content import LineType
from models.effects import EffectName, EffectState
from models.facts import DealType
from models.ports import Failure
from models.terms import TaxRate
from tests.effects.issued import SUPPORT, content, issue, line, run
from tests.fixtures.sandboxes import Sandbox

HOURLY = "b78ac753-0bbb-41aa-9408-b23700c9f2b4"
SUPPORT_PRODUCT = "d9c144af-dd05-4f68-b136-b37100f12f8a"
POST, REVERSE = EffectName.ACCOUNTING, EffectName.ACCOUNTING_REVERSAL
SHIPMENT = "operations/shipment"


@pytest.fixture
def accounting(books: PlanFact, stored: StoredDocuments, ledger: Ledger) -> Accounting:
    return Accounting(books, stored, ledger, hourly_product_id=HOURLY, support_product_id=SUPPORT_PRODUCT)


def items(sandbox: Sandbox) -> list[tuple[str, Decimal, Decimal]]:
    (effect,) = sandbox.effects()
    return [(part["productId"], part["count"], part["value"]) for part in effect["record"]["operationParts"]]


def creations(sandbox: Sandbox) -> int:
    return sum(SHIPMENT in request["path"] for request in sandbox.requests())


class TestPost:
    async def test_a_support_invoice_with_overtime(
        self, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored)
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

    @pytest.mark.parametrize("deal", [DealType.HR, DealType.FP])
    async def test_hours_and_fixed_price(
        self, deal: DealType, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        work = line(LineType.TASK, "3000000.00", quantity="20.00", price="150000.00")
        issued = await issue(stored, content(work, hours="20.00", deal_type=deal))
        await run(accounting.post, issued.request(POST))
        assert items(planfact_sandbox) == [(HOURLY, Decimal("20.00"), Decimal("3000000.00"))]

    async def test_the_shipment_is_worth_the_total(
        self, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        """12 % of 15,825,000.00 is 1,899,000.00; the base fee carries it: 15,000,000 + 1,899,000."""
        vat = TaxRate(code="VAT", rate=Decimal("0.12"), valid_from=date(2020, 1, 1))
        issued = await issue(stored, content(tax=vat))
        await run(accounting.post, issued.request(POST))
        assert items(planfact_sandbox) == [
            (SUPPORT_PRODUCT, Decimal(1), Decimal("16899000.00")),
            (HOURLY, Decimal("5.50"), Decimal("825000.00")),
        ]

    async def test_a_repeated_call_returns_the_same_receipt(
        self, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        request = (await issue(stored)).request(POST)
        assert await run(accounting.post, request) == await run(accounting.post, request)
        assert creations(planfact_sandbox) == 1

    @pytest.mark.parametrize("kind", ["commit_then_reset", "empty_200", "malformed_body"])
    async def test_a_lost_answer_is_looked_for(
        self, kind: str, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments, ledger: Ledger
    ) -> None:
        request = (await issue(stored)).request(POST)
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
    async def test_a_passing_trouble_leaves_one_shipment(
        self, fault: dict[str, Any], accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        request = (await issue(stored)).request(POST)
        planfact_sandbox.fault(path=SHIPMENT, **fault)
        with pytest.raises((Ambiguous, Transient, ApplicationError)) as trouble:
            await run(accounting.post, request)
        assert not getattr(trouble.value, "non_retryable", False)
        assert planfact_sandbox.effects() == []
        await run(accounting.post, request)
        assert len(planfact_sandbox.effects()) == 1

    async def test_a_closed_deal_is_refused_in_the_vendors_words(
        self, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        contract = {"application_key": "APP-001", "customer_name": "Acme Corp", "tin": "123456789"}
        planfact_sandbox.admin("seed", {"applications": [{**contract, "deal_closed": True}]})
        with pytest.raises(ApplicationError, match="закрыта, добавление операций запрещено") as refusal:
            await run(accounting.post, (await issue(stored)).request(POST))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert planfact_sandbox.effects() == []

    async def test_a_contract_without_a_deal_says_what_to_do(
        self, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored, content(SUPPORT, application_key="APP-404"))
        with pytest.raises(ApplicationError, match=r"no selling deal for APP-404.*\[APP-404\]") as refusal:
            await run(accounting.post, issued.request(POST))
        assert refusal.value.non_retryable
        assert planfact_sandbox.effects() == []

    async def test_switched_off(self, stored: StoredDocuments, ledger: Ledger) -> None:
        off = Accounting(None, stored, ledger, hourly_product_id=HOURLY, support_product_id=SUPPORT_PRODUCT)
        receipt = await run(off.post, (await issue(stored)).request(POST))
        assert receipt.state is EffectState.SKIPPED
        assert receipt.note == "PlanFact is not configured, so nothing was booked there."


class TestReverse:
    async def test_the_shipment_is_taken_back_and_the_next_approval_books_anew(
        self, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored)
        posted = await run(accounting.post, issued.request(POST))
        undo = issued.undoing(REVERSE, POST, vendor_id=posted.vendor_id or "")
        receipt = await run(accounting.reverse, undo)
        assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, posted.vendor_id)
        assert planfact_sandbox.effects() == []
        assert await run(accounting.reverse, undo) == receipt

        again = await run(accounting.post, (await issue(stored, again=issued)).request(POST, revision=12))
        (effect,) = planfact_sandbox.effects()
        assert again.vendor_id == effect["id"] != posted.vendor_id

    async def test_only_its_own_approval_is_reversed(
        self, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        """The answer to the first booking got lost, and a later approval is booked already."""
        issued = await issue(stored)
        planfact_sandbox.fault("commit_then_reset", path=SHIPMENT)
        with pytest.raises(Ambiguous):
            await run(accounting.post, issued.request(POST))
        later = await run(accounting.post, issued.request(POST, revision=12))
        assert len(planfact_sandbox.effects()) == 2
        await run(accounting.reverse, issued.undoing(REVERSE, POST))
        assert [effect["id"] for effect in planfact_sandbox.effects()] == [later.vendor_id]

    async def test_an_operation_without_our_marker_is_left_alone(
        self, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        other = await run(accounting.post, (await issue(stored)).request(POST))
        issued = await issue(stored)
        with pytest.raises(ApplicationError, match="does not carry") as refusal:
            await run(accounting.reverse, issued.undoing(REVERSE, POST, vendor_id=other.vendor_id or ""))
        assert refusal.value.non_retryable
        assert len(planfact_sandbox.effects()) == 1

    async def test_what_was_never_tried_is_withdrawn(
        self, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored)
        receipt = await run(accounting.reverse, issued.undoing(REVERSE, POST))
        assert receipt.state is EffectState.SKIPPED
        late = await run(accounting.post, issued.request(POST))
        assert late.state is EffectState.SKIPPED
        assert planfact_sandbox.effects() == []

    @pytest.mark.parametrize("kind", ["commit_then_reset", "reset_before"])
    async def test_a_lost_answer_to_the_deletion(
        self, kind: str, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored)
        posted = await run(accounting.post, issued.request(POST))
        undo = issued.undoing(REVERSE, POST, vendor_id=posted.vendor_id or "")
        planfact_sandbox.fault(kind, method="DELETE")
        with pytest.raises(Ambiguous):
            await run(accounting.reverse, undo)
        receipt = await run(accounting.reverse, undo)
        assert receipt.state is EffectState.DONE
        assert planfact_sandbox.effects() == []

    async def test_not_while_the_original_is_being_booked(
        self, accounting: Accounting, planfact_sandbox: Sandbox, stored: StoredDocuments, ledger: Ledger
    ) -> None:
        issued = await issue(stored)
        request = issued.request(POST)
        async with ledger._locked(request.key):
            with pytest.raises(ApplicationError, match="still running"):
                await run(accounting.reverse, issued.undoing(REVERSE, POST))
        await run(accounting.reverse, issued.undoing(REVERSE, POST))
        assert planfact_sandbox.effects() == []
