"""Didox: one draft for each approval, a patient watch over its signatures, and its deletion."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients.didox.client import Didox
from activities.clients.errors import Ambiguous, Transient
from activities.delivery.einvoice import EInvoice
from activities.delivery.einvoice_act import act_of
from activities.documents.store import StoredDocuments
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectName, EffectState
from models.values.failure_codes import Failure
from tests.fixtures.issued_invoices import SETTLE, SUPPORT, Issued, content, issue, run, settled
from tests.fixtures.sandboxes import PASSWORD, SELLER_TIN, Sandbox

CREATE, CANCEL = EffectName.EINVOICE, EffectName.EINVOICE_CANCEL
SIGNATURE, ANSWER = EffectName.EINVOICE_SIGNATURE, EffectName.EINVOICE_ANSWER


@pytest.fixture
def einvoice(operator: Didox, stored: StoredDocuments, ledger: Ledger) -> EInvoice:
    return EInvoice(operator, stored, ledger, settle=SETTLE)


@pytest.fixture
def careful(operator: Didox, stored: StoredDocuments, ledger: Ledger) -> EInvoice:
    """Waits longer than any fault of a test lasts."""
    return EInvoice(operator, stored, ledger, settle=timedelta(minutes=1))


async def drafted(einvoice: EInvoice, stored: StoredDocuments) -> tuple[Issued, str]:
    issued = await issue(stored)
    receipt = await run(einvoice.create, issued.request(CREATE))
    assert receipt.vendor_id
    return issued, receipt.vendor_id


def answering(status: int, number: str) -> Didox:
    def reply(request: httpx.Request) -> httpx.Response:
        if "/auth/" in request.url.path:
            return httpx.Response(200, json={"token": "key"})
        document = {"doc_id": "0" * 32, "name": number, "status": status, "status_comment": None, "updated": None}
        return httpx.Response(200, json={"data": {"document": document}})

    http = httpx.AsyncClient(base_url="http://didox", transport=httpx.MockTransport(reply))
    return Didox(http, SELLER_TIN, PASSWORD)


def creations(sandbox: Sandbox) -> int:
    return sum("/create/" in request["path"] for request in sandbox.requests())


class TestCreate:
    async def test_the_draft(self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments) -> None:
        issued, document_id = await drafted(einvoice, stored)
        (effect,) = didox_sandbox.effects()
        act = effect["record"]["json"]
        assert effect["id"] == document_id == document_id.lower()
        assert effect["record"]["status"] == 0
        assert act["actdoc"]["actno"] == issued.number
        assert act["actdoc"]["actdate"] == "2026-03-01"
        assert act["contractdoc"] == {"contractno": "D-12", "contractdate": "2026-01-15"}
        assert act["actdoc"]["acttext"].startswith("Услуги оказаны в полном объёме")
        assert (act["sellertin"], act["buyertin"]) == ("309630523", "123456789")
        products = act["productlist"]["products"]
        assert [(line["count"], line["summa"], line["totalsum"], line["measureid"]) for line in products] == [
            ("1", "15000000.00", "15000000.00", 1),
            ("1", "825000.00", "825000.00", 1),
        ]
        assert [line["name"] for line in products] == [
            "Ежемесячное сопровождение — февраль\xa02026\xa0г.",
            "Часы сверх месячного лимита (5,50 ч)",
        ]
        assert await run(einvoice.create, issued.request(CREATE)) == await run(einvoice.create, issued.request(CREATE))
        assert creations(didox_sandbox) == 1

    @pytest.mark.parametrize("kind", ["commit_then_reset", "empty_200", "malformed_body"])
    async def test_a_lost_answer_is_looked_for(
        self, kind: str, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        request = (await issue(stored)).request(CREATE)
        didox_sandbox.fault(kind, path="/create/")
        with pytest.raises(Ambiguous):
            await run(einvoice.create, request)
        receipt = await run(einvoice.create, request)
        (effect,) = didox_sandbox.effects()
        assert receipt.vendor_id == effect["id"]
        assert creations(didox_sandbox) == 1

    async def test_it_is_also_found_after_it_was_signed(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        request = (await issue(stored)).request(CREATE)
        didox_sandbox.fault("commit_then_reset", path="/create/")
        with pytest.raises(Ambiguous):
            await run(einvoice.create, request)
        (effect,) = didox_sandbox.effects()
        didox_sandbox.admin(f"{effect['id']}/sign")
        assert (await run(einvoice.create, request)).vendor_id == effect["id"]

    async def test_a_list_that_lags_proves_nothing(
        self, careful: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        didox_sandbox.admin("behaviour", {"list_lag_seconds": 30})
        didox_sandbox.fault("commit_then_reset", path="/create/")
        request = (await issue(stored)).request(CREATE)
        with pytest.raises(Ambiguous):
            await run(careful.create, request)
        with pytest.raises(ApplicationError, match="looking again") as waiting:
            await run(careful.create, request)
        assert not waiting.value.non_retryable
        assert waiting.value.next_retry_delay is not None
        assert timedelta(seconds=30) < waiting.value.next_retry_delay <= timedelta(minutes=1)
        didox_sandbox.admin("clock", {"seconds": 60})
        await run(careful.create, request)
        assert len(didox_sandbox.effects()) == creations(didox_sandbox) == 1

    async def test_an_act_that_a_person_typed_in_is_taken_over(
        self, einvoice: EInvoice, operator: Didox, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored)
        typed = await operator.create_act(act_of(content(), issued.number, measure_id=1))
        assert (await run(einvoice.create, issued.request(CREATE))).vendor_id == typed
        assert creations(didox_sandbox) == 1

    async def test_one_over_another_total_is_asked_about(
        self, einvoice: EInvoice, operator: Didox, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored, content(SUPPORT))
        await operator.create_act(act_of(content(), issued.number, measure_id=1))
        with pytest.raises(ApplicationError, match=r"where one over 15000000\.00 is expected") as refusal:
            await run(einvoice.create, issued.request(CREATE))
        assert refusal.value.non_retryable
        assert creations(didox_sandbox) == 1

    async def test_a_passing_trouble(self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments) -> None:
        request = (await issue(stored)).request(CREATE)
        didox_sandbox.fault("reset_before", path="/create/")
        with pytest.raises(Ambiguous):
            await run(einvoice.create, request)
        assert didox_sandbox.effects() == []
        await settled(einvoice.create, request)
        assert len(didox_sandbox.effects()) == 1

    async def test_an_act_that_is_made_needs_no_second_look(
        self, operator: Didox, didox_sandbox: Sandbox, stored: StoredDocuments, ledger: Ledger
    ) -> None:
        """Didox answers its creation with its id; whatever fails later could only make a second one."""
        didox_sandbox.admin("behaviour", {"list_lag_seconds": 30})
        didox_sandbox.fault("status", method="GET", path="/v1/documents/", status=503)
        receipt = await run(EInvoice(operator, stored, ledger).create, (await issue(stored)).request(CREATE))
        assert [effect["id"] for effect in didox_sandbox.effects()] == [receipt.vendor_id]

    async def test_one_that_is_made_after_we_gave_up_is_not_made_again(
        self, careful: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        request = (await issue(stored)).request(CREATE)
        didox_sandbox.fault("late_commit", path="/create/", seconds=1)
        with pytest.raises(Ambiguous):
            await run(careful.create, request)
        receipt = await settled(careful.create, request)
        assert [effect["id"] for effect in didox_sandbox.effects()] == [receipt.vendor_id]
        assert creations(didox_sandbox) == 1

    async def test_a_refusal_is_told_in_the_vendors_words(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        said = content()
        said = said.model_copy(update={"customer": said.customer.model_copy(update={"tin": "12"})})
        with pytest.raises(ApplicationError, match="Поле buyertin заполнено неверно") as refusal:
            await run(einvoice.create, (await issue(stored, said)).request(CREATE))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert didox_sandbox.effects() == []

    async def test_an_agreement_is_needed(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        with pytest.raises(ApplicationError, match="no agreement number") as refusal:
            await run(einvoice.create, (await issue(stored, content(agreement_number=None))).request(CREATE))
        assert refusal.value.non_retryable
        assert creations(didox_sandbox) == 0

    async def test_switched_off(self, stored: StoredDocuments, ledger: Ledger) -> None:
        with pytest.raises(ApplicationError, match="Didox is not configured") as refusal:
            await run(EInvoice(None, stored, ledger).create, (await issue(stored)).request(CREATE))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.SWITCHED_OFF, True)


class TestWatches:
    async def test_the_signature(self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments) -> None:
        issued, document_id = await drafted(einvoice, stored)
        request = issued.request(SIGNATURE, document_id=document_id)
        with pytest.raises(ApplicationError, match="waits for our signature in Didox since 2") as waiting:
            await run(einvoice.await_signature, request, since=datetime.now(UTC))
        assert waiting.value.category is ApplicationErrorCategory.BENIGN
        assert not waiting.value.non_retryable
        didox_sandbox.admin(f"{document_id}/sign")
        receipt = await run(einvoice.await_signature, request)
        assert (receipt.state, receipt.details["outcome"]) == (EffectState.DONE, "sent")

    @pytest.mark.parametrize(
        ("age", "delay"),
        [
            (timedelta(seconds=30), timedelta(seconds=2)),
            (timedelta(minutes=10), timedelta(minutes=1)),
            (timedelta(days=3), timedelta(hours=1)),
        ],
    )
    async def test_it_asks_ever_more_rarely(
        self, age: timedelta, delay: timedelta, einvoice: EInvoice, stored: StoredDocuments
    ) -> None:
        issued, document_id = await drafted(einvoice, stored)
        request = issued.request(SIGNATURE, document_id=document_id)
        with pytest.raises(ApplicationError) as waiting:
            await run(einvoice.await_signature, request, since=datetime.now(UTC) - age)
        assert waiting.value.next_retry_delay is not None
        assert delay <= waiting.value.next_retry_delay < delay + timedelta(seconds=10)

    async def test_a_draft_that_somebody_deleted(
        self, einvoice: EInvoice, operator: Didox, stored: StoredDocuments
    ) -> None:
        issued, document_id = await drafted(einvoice, stored)
        await operator.delete_draft(document_id)
        with pytest.raises(ApplicationError, match="was deleted as a draft") as refusal:
            await run(einvoice.await_signature, issued.request(SIGNATURE, document_id=document_id))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)

    async def test_accepted(self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments) -> None:
        issued, document_id = await drafted(einvoice, stored)
        request = issued.request(ANSWER, document_id=document_id)
        didox_sandbox.admin(f"{document_id}/sign")
        with pytest.raises(ApplicationError, match="waits for the client's signature") as waiting:
            await run(einvoice.await_answer, request, since=datetime.now(UTC))
        assert not waiting.value.non_retryable
        didox_sandbox.admin(f"{document_id}/partner-sign")
        assert (await run(einvoice.await_answer, request)).details == {"answer": "accepted"}

    async def test_rejected(self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments) -> None:
        issued, document_id = await drafted(einvoice, stored)
        didox_sandbox.admin(f"{document_id}/sign")
        didox_sandbox.admin(f"{document_id}/partner-reject", {"comment": "Неверная сумма"})
        receipt = await run(einvoice.await_answer, issued.request(ANSWER, document_id=document_id))
        assert receipt.details == {"answer": "rejected", "comment": "Неверная сумма"}

    @pytest.mark.parametrize(
        ("status", "said", "final"), [(60, "status 60 in Didox, unknown to us", False), (50, "annulled", True)]
    )
    async def test_statuses_that_the_sandbox_does_not_have(
        self, status: int, said: str, final: bool, stored: StoredDocuments, ledger: Ledger
    ) -> None:
        issued = await issue(stored)
        einvoice = EInvoice(answering(status, issued.number), stored, ledger)
        with pytest.raises(ApplicationError, match=said) as outcome:
            await run(einvoice.await_answer, issued.request(ANSWER, document_id="0" * 32), since=datetime.now(UTC))
        assert outcome.value.non_retryable is final

    async def test_an_outage_is_waited_out(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued, document_id = await drafted(einvoice, stored)
        didox_sandbox.fault("html_502", method="GET")
        with pytest.raises(Transient):
            await run(einvoice.await_answer, issued.request(ANSWER, document_id=document_id))


class TestCancel:
    async def test_the_draft_is_deleted_and_the_next_approval_makes_another(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued, document_id = await drafted(einvoice, stored)
        undo = issued.undoing(CANCEL, CREATE, vendor_id=document_id)
        receipt = await run(einvoice.cancel, undo)
        assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, document_id)
        assert await run(einvoice.cancel, undo) == receipt
        assert didox_sandbox.effects() == []
        again = await run(einvoice.create, (await issue(stored, again=issued)).request(CREATE, revision=12))
        assert [effect["id"] for effect in didox_sandbox.effects()] == [again.vendor_id]

    async def test_one_whose_creation_was_never_confirmed(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored)
        didox_sandbox.fault("commit_then_reset", path="/create/")
        with pytest.raises(Ambiguous):
            await run(einvoice.create, issued.request(CREATE))
        assert (await run(einvoice.cancel, issued.undoing(CANCEL, CREATE))).state is EffectState.DONE
        assert didox_sandbox.effects() == []

    async def test_one_that_is_made_after_we_gave_up(
        self, careful: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored)
        didox_sandbox.fault("late_commit", path="/create/", seconds=1)
        with pytest.raises(Ambiguous):
            await run(careful.create, issued.request(CREATE))
        undo = issued.undoing(CANCEL, CREATE)
        receipt = await settled(careful.cancel, undo)
        (made,) = didox_sandbox.all_effects()
        assert made["deleted"]
        assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, made["id"])
        assert await run(careful.cancel, undo) == receipt

    async def test_never_made_after_all(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored)
        didox_sandbox.fault("reset_before", path="/create/")
        with pytest.raises(Ambiguous):
            await run(einvoice.create, issued.request(CREATE))
        receipt = await settled(einvoice.cancel, issued.undoing(CANCEL, CREATE))
        assert receipt.details == {"outcome": "Didox has no act of this invoice"}
        assert didox_sandbox.all_effects() == []

    async def test_switched_off_it_is_for_a_person(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments, ledger: Ledger
    ) -> None:
        issued, document_id = await drafted(einvoice, stored)
        with pytest.raises(ApplicationError, match=f"act {document_id} may be there. Delete it by hand") as refusal:
            await run(EInvoice(None, stored, ledger).cancel, issued.undoing(CANCEL, CREATE))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.SWITCHED_OFF, True)

    async def test_never_created(self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments) -> None:
        issued = await issue(stored)
        assert (await run(einvoice.cancel, issued.undoing(CANCEL, CREATE))).state is EffectState.SKIPPED
        assert (await run(einvoice.create, issued.request(CREATE))).state is EffectState.SKIPPED
        assert didox_sandbox.effects() == []

    async def test_another_document_is_left_alone(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        _, other = await drafted(einvoice, stored)
        issued = await issue(stored)
        with pytest.raises(ApplicationError, match="it is left alone"):
            await run(einvoice.cancel, issued.undoing(CANCEL, CREATE, vendor_id=other))
        assert len(didox_sandbox.effects()) == 1

    async def test_a_sent_act_needs_a_person(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued, document_id = await drafted(einvoice, stored)
        didox_sandbox.admin(f"{document_id}/sign")
        with pytest.raises(ApplicationError, match="Cancel it in Didox with your key") as refusal:
            await run(einvoice.cancel, issued.undoing(CANCEL, CREATE, vendor_id=document_id))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert len(didox_sandbox.effects()) == 1

    async def test_a_rejected_act_binds_nobody(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued, document_id = await drafted(einvoice, stored)
        didox_sandbox.admin(f"{document_id}/sign")
        didox_sandbox.admin(f"{document_id}/partner-reject", {"comment": "Неверная сумма"})
        receipt = await run(einvoice.cancel, issued.undoing(CANCEL, CREATE, vendor_id=document_id))
        assert receipt.state is EffectState.DONE

    @pytest.mark.parametrize("kind", ["commit_then_reset", "reset_before"])
    async def test_a_lost_answer(
        self, kind: str, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        issued, document_id = await drafted(einvoice, stored)
        undo = issued.undoing(CANCEL, CREATE, vendor_id=document_id)
        didox_sandbox.fault(kind, path="/delete/draft")
        with pytest.raises(Ambiguous):
            await run(einvoice.cancel, undo)
        assert (await run(einvoice.cancel, undo)).state is EffectState.DONE
        assert didox_sandbox.effects() == []

    async def test_a_corrected_act_is_not_taken_to_be_the_sent_one_of_the_same_total(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, stored: StoredDocuments
    ) -> None:
        first, document_id = await drafted(einvoice, stored)
        didox_sandbox.admin(f"{document_id}/sign")
        corrected = await issue(stored, content(SUPPORT, agreement_number="D-13"), again=first)
        assert corrected.digest != first.digest
        with pytest.raises(ApplicationError, match=r"earlier approval .* it still stands") as refused:
            await run(einvoice.create, corrected.request(CREATE, revision=12))
        assert refused.value.type == Failure.VENDOR_REFUSED
        assert creations(didox_sandbox) == 1
