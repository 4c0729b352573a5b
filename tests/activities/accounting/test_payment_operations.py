"""Each payment is posted as one income in PlanFact, also after faults, and deleted when the payment is reversed."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.accounting.incomes import IncomePostings
from activities.accounting.shipments import Accounting
from activities.clients.errors import Ambiguous, Transient
from activities.clients.planfact.client import PlanFact
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectName, EffectState
from models.invoice.ports import EffectRequest
from models.values.failure_codes import Failure
from tests.activities.accounting.posting import INCOME, USD_ACCOUNT, UZS_ACCOUNT, creations, incomes_on, seed
from tests.fixtures.issued_invoices import Issued, issue, run, settled
from tests.fixtures.sandboxes import HOURLY_PRODUCT_ID, SUPPORT_PRODUCT_ID, Sandbox

POST, REVERSE = EffectName.PAYMENT_POSTING, EffectName.PAYMENT_REVERSAL
DEAL = 50_000_001  # of the contract that the sandbox is seeded with
PAYMENT = {"payment_id": "bank-1", "paid_on": "2026-03-17", "amount": "12000000.50", "reference": "act 12"}


@pytest.fixture
def postings(books: PlanFact, store: DocumentStore, ledger: Ledger) -> IncomePostings:
    return incomes_on(books, store, ledger)


@pytest.fixture
def patient(books: PlanFact, store: DocumentStore, ledger: Ledger) -> IncomePostings:
    """Its settle time is longer than any fault of a test lasts."""
    return incomes_on(books, store, ledger, timedelta(minutes=1))


@dataclass
class Paid:
    """An issued invoice with a payment."""

    issued: Issued

    def posting(self, revision: int = 8, **changes: str) -> EffectRequest:
        return self.issued.request(POST, revision, **(PAYMENT | {"deal_id": str(DEAL)} | changes))

    def reversal(self, vendor_id: str = "", revision: int = 8) -> EffectRequest:
        reverses = f"{self.issued.invoice_id}:{revision}:{POST}"
        return self.issued.request(REVERSE, 11, payment_id="bank-1", reverses=reverses, vendor_id=vendor_id)


@pytest.fixture
async def paid(store: DocumentStore) -> Paid:
    return Paid(await issue(store))


class TestPost:
    async def test_the_income_is_on_the_account_and_under_the_deal(
        self, postings: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        receipt = await run(postings.post, paid.posting())
        (effect,) = planfact_sandbox.effects()
        record = effect["record"]
        assert (effect["kind"], receipt.state, receipt.vendor_id) == ("income", EffectState.DONE, effect["id"])
        assert (record["value"], record["operationDate"][:10]) == (Decimal("12000000.50"), "2026-03-17")
        assert (record["account"]["accountId"], record["isCommitted"]) == (UZS_ACCOUNT, True)
        [part] = record["operationParts"]
        assert (part["sellingDealId"], part["contrAgent"]["title"]) == (DEAL, "Acme Corp")
        assert (part["project"]["externalId"], part["operationCategory"]["title"]) == ("APP-001", "Продажа услуг")
        assert record["comment"] == (
            f"Оплата {paid.issued.number}: act 12 [inv:{paid.issued.invoice_id}] "
            f"[key:{paid.issued.invoice_id}:8:payment_posting]"
        )
        assert await run(postings.post, paid.posting()) == receipt
        assert creations(planfact_sandbox, INCOME) == 1

    async def test_two_equal_payments_are_two_incomes(
        self, postings: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        for revision in (8, 10):
            await run(postings.post, paid.posting(revision, payment_id=f"bank-{revision}"))
        assert len(planfact_sandbox.effects()) == 2

    async def test_a_newer_deal_of_the_contract_is_not_used(
        self, postings: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        seed(planfact_sandbox, twin_deal=True)
        await run(postings.post, paid.posting(deal_id=str(DEAL + 1_000_000)))
        (effect,) = planfact_sandbox.effects()
        assert effect["record"]["operationParts"][0]["sellingDealId"] == DEAL + 1_000_000


class TestFaults:
    @pytest.mark.parametrize("kind", ["commit_then_reset", "empty_200", "malformed_body"])
    async def test_an_income_without_an_answer_is_found(
        self, kind: str, postings: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        planfact_sandbox.fault(kind, path=INCOME)
        with pytest.raises(Ambiguous):
            await run(postings.post, paid.posting())
        receipt = await run(postings.post, paid.posting())
        (effect,) = planfact_sandbox.effects()
        assert (receipt.vendor_id, creations(planfact_sandbox, INCOME)) == (effect["id"], 1)

    @pytest.mark.parametrize("kind", ["one_writer_lock", "reset_before", "html_502"])
    async def test_a_temporary_fault_leaves_one_income(
        self, kind: str, postings: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        planfact_sandbox.fault(kind, path=INCOME)
        with pytest.raises((Ambiguous, Transient, ApplicationError)) as trouble:
            await run(postings.post, paid.posting())
        assert not getattr(trouble.value, "non_retryable", False)
        assert planfact_sandbox.effects() == []
        await settled(postings.post, paid.posting())
        assert len(planfact_sandbox.effects()) == 1

    async def test_the_lock_of_writes_is_waited_for_two_to_five_seconds(
        self, postings: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        planfact_sandbox.fault("one_writer_lock", path=INCOME)
        with pytest.raises(ApplicationError) as busy:
            await run(postings.post, paid.posting())
        assert busy.value.next_retry_delay is not None
        assert timedelta(seconds=2) <= busy.value.next_retry_delay <= timedelta(seconds=5)

    @pytest.mark.parametrize("kind", ["late_commit", "timeout"])
    async def test_an_income_that_is_created_late_is_not_repeated(
        self,
        kind: str,
        patient: IncomePostings,
        books: PlanFact,
        planfact_sandbox: Sandbox,
        paid: Paid,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        if kind == "timeout":
            planfact_sandbox.fault("delay", path=INCOME, seconds=2)
            monkeypatch.setattr(books._http, "timeout", 1.0)
        else:
            planfact_sandbox.fault(kind, path=INCOME, seconds=1)
        with pytest.raises(Ambiguous):
            await run(patient.post, paid.posting())
        monkeypatch.setattr(books._http, "timeout", 30.0)
        receipt = await settled(patient.post, paid.posting())
        (effect,) = planfact_sandbox.effects()
        assert (receipt.vendor_id, creations(planfact_sandbox, INCOME)) == (effect["id"], 1)

    async def test_a_refusal_of_planfact_blocks_and_a_retry_posts_once(
        self, postings: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        planfact_sandbox.fault("status", path=INCOME, status=400)
        with pytest.raises(ApplicationError, match="a fault that was queued") as refusal:
            await run(postings.post, paid.posting())
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        await run(postings.post, paid.posting())
        assert len(planfact_sandbox.effects()) == 1


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"deal_closed": True}, r"Deal «\[APP-001\] Acme Corp» \(50000001\).* is closed .* Open it again, then retry"),
    ({"project_closed": True}, "Project «APP-001 Acme Corp».* is finished"),
    ({"customer_archived": True}, "Counterparty «Acme Corp».* is archived"),
    ({"company_archived": True}, "Company «ProximaOps».* is archived"),
    ({"account_archived": True}, "Account «Bank account UZS».* is archived"),
]


class TestRefused:
    @pytest.mark.parametrize(("wrong", "words"), REFUSED, ids=lambda part: next(iter(part)))
    async def test_before_the_write(
        self, wrong: dict[str, Any], words: str, postings: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        seed(planfact_sandbox, **wrong)
        with pytest.raises(ApplicationError, match=words) as refusal:
            await run(postings.post, paid.posting())
        assert refusal.value.non_retryable
        assert creations(planfact_sandbox, INCOME) == 0
        seed(planfact_sandbox)
        assert (await run(postings.post, paid.posting())).state is EffectState.DONE

    @pytest.mark.parametrize(("account", "words"), [(USD_ACCOUNT, "has the currency USD, but the"), (4, "account 4")])
    async def test_an_account_that_cannot_take_the_payment(
        self,
        account: int,
        words: str,
        books: PlanFact,
        store: DocumentStore,
        ledger: Ledger,
        planfact_sandbox: Sandbox,
        paid: Paid,
    ) -> None:
        with pytest.raises(ApplicationError, match=words) as refusal:
            await run(incomes_on(books, store, ledger, account_id=account).post, paid.posting())
        assert refusal.value.non_retryable
        assert creations(planfact_sandbox, INCOME) == 0

    async def test_the_deal_of_the_shipment_is_gone(
        self, postings: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        with pytest.raises(ApplicationError, match="Deal 77 of the shipment is no longer a deal of APP-001"):
            await run(postings.post, paid.posting(deal_id="77"))
        assert creations(planfact_sandbox, INCOME) == 0

    async def test_switched_off(self, books: PlanFact, store: DocumentStore, ledger: Ledger, paid: Paid) -> None:
        for off in (incomes_on(books, store, ledger, account_id=None), incomes_on(None, store, ledger)):
            receipt = await run(off.post, paid.posting())
            assert receipt.state is EffectState.SKIPPED
            assert "AKTUM_PLANFACT__BOOK_PAYMENTS" in (receipt.note or "")


class TestReverse:
    async def test_the_income_is_deleted_and_the_shipment_stays(
        self, postings: IncomePostings, accounting: Accounting, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        shipment = await run(accounting.post, paid.issued.request(EffectName.ACCOUNTING))
        booked = await run(postings.post, paid.posting())
        receipt = await run(postings.reverse, paid.reversal(booked.vendor_id or ""))
        assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, booked.vendor_id)
        assert [effect["id"] for effect in planfact_sandbox.effects()] == [shipment.vendor_id]
        assert await run(postings.reverse, paid.reversal(booked.vendor_id or "")) == receipt

    @pytest.mark.parametrize("fault", [{"kind": "commit_then_reset"}, {"kind": "late_commit", "seconds": 1}])
    async def test_an_income_whose_answer_was_lost_is_deleted(
        self, fault: dict[str, Any], patient: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        planfact_sandbox.fault(path=INCOME, **fault)
        with pytest.raises(Ambiguous):
            await run(patient.post, paid.posting())
        receipt = await settled(patient.reverse, paid.reversal())
        (booked,) = planfact_sandbox.all_effects()
        assert (booked["deleted"], receipt.vendor_id) == (True, booked["id"])
        assert (await run(patient.post, paid.posting())).state is EffectState.SKIPPED
        assert creations(planfact_sandbox, INCOME) == 1

    @pytest.mark.parametrize("kind", ["commit_then_reset", "reset_before"])
    async def test_a_lost_answer_to_the_deletion(
        self, kind: str, postings: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        booked = await run(postings.post, paid.posting())
        planfact_sandbox.fault(kind, method="DELETE")
        undo = paid.reversal(booked.vendor_id or "")
        with pytest.raises(Ambiguous):
            await run(postings.reverse, undo)
        assert (await run(postings.reverse, undo)).state is EffectState.DONE
        assert planfact_sandbox.effects() == []

    async def test_a_payment_that_was_never_posted(
        self, postings: IncomePostings, planfact_sandbox: Sandbox, paid: Paid
    ) -> None:
        assert (await run(postings.reverse, paid.reversal())).state is EffectState.SKIPPED
        assert (await run(postings.post, paid.posting())).state is EffectState.SKIPPED
        assert planfact_sandbox.all_effects() == []

    async def test_it_is_deleted_when_payments_are_no_longer_posted(
        self,
        postings: IncomePostings,
        books: PlanFact,
        store: DocumentStore,
        ledger: Ledger,
        planfact_sandbox: Sandbox,
        paid: Paid,
    ) -> None:
        booked = await run(postings.post, paid.posting())
        off = incomes_on(books, store, ledger, account_id=None)
        await run(off.reverse, paid.reversal(booked.vendor_id or ""))
        assert planfact_sandbox.effects() == []

    async def test_without_planfact_a_person_has_to_delete_it(
        self, postings: IncomePostings, store: DocumentStore, ledger: Ledger, paid: Paid
    ) -> None:
        booked = await run(postings.post, paid.posting())
        with pytest.raises(ApplicationError, match=f"income {booked.vendor_id} may exist there") as refusal:
            await run(incomes_on(None, store, ledger).reverse, paid.reversal(booked.vendor_id or ""))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.SWITCHED_OFF, True)


@pytest.mark.parametrize("on", [True, False])
async def test_the_receipt_of_a_posting_tells_whether_payments_are_posted(
    on: bool, books: PlanFact, store: DocumentStore, ledger: Ledger, paid: Paid
) -> None:
    accounting = Accounting(
        books,
        store,
        ledger,
        hourly_product_id=HOURLY_PRODUCT_ID,
        support_product_id=SUPPORT_PRODUCT_ID,
        books_payments=on,
    )
    for _ in range(2):
        receipt = await run(accounting.post, paid.issued.request(EffectName.ACCOUNTING))
        assert receipt.details == {"deal_id": str(DEAL)} | ({"books_payments": "yes"} if on else {})
