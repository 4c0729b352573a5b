"""The effect that deletes a draft in Didox when its approval is undone."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.clients.errors import Ambiguous
from activities.delivery.einvoice import EInvoice
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectState
from models.values.failure_codes import Failure
from tests.activities.delivery.einvoices import CANCEL, CREATE, creations, drafted
from tests.fixtures.issued_invoices import SUPPORT, content, issue, run, settled
from tests.fixtures.sandboxes import Sandbox


class TestCancel:
    async def test_the_draft_is_deleted_and_the_next_approval_creates_another(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued, document_id = await drafted(einvoice, store)
        undo = issued.undoing(CANCEL, CREATE, vendor_id=document_id)
        receipt = await run(einvoice.cancel, undo)
        assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, document_id)
        assert await run(einvoice.cancel, undo) == receipt
        assert didox_sandbox.effects() == []
        again = await run(einvoice.create, (await issue(store, again=issued)).request(CREATE, revision=12))
        assert [effect["id"] for effect in didox_sandbox.effects()] == [again.vendor_id]

    async def test_an_act_whose_creation_has_no_answer(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        didox_sandbox.fault("commit_then_reset", path="/create/")
        with pytest.raises(Ambiguous):
            await run(einvoice.create, issued.request(CREATE))
        assert (await run(einvoice.cancel, issued.undoing(CANCEL, CREATE))).state is EffectState.DONE
        assert didox_sandbox.effects() == []

    async def test_an_act_that_is_created_after_the_timeout(
        self, patient_einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        didox_sandbox.fault("late_commit", path="/create/", seconds=1)
        with pytest.raises(Ambiguous):
            await run(patient_einvoice.create, issued.request(CREATE))
        undo = issued.undoing(CANCEL, CREATE)
        receipt = await settled(patient_einvoice.cancel, undo)
        (made,) = didox_sandbox.all_effects()
        assert made["deleted"]
        assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, made["id"])
        assert await run(patient_einvoice.cancel, undo) == receipt

    async def test_an_attempt_that_created_nothing(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        didox_sandbox.fault("reset_before", path="/create/")
        with pytest.raises(Ambiguous):
            await run(einvoice.create, issued.request(CREATE))
        receipt = await settled(einvoice.cancel, issued.undoing(CANCEL, CREATE))
        assert receipt.details == {"outcome": "Didox has no act of this invoice"}
        assert didox_sandbox.all_effects() == []

    async def test_switched_off(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore, ledger: Ledger
    ) -> None:
        issued, document_id = await drafted(einvoice, store)
        with pytest.raises(ApplicationError, match=document_id) as refusal:
            await run(EInvoice(None, store, ledger).cancel, issued.undoing(CANCEL, CREATE))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.SWITCHED_OFF, True)

    async def test_never_created(self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore) -> None:
        issued = await issue(store)
        assert (await run(einvoice.cancel, issued.undoing(CANCEL, CREATE))).state is EffectState.SKIPPED
        assert (await run(einvoice.create, issued.request(CREATE))).state is EffectState.SKIPPED
        assert didox_sandbox.effects() == []

    async def test_another_document_is_not_deleted(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        _, other = await drafted(einvoice, store)
        issued = await issue(store)
        with pytest.raises(ApplicationError, match="it is not deleted") as refusal:
            await run(einvoice.cancel, issued.undoing(CANCEL, CREATE, vendor_id=other))
        assert refusal.value.type == Failure.VENDOR_REFUSED
        assert len(didox_sandbox.effects()) == 1

    async def test_a_sent_act_is_refused(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued, document_id = await drafted(einvoice, store)
        didox_sandbox.admin(f"{document_id}/sign")
        with pytest.raises(ApplicationError, match="cancel it in Didox with your key") as refusal:
            await run(einvoice.cancel, issued.undoing(CANCEL, CREATE, vendor_id=document_id))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.NEEDS_SIGNATURE, True)
        assert len(didox_sandbox.effects()) == 1

    async def test_a_rejected_act_needs_no_deletion(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued, document_id = await drafted(einvoice, store)
        didox_sandbox.admin(f"{document_id}/sign")
        didox_sandbox.admin(f"{document_id}/partner-reject", {"comment": "Неверная сумма"})
        receipt = await run(einvoice.cancel, issued.undoing(CANCEL, CREATE, vendor_id=document_id))
        assert receipt.state is EffectState.DONE

    @pytest.mark.parametrize("kind", ["commit_then_reset", "reset_before"])
    async def test_a_lost_answer(
        self, kind: str, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued, document_id = await drafted(einvoice, store)
        undo = issued.undoing(CANCEL, CREATE, vendor_id=document_id)
        didox_sandbox.fault(kind, path="/delete/draft")
        with pytest.raises(Ambiguous):
            await run(einvoice.cancel, undo)
        assert (await run(einvoice.cancel, undo)).state is EffectState.DONE
        assert didox_sandbox.effects() == []

    async def test_a_corrected_act_is_not_confused_with_a_sent_one_of_the_same_total(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        first, document_id = await drafted(einvoice, store)
        didox_sandbox.admin(f"{document_id}/sign")
        corrected = await issue(store, content(SUPPORT, agreement_number="D-13"), again=first)
        assert corrected.digest != first.digest
        with pytest.raises(ApplicationError, match="earlier approval") as refused:
            await run(einvoice.create, corrected.request(CREATE, revision=12))
        assert refused.value.type == Failure.VENDOR_REFUSED
        assert creations(didox_sandbox) == 1
