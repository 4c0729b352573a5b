"""Each approval makes one draft in Didox, also after a lost answer."""

from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.clients.didox.client import Didox
from activities.clients.errors import Ambiguous
from activities.delivery.einvoice import EInvoice
from activities.delivery.einvoice_act import act_of
from activities.documents.store import DocumentStore
from activities.ledger.entry import SETTLING
from activities.ledger.ledger import Ledger
from models.values.failure_codes import Failure
from tests.activities.delivery.einvoices import CREATE, creations, drafted
from tests.fixtures.issued_invoices import SUPPORT, content, issue, run, settled
from tests.fixtures.sandboxes import Sandbox


class TestCreate:
    async def test_the_draft(self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore) -> None:
        issued, document_id = await drafted(einvoice, store)
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
    async def test_an_act_without_an_answer_is_found(
        self, kind: str, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        request = (await issue(store)).request(CREATE)
        didox_sandbox.fault(kind, path="/create/")
        with pytest.raises(Ambiguous):
            await run(einvoice.create, request)
        receipt = await run(einvoice.create, request)
        (effect,) = didox_sandbox.effects()
        assert receipt.vendor_id == effect["id"]
        assert creations(didox_sandbox) == 1

    async def test_an_act_is_also_found_after_it_was_signed(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        request = (await issue(store)).request(CREATE)
        didox_sandbox.fault("commit_then_reset", path="/create/")
        with pytest.raises(Ambiguous):
            await run(einvoice.create, request)
        (effect,) = didox_sandbox.effects()
        didox_sandbox.admin(f"{effect['id']}/sign")
        assert (await run(einvoice.create, request)).vendor_id == effect["id"]

    async def test_an_act_missing_in_a_lagging_list_is_not_repeated(
        self, patient_einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        didox_sandbox.admin("behaviour", {"list_lag_seconds": 30})
        didox_sandbox.fault("commit_then_reset", path="/create/")
        request = (await issue(store)).request(CREATE)
        with pytest.raises(Ambiguous):
            await run(patient_einvoice.create, request)
        with pytest.raises(ApplicationError) as waiting:
            await run(patient_einvoice.create, request)
        assert (waiting.value.type, waiting.value.non_retryable) == (SETTLING, False)
        assert waiting.value.next_retry_delay is not None
        assert timedelta(seconds=30) < waiting.value.next_retry_delay <= timedelta(minutes=1)
        didox_sandbox.admin("clock", {"seconds": 60})
        await run(patient_einvoice.create, request)
        assert len(didox_sandbox.effects()) == creations(didox_sandbox) == 1

    async def test_an_act_that_a_person_created_is_used(
        self, einvoice: EInvoice, operator: Didox, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        typed = await operator.create_act(act_of(content(), issued.number, measure_id=1))
        assert (await run(einvoice.create, issued.request(CREATE))).vendor_id == typed
        assert creations(didox_sandbox) == 1

    async def test_an_act_with_another_total_is_refused(
        self, einvoice: EInvoice, operator: Didox, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued = await issue(store, content(SUPPORT))
        await operator.create_act(act_of(content(), issued.number, measure_id=1))
        with pytest.raises(ApplicationError, match=r"15000000\.00 is expected") as refusal:
            await run(einvoice.create, issued.request(CREATE))
        assert refusal.value.non_retryable
        assert creations(didox_sandbox) == 1

    async def test_a_temporary_fault(self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore) -> None:
        request = (await issue(store)).request(CREATE)
        didox_sandbox.fault("reset_before", path="/create/")
        with pytest.raises(Ambiguous):
            await run(einvoice.create, request)
        assert didox_sandbox.effects() == []
        await settled(einvoice.create, request)
        assert len(didox_sandbox.effects()) == 1

    async def test_a_created_act_is_not_read_back(
        self, operator: Didox, didox_sandbox: Sandbox, store: DocumentStore, ledger: Ledger
    ) -> None:
        """The answer to the creation has the id, so no second request is needed that could fail."""
        didox_sandbox.admin("behaviour", {"list_lag_seconds": 30})
        didox_sandbox.fault("status", method="GET", path="/v1/documents/", status=503)
        receipt = await run(EInvoice(operator, store, ledger).create, (await issue(store)).request(CREATE))
        assert [effect["id"] for effect in didox_sandbox.effects()] == [receipt.vendor_id]

    async def test_an_act_that_is_created_after_the_timeout_is_not_repeated(
        self, patient_einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        request = (await issue(store)).request(CREATE)
        didox_sandbox.fault("late_commit", path="/create/", seconds=1)
        with pytest.raises(Ambiguous):
            await run(patient_einvoice.create, request)
        receipt = await settled(patient_einvoice.create, request)
        assert [effect["id"] for effect in didox_sandbox.effects()] == [receipt.vendor_id]
        assert creations(didox_sandbox) == 1

    async def test_a_refusal_has_the_vendors_message(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        wrong = content()
        wrong = wrong.model_copy(update={"customer": wrong.customer.model_copy(update={"tin": "12"})})
        with pytest.raises(ApplicationError, match="Поле buyertin заполнено неверно") as refusal:
            await run(einvoice.create, (await issue(store, wrong)).request(CREATE))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert didox_sandbox.effects() == []

    async def test_an_agreement_is_needed(
        self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        with pytest.raises(ApplicationError, match="no agreement number") as refusal:
            await run(einvoice.create, (await issue(store, content(agreement_number=None))).request(CREATE))
        assert refusal.value.non_retryable
        assert creations(didox_sandbox) == 0

    async def test_switched_off(self, store: DocumentStore, ledger: Ledger) -> None:
        with pytest.raises(ApplicationError, match="Didox is not configured") as refusal:
            await run(EInvoice(None, store, ledger).create, (await issue(store)).request(CREATE))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.SWITCHED_OFF, True)
